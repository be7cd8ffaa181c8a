"""Members on other machines see no secrets, and people see no placeholders."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from fusionls.core.editing.desk import Desk
from fusionls.core.editing.hiding import with_secrets
from fusionls.core.editing.orders import EditOrder, PromptOrder, Reading, ReadOrder, Style
from fusionls.core.editing.rebasing import applied_to
from fusionls.core.prompt import RenderedPrompt
from fusionls.core.redaction import redacted
from fusionls.core.refactoring import Reported
from fusionls.core.secret_literals import PLACEHOLDER
from tests.support.planted_secrets import Planted, planted_secrets

ONE = "hunter2-" + "Xq7pL9aZ"
TWO = "Tr0ub4dor-" + "9mKw2Zq8"
TEXT = f'''import db


def connect(name):
    result = db.open(name, password="{ONE}")
    return result


def other(name):
    password = "{TWO}"
    return db.open(name, password=password)


def plain(a):
    total = a + 1
    return total
'''
HIDDEN = redacted(TEXT)
assert ONE not in HIDDEN and TWO not in HIDDEN and HIDDEN.count(PLACEHOLDER) == 2


def opened(text: str = TEXT, instruction: str = "Simplify.", mark: str = "total") -> Desk:
    desk = Desk()
    at = text.index(mark)
    assert not desk.open(EditOrder({"a.py": text}, {}, "a.py", at, at, instruction)).refusal
    return desk


def read(desk: Desk, after: str, member: str = "far") -> Reading:
    return desk.read(ReadOrder(member, 0, f"```python\n{after}```", redacted=True))


def words_of(prompt: RenderedPrompt | str | None) -> str:
    assert isinstance(prompt, RenderedPrompt)
    return prompt.text + "\n".join(message.content for message in prompt.messages)


@pytest.mark.parametrize("style", list(Style))
def test_a_member_on_another_machine_is_asked_without_secrets(style: Style) -> None:
    desk = Desk()
    at = TEXT.index("result =")
    reports = (Reported(at, at, f'password="{TWO}" is weak'),)
    order = EditOrder(
        {"a.py": TEXT}, {}, "a.py", at, at + 60, f'Use password="{ONE}".', diagnostics=reports
    )
    desk.open(order)
    far = words_of(desk.prompt(PromptOrder(style, redacts=True)))
    assert ONE not in far and TWO not in far and PLACEHOLDER in far
    assert ONE in words_of(desk.prompt(PromptOrder(style)))


@pytest.mark.parametrize(
    "change",
    [
        lambda text: text.replace("    total = a + 1\n    return total", "    return a + 1"),
        lambda text: text.replace("    result = ", "    name = name.lower()\n    result = "),
        lambda text: text.replace("import db\n", "import db\nimport os\n"),
        # Without the line nothing is hidden any more.
        lambda text: text.replace(
            '    password = "X"\n    return db.open(name, password=password)',
            "    return db.open(name)",
        ),
        # Indented by a block around it.
        lambda text: text.replace("    result = db", "    if name:\n        result = db").replace(
            "    return result", "        return result"
        ),
        # Moved: no other line looks like it.
        lambda text: text.replace('    password = "X"\n', "").replace(
            "    return db.open(name, password=password)",
            '    db.check()\n    password = "X"\n    return db.open(name, password=password)',
        ),
    ],
)
def test_secrets_come_back_where_they_were(change) -> None:
    shown = change(HIDDEN.replace(f'"{PLACEHOLDER}"', '"X"')).replace('"X"', f'"{PLACEHOLDER}"')
    # The first secret is an argument, and the second one has a line of its own.
    wanted = change(TEXT.replace(ONE, "1").replace(TWO, "X")).replace('"1"', f'"{ONE}"')
    wanted = wanted.replace('"X"', f'"{TWO}"')
    desk = opened()
    reading = read(desk, shown)
    assert reading.passes, reading
    assert applied_to(TEXT, desk.decide(5_000.0).hunks) == wanted


@pytest.mark.parametrize(
    "after",
    [
        HIDDEN.replace("result = db.open(name", "found = db.open(name").replace(
            "return result", "return found"
        ),
        HIDDEN.replace(f'    password = "{PLACEHOLDER}"\n', f'    secret = "{PLACEHOLDER}"\n'),
        HIDDEN.replace(
            f'    password = "{PLACEHOLDER}"\n', f'    password = "{PLACEHOLDER}"\n' * 2
        ),
        HIDDEN.replace("total = a + 1", f'total = "{PLACEHOLDER}"'),
    ],
)
def test_where_it_is_not_certain_the_edit_is_refused(after: str) -> None:
    desk = opened()
    reading = read(desk, after)
    assert reading.why == ("it changes a line with a secret, which this member is not shown",)
    assert not desk.decide(5_000.0).hunks


def test_a_member_on_this_machine_may_change_them() -> None:
    desk = opened()
    after = TEXT.replace("result = db", "found = db").replace("return result", "return found")
    assert desk.read(ReadOrder("near", 0, f"```python\n{after}```")).passes
    assert applied_to(TEXT, desk.decide(5_000.0).hunks) == after


def test_a_placeholder_that_a_person_wrote_stays() -> None:
    text = TEXT.replace(ONE, PLACEHOLDER).replace(TWO, PLACEHOLDER)
    desk = opened(text)
    after = text.replace("a + 1", "a + 2").replace("result = db", "found = db")
    after = after.replace("return result", "return found")
    assert read(desk, after).passes
    assert applied_to(text, desk.decide(5_000.0).hunks) == after


# Two entries that look the same without their secrets.
ENTRY = '    "{}": {{\n        "password": "{}",\n    }},\n'
ENTRIES = "USERS = {\n" + ENTRY.format("a", ONE) + ENTRY.format("b", TWO) + "}\n"


@pytest.mark.parametrize(
    ("change", "sure"),
    [
        (lambda text: text + "x = 1\n", True),
        (lambda text: text.replace('"a": {', '"a": {  # one'), False),
        (lambda text: text.replace('    "a": {\n        "password": "P",\n    },\n', ""), False),
        (
            lambda text: "USERS = {\n" + ENTRY.format("b", "P") + ENTRY.format("a", "P") + "}\n",
            False,
        ),
    ],
)
def test_lines_that_look_alike_keep_their_secrets_apart(change, sure: bool) -> None:
    shown = redacted(ENTRIES)
    after = change(shown.replace(PLACEHOLDER, "P")).replace('"P"', f'"{PLACEHOLDER}"')
    made = with_secrets(ENTRIES, shown, after)
    if sure:
        assert made is not None and made.index(ONE) < made.index(TWO) and PLACEHOLDER not in made
    else:
        assert made is None


@pytest.mark.parametrize("planted", planted_secrets(), ids=lambda planted: planted.text[:20])
def test_every_kind_of_secret_is_hidden_and_comes_back(planted: Planted) -> None:
    text = f"{planted.text}\n\ndef f(a):\n    b = a\n    return b\n"
    desk = opened(text, f"Make it shorter, as in {planted.text}", "b = a")
    for style in Style:
        order = PromptOrder(style, redacts=True, tokens=50_000)
        assert planted.secret not in words_of(desk.prompt(order))
    hidden = redacted(text)
    short = "    b = a\n    return b", "    return a"
    assert with_secrets(text, hidden, hidden.replace(*short)) == text.replace(*short)


def test_a_line_less_of_a_key_is_refused() -> None:
    block = next(one.text for one in planted_secrets() if one.text.startswith("-----BEGIN"))
    hidden = redacted(block)
    assert hidden.count(PLACEHOLDER + "\n") > 1
    assert with_secrets(block, hidden, hidden.replace(PLACEHOLDER + "\n", "", 1)) is None


PARTS = (
    f'    password = "{ONE}"\n',
    f'    password = "{TWO}"\n',
    f'    token = connect("x", password="{ONE}")\n',
    "    a = 1\n",
    "    b = 2\n",
    "\n",
    "    return a\n",
)


@given(
    st.lists(st.sampled_from(PARTS), min_size=1, max_size=8),
    st.lists(st.sampled_from(range(12)), max_size=10),
    st.randoms(use_true_random=False),
)
@settings(max_examples=200, deadline=None)
def test_no_placeholder_is_offered_and_no_secret_told(parts, picked, luck) -> None:
    text = "def f():\n" + "".join(parts) + "\n\ndef g():\n    return 1\n"
    hidden = redacted(text)
    lines = hidden.split("\n")
    # An answer of the file's own lines, in any order and number, some of them changed.
    answer = (
        "\n".join(lines[n % len(lines)] for n in picked) + "\n" + luck.choice((hidden, "x = 1\n"))
    )
    desk = opened(text, "Change it.", "def f")
    for style in Style:
        asked = words_of(desk.prompt(PromptOrder(style, redacts=True)))
        assert ONE not in asked and TWO not in asked
    read(desk, answer, "one")
    read(desk, hidden.replace("return 1", "return 2"), "two")
    read(desk, hidden.replace("return 1", "return 3"), "three")
    desk.read(ReadOrder("near", 0, f"```python\n{text.replace('return 1', 'return 4')}```"))
    judged = words_of(desk.judge_prompt(PromptOrder(Style.CHAT, redacts=True)))
    assert ONE not in judged and TWO not in judged
    hunks = desk.decide(5_000.0).hunks
    assert hunks and PLACEHOLDER not in applied_to(text, hunks)


@given(st.lists(st.sampled_from(PARTS), max_size=8), st.lists(st.sampled_from(PARTS), max_size=8))
@settings(max_examples=300, deadline=None)
def test_what_comes_back_are_lines_that_the_file_had(before, after) -> None:
    old, new = "".join(before), "".join(after)
    made = with_secrets(old, redacted(old), redacted(new))
    if made is not None:
        known = set(old.split("\n")) | set(redacted(new).split("\n"))
        assert set(made.split("\n")) <= known
        assert PLACEHOLDER not in made
        assert redacted(made) == redacted(new)
