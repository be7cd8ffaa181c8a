"""What merging keeps whatever the edits are (design 6), in texts that hypothesis makes and breaks."""

from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from fusionls.core.editing.atoms import applied
from fusionls.core.editing.cutting import cut
from fusionls.core.editing.edit import (
    EditChoice,
    EditTask,
    EditVerdict,
    Format,
    Judged,
    Proposal,
    Scope,
)
from fusionls.core.editing.mapping import mapping
from fusionls.core.editing.merging import merge_edits
from fusionls.core.editing.trees import Tree, parsed
from fusionls.core.editing.verifying import HARD, Verifier
from fusionls.core.languages import languages
from fusionls.core.scopes.languages import rules_for

PASSES = EditVerdict(True)
# Functions of one text in each language; {n} is their number, {v} what an edit may change.
FORMS = {
    "python": "def f{n}(a):\n    b = a + {v}\n    return b * {n}\n\n\n",
    "javascript": "function f{n}(a) {{\n  const b = a + {v};\n  return b * {n};\n}}\n\n",
    "typescript": "function f{n}(a: number) {{\n  const b = a + {v};\n  return b * {n};\n}}\n\n",
    "go": "func f{n}(a int) int {{\n\tb := a + {v}\n\treturn b * {n}\n}}\n\n",
    "rust": "fn f{n}(a: i32) -> i32 {{\n    let b = a + {v};\n    b * {n}\n}}\n\n",
    "java": "    int f{n}(int a) {{\n        int b = a + {v};\n        return b * {n};\n    }}\n\n",
}
HEADS = {"go": ("package p\n\n", ""), "java": ("class C {\n", "}\n")}
NAMES = tuple(FORMS)
FUNCTIONS = 6
LINES = (
    "    x = 1\n",
    "\n",
    "# note\n",
    "}\n",
    "def g(a):\n    return a\n",
    "é = '\U0001f600'\n",
    "\r\n",
    "(",
    "\t",
)


def text_of(language, values):
    head, tail = HEADS.get(language, ("", ""))
    body = "".join(FORMS[language].format(n=n, v=v) for n, v in enumerate(values))
    return head + body + tail


def task_of(language, text):
    return EditTask({"f": text}, {"f": language}, "Change it.", (Scope("f", 0, len(text)),))


def judged(member, text, sample=0):
    return Judged(Proposal(member, sample, {"f": text}, Format.FILE), PASSES)


def merged_of(task, candidates, failed=()):
    choice = EditChoice(candidates[0] if candidates else None, "", tuple(candidates))
    return merge_edits(task, choice, lambda after: PASSES, failed)


def outside_atoms_nothing_changes(before, merged):
    at = 0
    parts: list[str] = []
    for hunk in merged.hunks:
        assert at <= hunk.start <= hunk.end <= len(before)
        parts += (before[at : hunk.start], hunk.text)
        at = hunk.end
    return "".join((*parts, before[at:]))


changes = st.dictionaries(st.integers(0, FUNCTIONS - 1), st.integers(2, 4), max_size=4)


@st.composite
def mangled(draw, text):
    """Return a text with lines put in, taken out and doubled."""
    lines = text.split("\n")
    for _ in range(draw(st.integers(0, 5))):
        at = draw(st.integers(0, len(lines) - 1))
        action = draw(st.sampled_from(("put", "take", "double", "cut", "replace")))
        if action == "put":
            lines.insert(at, draw(st.sampled_from(LINES)))
        elif action == "take" and len(lines) > 1:
            del lines[at]
        elif action == "double":
            lines.insert(at, lines[at])
        elif action == "cut":
            lines[at] = lines[at][: draw(st.integers(0, 12))]
        else:
            lines[at] = lines[at].replace("a", draw(st.sampled_from(("b", "aa", "(a", "é"))))
    return "\n".join(lines)


@settings(max_examples=60, deadline=None)
@given(st.data(), st.sampled_from(NAMES))
def test_all_atoms_together_are_the_edit(data, language):
    before = text_of(language, range(FUNCTIONS))
    after = data.draw(mangled(before))
    atoms = cut("f", parsed(languages()[language], before), before, after)
    assert applied(before, atoms) == after


@settings(max_examples=40, deadline=None)
@given(st.data(), st.sampled_from(NAMES))
def test_one_candidate_gives_itself_or_nothing(data, language):
    before = text_of(language, range(FUNCTIONS))
    after = data.draw(mangled(before))
    merged = merged_of(task_of(language, before), [judged("ann", after)])
    assert not merged.merged
    assert merged.after.get("f", before) in (before, after)
    assert outside_atoms_nothing_changes(before, merged) == merged.after.get("f", before)


@settings(max_examples=40, deadline=None)
@given(changes.filter(bool), st.sampled_from(NAMES), st.integers(1, 5))
def test_equal_candidates_give_themselves(changed, language, count):
    before = text_of(language, range(FUNCTIONS))
    after = text_of(language, [changed.get(n, n) * 7 for n in range(FUNCTIONS)])
    merged = merged_of(task_of(language, before), [judged(f"m{n}", after) for n in range(count)])
    assert merged.after["f"] == after
    assert not merged.merged
    assert not merged.dropped
    assert all(len(hunk.members) == count for hunk in merged.hunks)


