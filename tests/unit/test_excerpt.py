"""What is left of a long document: little, and it says the same."""

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from fusionls.core import ground
from fusionls.core.candidate import Gate
from fusionls.core.excerpt import excerpt_of
from fusionls.core.languages import languages
from fusionls.core.syntax import HoleTree
from fusionls.core.validation import open_hole

PYTHON = "import os\n\n\n" + "".join(
    f"class A{n}:\n    x = {n}\n\n    def f(self, a):\n        if a:\n            return g(a, {n})\n\n"
    f"    def h(self):\n        return [self.x]\n\n\n"
    for n in range(120)
)
JAVA = (
    "package a;\n\nclass Whole {\n"
    + "".join(
        f"  int f{n}(int a) {{\n    if (a > {n}) {{\n      return g(a);\n    }}\n    return {n};\n  }}\n\n"
        for n in range(150)
    )
    + "}\n"
)
GO = "package a\n\n" + "".join(
    f"func f{n}(a int) int {{\n\tif a > {n} {{\n\t\treturn g(a)\n\t}}\n\treturn {n}\n}}\n\n"
    for n in range(150)
)
DOCUMENTS = {"python": PYTHON, "java": JAVA, "go": GO}


def at_line(document, number):
    """Return what stands before and behind line ``number`` of ``document``, and the line."""
    lines = document.split("\n")
    margin = lines[number][: len(lines[number]) - len(lines[number].lstrip())]
    before = "\n".join(lines[:number]) + "\n" + margin
    return before, "\n" + "\n".join(lines[number + 1 :]), lines[number].lstrip()


@pytest.mark.parametrize("name", sorted(DOCUMENTS))
def test_of_a_long_document_the_surroundings_are_left(name):
    prefix, suffix, _ = at_line(DOCUMENTS[name], 500)
    found = excerpt_of(languages()[name], HoleTree(languages()[name], prefix, suffix))
    assert found is not None
    before, behind, _ = found
    assert len(before) + len(behind) < 1_000
    # What is left are lines of the document, in their order, and those at the hole are all there.
    assert set(before.split("\n")) <= set(prefix.split("\n"))
    assert before.split("\n")[-2:] == prefix.split("\n")[-2:]
    assert behind.split("\n")[:3] == suffix.split("\n")[:3]


TEXTS = st.sampled_from(
    [
        "",
        "y = 1",
        "g(",
        "g(a))",
        "if a:",
        "if (a) {",
        "return g(a)\n    }",
        "}",
        "} else {",
        "1 2",
        "def f(",
        '"""A',
        "/* a",
        "    a()\n  b()",
        "]]]",
    ]
)


@settings(max_examples=150, deadline=None)
@given(st.sampled_from(sorted(DOCUMENTS)), st.integers(3, 700), TEXTS, st.booleans())
def test_the_verdict_is_that_on_the_whole_document(name, line, text, own):
    prefix, suffix, gold = at_line(DOCUMENTS[name], line)
    # Where half of a bracket is missing in the document, one verdict is as good as the other.
    assume(gold.count("{") == gold.count("}"))
    said = gold + text if own else text
    whole = _whole(name, prefix, suffix, said)
    found = open_hole(languages()[name], prefix, suffix).check(said)
    assert found.gate is whole.gate or Gate.UNCHECKED in (found.gate, whole.gate)


def _whole(name, prefix, suffix, said):
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(ground, "excerpt_of", lambda *_: None)
        patch.setattr(ground, "PROBE_STEPS_IN_LONG", 5_000)
        return open_hole(languages()[name], prefix, suffix).check(said)


def test_an_error_is_told_by_its_line_in_the_document():
    prefix, suffix, _ = at_line(PYTHON, 500)
    found = open_hole(languages()["python"], prefix + "y = ", suffix).check("1 2")
    assert found.why == "adds 1 error at line 501"


def test_half_a_string_at_the_cursor_does_not_hide_the_document():
    prefix, suffix, _ = at_line(PYTHON, 500)
    hole = open_hole(languages()["python"], prefix + '"""', suffix)
    assert hole.check('One thing."""').gate is Gate.VALID
    assert hole._ground is not None and not hole._ground._is_long


def test_a_document_that_never_parses_gets_no_verdict_and_costs_little():
    hole = open_hole(languages()["java"], "%$ ) ( ] } &&\n" * 3_000, ") ] }\n" * 3_000)
    assert hole.check("a();").gate in (Gate.UNCHECKED, Gate.VALID)
