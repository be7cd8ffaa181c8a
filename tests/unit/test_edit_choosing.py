import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from fusionls.core.editing.canonical import Depth, canonical
from fusionls.core.editing.choosing import choose_edit, first_passing
from fusionls.core.editing.edit import EditTask, EditVerdict, Judged, Proposal, Scope
from fusionls.core.editing.gate import judge_edit
from fusionls.core.editing.votes import TELLING_NOTHING
from fusionls.core.languages import languages

BEFORE = "def area(w, h):\n    return w + h\n\n\ndef volume(w, h, d):\n    return w * h * d\n"
RIGHT = BEFORE.replace("w + h", "w * h")
OTHER = BEFORE.replace("w + h", "abs(w - h)")
THIRD = BEFORE.replace("w + h", "w ** h")
TASK = EditTask({"a.py": BEFORE}, {"a.py": "python"}, "Multiply.", (Scope("a.py", 0, len(BEFORE)),))


def said(member, text, sample=0, *, passes=True, doubts=(), weight=0.5):
    return Judged(
        Proposal(member, sample, {"a.py": text}), EditVerdict(passes, doubts=doubts), weight
    )


def chosen(*judged, priors=None, task=TASK):
    choice = choose_edit(task, judged, priors=priors)
    return choice.chosen and choice.chosen.proposal.after["a.py"]


def test_doubts_that_tell_nothing_are_what_the_gate_says():
    long = RIGHT + "".join(f"\n\ndef area(w, h):\n    return {n}\n" for n in range(9))
    task = EditTask(TASK.files, TASK.languages, "Call `volume` `total`.", TASK.scopes)
    said_by_gate = judge_edit(task, Proposal("a", 0, {"a.py": long.replace("volume", "x")})).doubts
    lacking = EditTask(TASK.files, TASK.languages, "Keep `volume`.", TASK.scopes)
    said_by_gate += judge_edit(
        lacking, Proposal("a", 0, {"a.py": RIGHT.replace("volume", "x")})
    ).doubts
    assert set(said_by_gate) >= TELLING_NOTHING


def same(one, other, language="python", depth=Depth.MEANING):
    grammar = languages()[language]
    return canonical(one, grammar, depth) == canonical(other, grammar, depth)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("x = {'a': (1 + 2),}\n", 'x = { "a": 1+2 }  # sum\n'),
        ("if a:\n  b()\n  c()\n", "if a:\n    b()\n\n    # then\n    c()\n"),
        ("def f(a):\n    return (a)\n", "def f( a ):\n\n  return a\n"),
    ],
)
def test_layout_and_comments_do_not_make_another_program(one, other):
    assert same(one, other, depth=Depth.PROGRAM)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("if a:\n    b()\n    c()\n", "if a:\n    b()\nc()\n"),
        ("a\n-b\n", "a - b\n"),
        ("x = (1,)\n", "x = (1)\n"),
        ("x = 'a b'\n", "x = 'a  b'\n"),
        ("def f(a):\n    b = a\n    return b\n", "def f(b):\n    a = b\n    return b\n"),
        ("def f():\n    a.b = 1\n", "def f():\n    a.c = 1\n"),
        ("def f():\n    global a\n    a = 1\n", "def f():\n    global b\n    b = 1\n"),
    ],
)
def test_what_runs_otherwise_is_another_program(one, other):
    assert not same(one, other)


def test_local_names_documentation_and_annotations_do_not_make_another_meaning():
    one = 'def f(a: int) -> int:\n    "Sum."\n    total = [x for x in a]\n    return total\n'
    other = "def f(a):\n    result = [item for item in a]\n    return result\n"
    assert same(one, other)
    assert not same(one, other, depth=Depth.PROGRAM)


@pytest.mark.parametrize(
    ("language", "one", "other"),
    [
        (
            "javascript",
            "function f(a) { let b = 'x'; return b }",
            'function f(a) {let c = "x";\nreturn c;}',
        ),
        (
            "go",
            "func F(a int) int {\n\tb := a\n\treturn b\n}\n",
            "func F(a int) int {\n\tc := a // x\n\treturn c\n}\n",
        ),
        (
            "rust",
            "fn f(a: u8) -> u8 { let b = a; b }",
            "fn f(a: u8) -> u8 {\n    let c = a;\n    c\n}",
        ),
        ("ruby", "def f(a)\n  a + 1 # x\nend\n", "def f(a)\n\n  (a + 1)\nend\n"),
    ],
)
def test_other_languages_have_a_form_too(language, one, other):
    assert same(one, other, language)
    assert not same(
        one,
        other.replace("1", "2")
        .replace("u8", "u9")
        .replace("return c", "return a")
        .replace("int", "uint"),
        language,
    )