@settings(max_examples=40, deadline=None)
@given(st.data(), st.sampled_from(NAMES))
def test_the_order_does_not_matter(data, language):
    before = text_of(language, range(FUNCTIONS))
    after = text_of(language, [99, *range(1, FUNCTIONS)])
    others = [judged(f"m{n}", data.draw(mangled(before))) for n in range(3)]
    first = judged("ann", after)
    results = {
        (merged.hunks, merged.dropped, merged.after["f"])
        for order in (others, others[::-1], others[1:] + others[:1])
        for merged in [merged_of(task_of(language, before), [first, *order])]
    }
    assert len(results) == 1


@settings(max_examples=60, deadline=None)
@given(st.data(), st.sampled_from(NAMES))
def test_disjoint_edits_of_a_quorum_unite(data, language):
    values = list(range(FUNCTIONS))
    before = text_of(language, values)
    owners = data.draw(st.lists(st.sampled_from((0, 1, 2)), min_size=FUNCTIONS, max_size=FUNCTIONS))
    # Each function is changed by two of three members; the third leaves it as it is.
    texts = []
    for member in range(3):
        texts.append([v if owners[v] == member else 70 + v for v in values])
    if texts[0] == values:
        return
    candidates = [judged(f"m{n}", text_of(language, t)) for n, t in enumerate(texts) if t != values]
    merged = merged_of(task_of(language, before), candidates)
    if len(candidates) == 3:
        assert merged.after["f"] == text_of(language, [70 + v for v in values])


@settings(max_examples=60, deadline=None)
@given(st.data(), st.sampled_from(NAMES))
def test_what_comes_out_parses_and_is_never_worse(data, language):
    before = text_of(language, range(FUNCTIONS))
    task = task_of(language, before)
    texts = [data.draw(mangled(before)) for _ in range(3)]
    candidates = [judged(f"m{n}", text) for n, text in enumerate([*texts, texts[-1]])]
    merged = merged_of(task, candidates)
    after = merged.after.get("f", before)
    assert outside_atoms_nothing_changes(before, merged) == after
    if not merged.hunks:
        return
    tree = parsed(languages()[language], before)
    verifier = Verifier(task, {"f": tree})
    found = verifier.problems({"f": after}, {"f": cut("f", tree, before, after)})
    assert not {problem for problem in found if problem.kind in HARD}
    if not merged.merged:
        assert after in texts


@settings(max_examples=30, deadline=None)
@given(st.text(max_size=200), st.text(max_size=200), st.sampled_from(sorted(languages())))
def test_any_text_is_borne(before, after, language):
    merged = merged_of(
        task_of(language, before), [judged("ann", after), judged("bob", before + after)]
    )
    assert outside_atoms_nothing_changes(before, merged) == merged.after.get("f", before)


@pytest.mark.parametrize("language", sorted(languages()))
def test_a_mapped_node_has_the_kind_of_its_twin(language):
    form = FORMS.get(language, "a{n} b {v}\n")
    old = "".join(form.format(n=n, v=n) for n in range(4))
    new = "".join(form.format(n=n, v=n + 5) for n in (1, 0, 2, 5))
    trees = [parsed(languages()[language], text) for text in (old, new)]
    before, after = (tree for tree in trees if isinstance(tree, Tree))
    mapping(before.root, after.root)
    stack = [before.root]
    while stack:
        node = stack.pop()
        stack += node.known_children
        if node.twin is not None:
            assert node.twin.twin is node
            assert node.twin.kind == node.kind


def test_of_a_choice_without_anything_nothing_is_offered():
    assert (
        merge_edits(task_of("python", "a = 1\n"), EditChoice(None, ""), lambda after: PASSES).hunks
        == ()
    )


def test_a_candidate_that_does_not_verify_gives_way_to_the_next():
    before = "def f(a):\n    return g(a)\n\n\ndef g(a):\n    return a\n"
    broken = judged("ann", before.replace("def g(", "def h("))
    right = judged("bob", before.replace("return a\n", "return a + 1\n"))
    merged = merged_of(task_of("python", before), [broken, right])
    assert merged.after["f"] == right.proposal.after["f"]


def test_failed_candidates_complete_each_other():
    before = "def f(a):\n    return a\n\n\ndef g(a):\n    return f(a)\n\n\ndef h(a):\n    return f(a) + 1\n"
    ann = judged(
        "ann", before.replace("def f(", "def e(").replace("f(a)\n\n\ndef h", "e(a)\n\n\ndef h")
    )
    bob = judged("bob", before.replace("def f(", "def e(").replace("f(a) + 1", "e(a) + 1"))
    failed = [replace(one, verdict=EditVerdict(False, ("undefined",))) for one in (ann, bob)]
    merged = merged_of(task_of("python", before), [], failed)
    assert merged.after["f"] == before.replace("f(", "e(")
    assert merged.merged


