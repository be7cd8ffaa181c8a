"""What passes the gate and is doubted all the same: it is offered, and a person is told to look at it."""

import pytest

from fusionls.core.editing.desk import Desk
from fusionls.core.editing.edit import EditTask, EditVerdict, Proposal, Scope
from fusionls.core.editing.gate import judge_edit
from fusionls.core.editing.orders import EditOrder, ReadOrder
from fusionls.core.languages import languages

GIVES_NOTHING = "it gives nothing back any more where something was given back"
COPIES = "it copies a definition instead of renaming it"
NO_MEMBER = "it uses a member that nothing binds"
ADD = "def f(a, b):\n    c = a + b\n    return c\n"
COUNTER = "class C:\n    def __init__(self):\n        self.a = 1\n\n    def f(self):\n        return self.a\n"


def judged(
    before: str, after: str, instruction: str = "Change it.", language: str = "python"
) -> EditVerdict:
    assert language in languages()
    task = EditTask({"a": before}, {"a": language}, instruction, (Scope("a", 0, len(before)),))
    return judge_edit(task, Proposal("m", 0, {"a": after}))


@pytest.mark.parametrize(
    ("language", "before", "after"),
    [
        ("python", ADD, ADD.replace("    return c\n", "    c += 1\n")),
        (
            "python",
            "def f(a):\n    if a:\n        return 1\n    return 2\n",
            "def f(a):\n    def g():\n        return 1\n\n    if a:\n        g()\n",
        ),
        (
            "javascript",
            "const f = (a) => {\n  return a;\n};\n",
            "const f = (a) => {\n  a += 1;\n};\n",
        ),
        (
            "go",
            "package p\n\nfunc f() int {\n\treturn 1\n}\n",
            "package p\n\nfunc f() {\n\tprintln(1)\n}\n",
        ),
        ("java", "class C { int f() { return 1; } }\n", "class C { int f() { int a = 1; } }\n"),
    ],
)
def test_a_function_that_gives_nothing_back_any_more_is_doubted(
    language: str, before: str, after: str
) -> None:
    verdict = judged(before, after, language=language)
    assert verdict.passes and GIVES_NOTHING in verdict.doubts


@pytest.mark.parametrize(
    ("after", "instruction"),
    [
        (ADD.replace("return c", "return a + b"), "Change it."),
        (ADD.replace("return c", "yield c"), "Change it."),
        (ADD.replace("return c", "raise ValueError(c)"), "Change it."),
        (ADD.replace("return c", "print(c)"), "Print the sum instead of returning it."),
        (ADD.replace("return c", "pass"), "It should return nothing."),
        ("def g():\n    pass\n\n\n" + ADD, "Add `g`."),
    ],
)
def test_who_gives_back_otherwise_or_was_asked_not_to_is_not_doubted(
    after: str, instruction: str
) -> None:
    assert GIVES_NOTHING not in judged(ADD, after, instruction).doubts


@pytest.mark.parametrize("instruction", ["Rename `f` to `added`.", "Find a better name for `f`."])
def test_a_second_function_is_no_new_name_for_the_first(instruction: str) -> None:
    both = ADD + "\n\n" + ADD.replace("f(", "added(")
    assert COPIES in judged(ADD, both, instruction).doubts
    assert COPIES not in judged(ADD, ADD.replace("f(", "added("), instruction).doubts
    another = ADD + "\n\ndef added(x):\n    for y in x:\n        print(y)\n"
    assert COPIES not in judged(ADD, another, instruction).doubts


def test_a_copy_is_no_matter_where_no_new_name_was_asked_for() -> None:
    assert COPIES not in judged(ADD, ADD + "\n\n" + ADD.replace("f(", "g("), "Add `g`.").doubts


@pytest.mark.parametrize(
    ("line", "bound"),
    [
        ("self.n += 1", False),
        ("del self.n", False),
        ("print(self.n)", False),
        ("f(self.n, 1)", False),
        ("self.n == 1", False),
        ("self.n = 1", True),
        ("self.n: int = 1", True),
        ("self.m, self.n = 1, 2", True),
        ("(self.m, [self.n, _]) = 1, (2, 3)", True),
        ("self.m = self.n = 1", True),
        ("for self.n in range(3): pass", True),
        ("with open('a') as self.n: pass", True),
        ("other.n = 1", True),
    ],
)
def test_a_member_that_is_only_used_is_bound_by_nothing(line: str, bound: bool) -> None:
    before = "f = print\nother = f\n" + COUNTER
    after = before.replace("return self.a", f"{line}\n        return self.a + self.n")
    verdict = judged(before, after)
    assert (NO_MEMBER not in verdict.why) is bound


@pytest.mark.parametrize("within_ms", [0.0, 10_000.0])
def test_a_person_is_told_of_the_doubt_about_the_only_edit(within_ms: float) -> None:
    desk = Desk()
    assert not desk.open(EditOrder({"a.py": ADD}, {}, "a.py", 0, 0, "Speed it up.")).refusal
    for member in ("one", "two"):
        answer = "```python\n" + ADD.replace("    return c", "    c += 0") + "```\n"
        reading = desk.read(ReadOrder(member, 0, answer, 0.5))
        assert reading.passes and reading.doubts == (GIVES_NOTHING,)
    hunks = desk.decide(within_ms).hunks
    assert hunks and all(hunk.unsure and GIVES_NOTHING in hunk.why for hunk in hunks)


def test_what_says_nothing_of_right_and_wrong_is_told_and_no_more() -> None:
    desk = Desk()
    assert not desk.open(EditOrder({"a.py": ADD}, {}, "a.py", 0, 0, "Make it longer.")).refusal
    longer = ADD.replace("    return", "".join(f"    c += {n}\n" for n in range(9)) + "    return")
    desk.read(ReadOrder("one", 0, f"```python\n{longer}```\n", 0.5))
    hunks = desk.decide(10_000.0).hunks
    assert hunks and not any(hunk.unsure for hunk in hunks)
    assert all("twice as long" in hunk.why for hunk in hunks)