def test_the_edit_that_most_support_is_chosen_and_its_bytes_are_kept():
    spaced = RIGHT.replace("w * h\n\n", "w  *  h\n\n", 1)
    assert chosen(said("a", OTHER), said("b", spaced), said("c", RIGHT)) == spaced


def test_one_good_member_outweighs_two_weak_ones():
    judged = said("weak", OTHER), said("weaker", OTHER), said("good", RIGHT)
    assert chosen(*judged, priors={"weak": 0.3, "weaker": 0.3, "good": 0.6}) == RIGHT
    assert chosen(*judged) == OTHER


def test_a_member_far_below_the_best_has_no_say():
    judged = [said("best", RIGHT), *(said(f"weak{n}", OTHER) for n in range(9))]
    assert chosen(*judged, priors={"best": 0.5} | {f"weak{n}": 0.29 for n in range(9)}) == RIGHT


def test_what_fails_the_gate_is_never_chosen_and_the_weak_are_better_than_nothing():
    priors = {"best": 0.9, "weak": 0.1}
    assert chosen(said("best", OTHER, passes=False), said("weak", RIGHT), priors=priors) == RIGHT
    choice = choose_edit(TASK, [said("best", OTHER, passes=False)])
    assert choice.chosen is None and choice.order == () and "passes" in choice.why


def test_three_equal_samples_of_one_member_are_not_three_members():
    judged = [said("sure", OTHER, n) for n in range(3)]
    judged += [said(name, RIGHT) for name in "bcd"]
    assert chosen(*judged, priors={"sure": 0.54, "b": 0.5, "c": 0.5, "d": 0.5}) == RIGHT


def test_doubts_weigh_against_an_edit():
    assert chosen(said("a", OTHER, doubts=("odd",)), said("b", RIGHT)) == RIGHT


def test_a_word_of_the_instruction_that_others_took_is_missed():
    task = EditTask(TASK.files, TASK.languages, "Multiply, and say 'wide' if it is.", TASK.scopes)
    wide = RIGHT.replace("    return w * h\n", "    return 'wide' if w > h else w * h\n", 1)
    judged = [said("a", RIGHT), said("b", RIGHT, doubts=("it is twice as long",)), said("c", wide)]
    rates = {"a": 0.4, "b": 0.4, "c": 0.5}
    assert chosen(*judged, priors=rates, task=task) == wide
    assert chosen(*judged, priors=rates) == RIGHT


def test_of_edits_that_nobody_repeats_the_one_like_the_others_is_chosen():
    near = RIGHT.replace("w * h * d", "d * w * h")
    far = BEFORE + "\n\ndef other():\n    pass\n"
    assert chosen(said("a", far), said("b", RIGHT), said("c", near)) == RIGHT


def test_edits_of_documentation_only_are_told_apart():
    one = BEFORE.replace("def area(w, h):\n", 'def area(w, h):\n    """Area."""\n')
    other = BEFORE.replace("def area(w, h):\n", 'def area(w, h):\n    """Size."""\n')
    assert chosen(said("a", one), said("b", other), said("c", other)) == other


def test_of_one_member_the_first_sample_that_passes_is_taken():
    failing, doubtful = said("a", OTHER, 0, passes=False), said("a", OTHER, 1, doubts=("odd",))
    fine = said("a", RIGHT, 2)
    assert first_passing([failing, doubtful, fine]) is fine
    assert first_passing([failing, doubtful]) is doubtful
    assert first_passing([failing]) is None


TEXTS = st.sampled_from([RIGHT, OTHER, THIRD, BEFORE, "", "def (", "x = '\n", RIGHT + "\f\n"])


@settings(max_examples=60, deadline=None)
@given(st.lists(st.tuples(TEXTS, st.floats(), st.booleans()), max_size=6), st.randoms())
def test_whatever_comes_the_order_of_arrival_changes_nothing(found, random):
    judged = [
        said(f"m{n % 3}", text, n // 3, passes=passes, weight=0.1 + 0.2 * (n % 3))
        for n, (text, _, passes) in enumerate(found)
    ]
    priors = {f"m{n % 3}": weight for n, (_, weight, _) in enumerate(found)}
    first = choose_edit(TASK, judged, priors=priors)
    random.shuffle(judged)
    again = choose_edit(TASK, judged, priors=priors)
    assert again == first
    passing = [one for one in judged if one.verdict.passes]
    assert len(first.order) == len(first.scores) == len(passing)
    assert first.chosen is (first.order[0] if passing else None)


@given(st.text(), st.sampled_from(sorted(languages())))
@settings(max_examples=60, deadline=None)
def test_any_text_has_a_form(text, language):
    assert same(text, text, language)


def test_a_deep_text_has_a_form():
    assert same("(" * 60_000, "(" * 60_000)
    assert same("[" * 3_000 + "]" * 3_000, "[" * 3_000 + "]" * 3_000)