def test_what_fails_the_gate_is_dropped_and_the_chosen_edit_is_kept():
    before = text_of("python", range(4))
    one = judged("ann", text_of("python", [50, 1, 2, 3]))
    both = text_of("python", [50, 60, 2, 3])
    others = [judged(name, text_of("python", [0, 60, 2, 3])) for name in ("bob", "cid")]
    choice = EditChoice(one, "", (one, *others))
    merged = merge_edits(
        task_of("python", before),
        choice,
        lambda after: EditVerdict(after["f"] != both, ("not that",)),
    )
    assert merged.after["f"] == one.proposal.after["f"]
    assert any("not that" in hunk.why for hunk in merged.dropped)


@pytest.mark.parametrize("name", ["max", "len"])
def test_a_new_name_may_not_hide_one_that_others_use(name):
    before = f"def f(a):\n    return {name}(a)\n\n\ndef g(a):\n    return a\n"
    one = judged("ann", before.replace("return a\n", "return a + 1\n"))
    new = f"def {name}(x):\n    return x\n\n\ndef f(a):"
    others = [judged(m, before.replace("def f(a):", new)) for m in ("bob", "cid")]
    merged = merged_of(task_of("python", before), [one, *others])
    assert merged.after == one.proposal.after
    assert any("mean something else" in hunk.why for hunk in merged.dropped)


def test_lone_hunks_and_public_names_are_unsure():
    before = "def shown(a):\n    return a\n\n\ndef _hidden(a):\n    return a + 1\n"
    after = before.replace("shown", "told").replace("_hidden", "_kept")
    pair = [judged(m, after) for m in ("ann", "bob")]
    hunks = merged_of(task_of("python", before), pair).hunks
    assert [hunk.unsure for hunk in hunks] == [True, False]
    alone = merged_of(
        task_of("python", before), [pair[0], judged("bob", before.replace("+ 1", "+ 2"))]
    )
    assert all(hunk.unsure for hunk in alone.hunks)


@pytest.mark.parametrize("end", ["\n", "\r\n", "\r"])
@pytest.mark.parametrize("last", ["", "\n"])
@pytest.mark.parametrize("language", NAMES)
def test_line_ends_stay_as_they_are(language, end, last):
    if end == "\r" and language in ("python", "go"):
        # Their grammars know no such line end.
        return

    def told(values, more=""):
        text = text_of(language, values).rstrip("\n") + more + last
        return text.replace("\n", end)

    before = told([0, 1, 2])
    task = task_of(language, before)
    ann = judged("ann", told([70, 1, 2]))
    others = [judged(member, told([0, 1, 72])) for member in ("bob", "cid")]
    merged = merged_of(task, [ann, *others])
    assert merged.after["f"] == told([70, 1, 72])


def test_no_ordinary_edit_has_to_be_compared_by_lines():
    for language in NAMES:
        before = text_of(language, range(4)).rstrip("\n")
        after = text_of(language, (70, 1, 72, 3)) + FORMS[language].format(n=9, v=9)
        if language != "java":
            atoms = cut("f", parsed(languages()[language], before), before, after)
            assert all("line" not in atom.key[1:2] for atom in atoms)


def test_one_sample_of_three_counts_a_third():
    before = text_of("python", range(4))
    chosen = judged("ann", text_of("python", [70, 1, 2, 3]))
    other = text_of("python", [0, 71, 2, 3])
    same = [judged(m, other, n) for m in ("bob", "cid") for n in range(1)]
    rest = [judged(m, text_of("python", [0, 1, 2, 9]), n) for m in ("bob", "cid") for n in (1, 2)]
    assert merged_of(task_of("python", before), [chosen, *same]).merged
    merged = merged_of(task_of("python", before), [chosen, *same, *rest])
    assert "71" not in merged.after["f"]


def test_languages_with_scope_rules_are_those_that_are_verified_by_name():
    assert all(rules_for(languages()[name]) is not None for name in FORMS)


HOSTILE = ("", "\x00", "(" * 60_000, "{a:" * 50_000, '"' * 100_001, "\r\r\n\n\f\t", "f(" * 1_500)


@pytest.mark.parametrize("text", HOSTILE, ids=lambda text: ascii(text[:4]))
@pytest.mark.parametrize("language", ["python", "javascript", "html", ""])
def test_hostile_texts_and_files_that_were_not_offered_do_no_harm(language, text):
    before = "x = 1\n" * 20
    task = task_of(language, before)
    proposals = [
        Proposal(member, 0, {"f": text + more, "other": "z"}, Format.FILE)
        for member, more in (("ann", ""), ("bob", "y"), ("cid", "y"))
    ]
    merged = merged_of(task, [Judged(proposal, PASSES) for proposal in proposals])
    assert set(merged.after) <= {"f"}
    assert outside_atoms_nothing_changes(before, merged) == merged.after.get("f", before)
