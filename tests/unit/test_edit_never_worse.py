"""What is offered is never worse than the chosen edit (design 6.5), whatever several members did.

``EDIT_EXAMPLES=2000 pytest tests/unit/test_edit_never_worse.py`` looks at more of them.
"""

import os

from hypothesis import given, settings
from hypothesis import strategies as st

from fusionls.core.editing.cutting import cut
from fusionls.core.editing.trees import parsed
from fusionls.core.editing.verifying import HARD, Verifier
from fusionls.core.languages import languages
from tests.unit.test_edit_merging import (
    FUNCTIONS,
    NAMES,
    judged,
    mangled,
    merged_of,
    outside_atoms_nothing_changes,
    task_of,
    text_of,
)

EXAMPLES = int(os.environ.get("EDIT_EXAMPLES", "60"))
MEMBERS = 4


@st.composite
def candidates(draw, language):
    """Return edits of whole functions, renamed ones among them, some of them broken by hand as well."""
    values = list(range(FUNCTIONS))
    found = []
    for number in range(MEMBERS):
        changed = draw(st.dictionaries(st.sampled_from(values), st.integers(70, 72), max_size=3))
        text = text_of(language, [changed.get(n, n) for n in values])
        for name in draw(st.lists(st.sampled_from(values), max_size=2, unique=True)):
            new = draw(st.sampled_from(("g", "f0", "h", "max")))
            text = text.replace(f"f{name}(", f"{new}(")
        if draw(st.booleans()):
            text = draw(mangled(text))
        found.append(judged(f"m{number}", text))
    return found


@settings(max_examples=EXAMPLES, deadline=None)
@given(st.data(), st.sampled_from(NAMES))
def test_nothing_is_wrong_that_is_not_wrong_in_the_chosen_edit(data, language):
    before = text_of(language, range(FUNCTIONS))
    task = task_of(language, before)
    found = data.draw(candidates(language))
    merged = merged_of(task, found)
    after = merged.after.get("f", before)
    assert outside_atoms_nothing_changes(before, merged) == after
    if not merged.hunks:
        return
    tree = parsed(languages()[language], before)
    verifier = Verifier(task, {"f": tree})

    def problems(text):
        return verifier.problems({"f": text}, {"f": cut("f", tree, before, text)})

    wrong = problems(after)
    assert not {problem for problem in wrong if problem.kind in HARD}
    if merged.merged:
        # The edit that the others' parts came into; the first may have given way to the next.
        assert any(wrong <= problems(one.proposal.after["f"]) for one in found)
    else:
        assert after in [one.proposal.after["f"] for one in found]
