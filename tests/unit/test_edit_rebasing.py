"""Edits of a text that changed while the models worked."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from fusionls.core.editing.edit import Hunk
from fusionls.core.editing.rebasing import applied_to, rebased
from fusionls.core.languages import languages

PYTHON = languages()["python"]
BEFORE = "def f():\n    return 1\n\n\ndef g():\n    return 2\n\n\ndef h():\n    return 3\n"
NAME = "a.py"


def hunk(old: str, new: str, text: str = BEFORE) -> Hunk:
    at = text.index(old)
    return Hunk(NAME, at, at + len(old), new)


def result(now: str, *hunks: Hunk, before: str = BEFORE, language: bool = True) -> str:
    """Return the newer text with the edit, or the refusal."""
    files = {NAME: before}
    found = rebased(hunks, files, {NAME: now}, {NAME: PYTHON if language else None})
    assert not (found.refusal and found.hunks), "half of an edit"
    return found.refusal or applied_to(now, found.hunks)


SECOND = hunk("return 2", "return 22")
AGAIN = " of a.py changed while the models worked; ask again"


@pytest.mark.parametrize(
    "change",
    [
        lambda text: text,
        lambda text: "# above\n\n" + text,
        lambda text: text + "\n\ndef k():\n    return 4\n",
        lambda text: text.replace("return 1", "return 1111"),
        lambda text: text.replace("return 3", "return 3\n    # more"),
        lambda text: text[text.index("def g") :],
        lambda text: text.replace("def f", "# \U0001f600\ndef f"),
    ],
)
def test_an_edit_moves_with_its_lines(change) -> None:
    now = change(BEFORE)
    assert result(now, SECOND) == now.replace("return 2", "return 22")


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("    return 2", "    return 20"),
        ("def g():", "def g(x):"),
        ("    return 2\n", ""),
        ("    return 2\n", "    # why\n    return 2\n"),
        ("    return 2\n", "    return 2\n    # why\n"),
    ],
)
def test_what_changed_in_or_beside_the_lines_is_never_undone(old: str, new: str) -> None:
    assert result(BEFORE.replace(old, new), SECOND) == "line 6" + AGAIN


def test_several_lines_are_named() -> None:
    whole = hunk("def g():\n    return 2", "def g():\n    return 22")
    assert result(BEFORE.replace("return 2", "return 0"), whole) == "lines 5-6" + AGAIN


def test_one_hunk_that_does_not_fit_refuses_all() -> None:
    first = hunk("return 1", "return 11")
    assert result(BEFORE.replace("return 2", "return 0"), first, SECOND) == "line 6" + AGAIN
    now = BEFORE.replace("return 3", "return 33")
    assert result(now, first, SECOND) == now.replace("return 1", "return 11").replace(
        "return 2\n", "return 22\n"
    )


def test_a_text_that_would_break_is_refused() -> None:
    # The person wraps all in a class, where the new line at the margin does not belong.
    now = "if True:\n" + "".join(f"    {line}\n" if line else "\n" for line in BEFORE.split("\n"))
    assert AGAIN[len(" of a.py") :] in result(now, SECOND)
    added = Hunk(NAME, BEFORE.index("def g"), BEFORE.index("def g"), "@decorated\n")
    gone = BEFORE.replace("def h():\n    return 3\n", "def h(:\n    return 3\n")
    assert result(gone, added) == gone.replace("def g", "@decorated\ndef g"), "no worse than it was"
    breaks = Hunk(NAME, len(BEFORE), len(BEFORE), "    x = (\n")
    before = BEFORE + "# end\n"
    assert "changed while" in result("# new\n" + before, breaks, before=before)


@pytest.mark.parametrize("now", ["", "\n", "x", BEFORE[:-1], BEFORE.replace("\n", "\r\n")])
def test_a_file_that_became_another_one_is_refused(now: str) -> None:
    last = hunk("return 3\n", "return 33\n")
    assert AGAIN in result(now, last, language=False)


def test_an_edit_at_the_end_stays_at_the_end() -> None:
    last = Hunk(NAME, len(BEFORE), len(BEFORE), "# end\n")
    now = "# x\n" + BEFORE
    assert result(now, last) == now + "# end\n"
    assert AGAIN in result(BEFORE + "x = 1\n", last)


def test_a_new_file_that_exists_by_now_is_refused() -> None:
    new = Hunk(NAME, 0, 0, "x = 1\n")
    assert result("", new, before="") == "x = 1\n"
    assert AGAIN in result("y = 2\n", new, before="")


lines = st.lists(st.sampled_from(["a", "b", "c", "", "d = 1"]), max_size=12).map("\n".join)


@given(lines, lines, st.data())
@settings(max_examples=300, deadline=None)
def test_only_the_lines_of_the_hunk_are_changed(before: str, now: str, data: st.DataObject) -> None:
    start = data.draw(st.integers(0, len(before)))
    end = data.draw(st.integers(start, len(before)))
    found = rebased((Hunk(NAME, start, end, "new"),), {NAME: before}, {NAME: now}, {})
    if found.refusal:
        assert AGAIN in found.refusal
    else:
        (moved,) = found.hunks
        assert now[moved.start : moved.end] == before[start:end]
        # The lines around it are those that were there.
        low, high = before.rfind("\n", 0, start) + 1, before.find("\n", end) % (len(before) + 1)
        assert before[low:start] == now[: moved.start].rpartition("\n")[2]
        assert before[end:high] == now[moved.end :].partition("\n")[0]


def test_a_long_text_is_rebased_at_once() -> None:
    before = "".join(f"x{n % 50} = {n}\n" for n in range(20_000))
    hunks = [hunk(f"= {n}\n", f"= {n} + 1\n", before) for n in range(100, 20_000, 200)]
    now = "# top\n" + before
    assert result(now, *hunks, before=before, language=False).count(" + 1\n") == len(hunks)
