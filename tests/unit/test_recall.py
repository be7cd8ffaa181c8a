import pytest

from fusionls.core.recall import Remembered, still_fitting
from fusionls.core.request import CompletionRequest, Trigger
from fusionls.core.suggestion import Offer
from fusionls.core.text import DocumentSnapshot

OFFERED_IN = DocumentSnapshot("file:///a.py", "python", 1, "x = \ny")
REMEMBERED = Remembered(OFFERED_IN, 4, (Offer("foo(bar)", ("a",)), Offer("fold()", ("b",))))


def test_a_hasty_one_is_made_anew_where_it_was_made_but_stays_while_it_is_typed():
    hasty = Remembered(OFFERED_IN, 4, (Offer("foo(bar)", ("a",)),), hasty=True)
    for prefix, left in (("x = ", []), ("x = f", ["oo(bar)"])):
        document = DocumentSnapshot("file:///a.py", "python", 2, prefix + "\ny")
        request = CompletionRequest("r", document, len(prefix), Trigger.AUTOMATIC)
        assert [offer.text for offer in still_fitting(hasty, request)] == left


@pytest.mark.parametrize(
    ("prefix", "suffix", "left"),
    [
        ("x = ", "\ny", ["foo(bar)", "fold()"]),
        ("x = fo", "\ny", ["o(bar)", "ld()"]),
        ("x = foo(", "\ny", ["bar)"]),
        ("x = foo(bar)", "\ny", []),
        ("x = fx", "\ny", []),
        ("x =", "\ny", []),
        ("z = fo", "\ny", []),
        ("x = fo", "\nother", []),
    ],
)
def test_typing_what_it_says(prefix, suffix, left):
    document = DocumentSnapshot("file:///a.py", "python", 2, prefix + suffix)
    request = CompletionRequest("r", document, len(prefix), Trigger.AUTOMATIC)
    assert [offer.text for offer in still_fitting(REMEMBERED, request)] == left
