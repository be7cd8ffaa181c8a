from dataclasses import replace

from hypothesis import given
from hypothesis import strategies as st

from fusionls.core.candidate import Gate
from fusionls.core.choice import choose
from fusionls.core.languages import language_for
from fusionls.core.request import CompletionRequest, Trigger
from fusionls.core.text import DocumentSnapshot
from fusionls.core.validation import open_hole
from tests.unit.test_agreement import candidate

PREFIX = "def f(a, b):\n    return "
SUFFIX = "\n\n\nprint(f(1, 2))\n"
HOLE = open_hole(language_for("python", ""), PREFIX, SUFFIX)


def chosen(*candidates, trigger=Trigger.MANUAL, suffix=SUFFIX):
    """Return the texts offered for ``candidates``, their gates checked for real."""
    document = DocumentSnapshot("file:///a.py", "python", 1, PREFIX + suffix)
    request = CompletionRequest("r", document, len(PREFIX), trigger)
    checked = [
        candidate(c.member.name, c.text, prior=c.member.prior, gate=HOLE.check(c.text).gate)
        for c in candidates
    ]
    return [offer.text for offer in choose(checked, HOLE, request).offers]


def test_two_that_agree_beat_a_better_one_alone():
    assert (
        chosen(
            candidate("best", "a - b", prior=0.5), candidate("x", "a + b"), candidate("y", "a + b")
        )[0]
        == "a + b"
    )


def test_the_better_of_two_strangers_wins():
    assert chosen(candidate("weak", "a", prior=0.1), candidate("strong", "b", prior=0.5))[0] == "b"


def test_what_stands_in_the_next_lines_already_loses():
    assert chosen(candidate("copy", "print(f(1, 2))"), candidate("own", "a + b"))[0] == "a + b"


def test_ties_go_to_the_order_of_the_pool():
    assert chosen(candidate("first", "a"), candidate("second", "b"))[0] == "a"


def test_automatic_is_one_offer_and_by_hand_are_all_distinct_ones():
    three = [candidate("a", "a"), candidate("b", "b"), candidate("c", "a")]
    assert len(chosen(*three, trigger=Trigger.AUTOMATIC)) == 1
    assert chosen(*three) == ["a", "b"]


def test_by_hand_there_are_five_at_most_best_first():
    many = [candidate(f"m{n}", name, prior=0.1 + n / 20) for n, name in enumerate("tuvwxyz")]
    assert chosen(*many) == ["z", "y", "x", "w", "v"]


def test_a_broken_answer_is_cut_back_to_its_good_lines():
    assert chosen(candidate("a", "a + b\nprint(]]]\n")) == ["a + b"]


@given(st.lists(st.text(alphabet="ab()[]{}:=+ \n\"'#", max_size=30), max_size=4))
def test_nothing_broken_is_ever_offered(texts):
    offered = chosen(*[candidate(f"m{n}", text) for n, text in enumerate(texts)])
    assert all(HOLE.check(text).gate is not Gate.BROKEN for text in offered)
    assert all(text.strip() for text in offered)


def test_a_copy_of_the_next_lines_is_offered_by_hand_and_only_if_there_is_nothing_else():
    copy = replace(candidate("c", "print(f(1, 2))"), key="", copy=True)
    document = DocumentSnapshot("file:///a.py", "python", 1, "x = 1\n" + SUFFIX)
    hole = open_hole(language_for("python", ""), "x = 1\n", SUFFIX)
    by_hand = CompletionRequest("r", document, 6, Trigger.MANUAL)
    found = choose([copy], hole, by_hand)
    assert [offer.text for offer in found.offers] == ["print(f(1, 2))"]
    assert found.p is not None and found.p < 0.1 and "already" in found.why
    assert choose([copy], hole, replace(by_hand, trigger=Trigger.AUTOMATIC)).offers == ()
    other = candidate("d", "y = 2")
    assert [o.text for o in choose([copy, other], hole, by_hand).offers] == ["y = 2"]
