"""Holes are cut from what a (made up) git says, with a repository that is up to no good."""

from dataclasses import dataclass, field
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fusionls.core.redaction import secret_spans
from fusionls.evaluating.history import MOST_OF_ONE_FILE, REST_OF_LINE, WHOLE_LINE, cut_holes

CODE = "import os\n\n\ndef area(width, height):\n    total = width * height\n    return total\n"
PLANTED = "AKIA" + "IOSFODNN7QWERTYU"


@dataclass
class MadeUp:
    """Commits, the newest first: of each path the mode, the content and the runs of added lines."""

    commits_made: list[dict[bytes, tuple[str, bytes, list[tuple[int, int]]]]]
    root: Path = Path("/repo")
    read: list[bytes] = field(default_factory=list)

    def commits(self, most):
        return [f"{n:040d}" for n in range(len(self.commits_made))][:most]

    def changed(self, commit):
        return [(p, m, f"{commit}:{n}") for n, (p, (m, _, _)) in enumerate(self._of(commit))]

    def size(self, blob):
        return len(self._content(blob))

    def content(self, blob):
        commit, number = blob.split(":")
        self.read.append(self._of(commit)[int(number)][0])
        return self._content(blob)

    def hunks(self, commit, path):
        runs = dict(self._of(commit))[path][2]
        return b"".join(b"@@ -0,0 +%d,%d @@ x\n+y\n" % (first + 1, count) for first, count in runs)

    def _of(self, commit):
        return list(self.commits_made[int(commit)].items())

    def _content(self, blob):
        commit, number = blob.split(":")
        return self._of(commit)[int(number)][1][1]


def changed(content=CODE, runs=((0, 100),), mode="100644"):
    return mode, content.encode() if isinstance(content, str) else content, list(runs)


def cut(*commits, count=100, seed=1, may_be_asked=lambda uri: True):
    history = MadeUp(list(commits))
    return cut_holes(history, count, seed, may_be_asked), history


def test_the_line_that_was_added_is_asked_for_without_what_was_added_below():
    found, _ = cut({b"area.py": changed(runs=[(4, 2)])})
    [case] = found.cases
    whole = case.prefix + case.gold + case.suffix
    if case.gold.strip().startswith("return"):
        assert whole == CODE
    else:
        assert whole == CODE.replace("    return total\n", ""), "the next line was not there yet"
    assert case.language == "python"
    assert case.uri == "file:///repo/area.py"
    assert case.is_exact(case.gold + "\nand more") and not case.is_exact("pass")


def test_both_kinds_of_holes_are_cut_and_the_same_seed_gives_the_same_ones():
    commits = [{f"file{n}.py".encode(): changed()} for n in range(40)]
    first, _ = cut(*commits)
    assert {case.group for case in first.cases} == {WHOLE_LINE, REST_OF_LINE}
    assert cut(*commits)[0].cases == first.cases
    assert cut(*commits, seed=2)[0].cases != first.cases
    for case in first.cases:
        indent_only = not case.prefix.rpartition("\n")[2].strip()
        assert indent_only is (case.group == WHOLE_LINE)
        assert len(case.gold.strip()) >= 4


@pytest.mark.parametrize(
    "path", [".env", "id_rsa.py.pem", ".ssh/config.py", "secrets/prod.json", ".aws/x.py"]
)
def test_a_file_that_looks_like_a_secret_is_not_even_read(path):
    found, history = cut({path.encode(): changed()})
    assert found.cases == [] and history.read == []
    assert sum(found.left_out.values()) == 1


def test_a_file_that_nobody_may_be_shown_is_not_even_read():
    found, history = cut(
        {b"hr/pay.py": changed(), b"a.py": changed()},
        may_be_asked=lambda uri: not uri.startswith("file:///repo/hr/"),
    )
    assert [case.uri for case in found.cases] == ["file:///repo/a.py"]
    assert history.read == [b"a.py"]
    assert found.left_out == {"the settings keep it from everybody who is asked": 1}


def test_a_line_with_a_secret_in_it_is_never_asked_for():
    line = f'key = "{PLANTED}"\n'
    assert secret_spans(line)
    assert cut({b"a.py": changed(line)})[0].cases == []


@pytest.mark.parametrize(
    "planted",
    [
        changed(mode="120000"),
        changed(mode="160000"),
        changed(b"\x00\x01"),
        changed(b"\xff\xfe\xff"),
        changed("# @generated\n" + CODE),
        changed("x = 1\n" + "y" * 6000),
        changed(""),
        changed("\n\n}\n"),
        changed("# only a comment\n"),
        changed(runs=[]),
        changed(runs=[(500, 3)]),
        changed("x" * 600_000),
    ],
)
def test_what_is_no_code_of_people_is_left_out(planted):
    found, _ = cut({b"a.py": planted})
    assert found.cases == []
    assert sum(found.left_out.values()) == 1


@pytest.mark.parametrize(
    "path", ["<script>alert(1)</script>.py", "a\nb.py", "a b%20;&\"'.py", "-rf.py", "ü/ß.py"]
)
def test_hostile_names_are_names(path):
    [case] = cut({path.encode(): changed()})[0].cases
    assert case.uri.startswith("file:///repo/") and "\n" not in case.uri and "<" not in case.uri
    assert path in case.id


def test_names_that_lead_elsewhere_or_are_no_text_are_left_out():
    found, _ = cut({b"../../etc/x.py": changed(), b"\xff.py": changed()})
    assert found.cases == []


def test_one_busy_file_is_not_the_whole_evaluation():
    found, _ = cut(*[{b"busy.py": changed()} for _ in range(20)], {b"calm.py": changed()})
    assert len(found.cases) == MOST_OF_ONE_FILE + 1


def test_as_many_as_are_wanted():
    commits = [{f"file{n}.py".encode(): changed()} for n in range(40)]
    assert len(cut(*commits, count=7)[0].cases) == 7


LINES = st.lists(st.text(alphabet="ab =()\t{}[].,:\r\u2028", max_size=12), min_size=1, max_size=8)


@given(LINES, st.integers(0, 9), st.integers(1, 9), st.integers(0, 50))
def test_a_hole_is_always_a_piece_of_its_document(lines, first, count, seed):
    text = "\n".join(lines)
    found, _ = cut({b"a.py": changed(text, [(first, count)])}, seed=seed)
    for case in found.cases:
        assert text.startswith(case.prefix + case.gold)
        assert not case.suffix.strip("\r\n") or text.endswith(case.suffix)
        assert "\n" not in case.gold and "\r" not in case.gold
