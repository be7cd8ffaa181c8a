"""What is known of a place without asking anybody: nothing but what was offered there, to the letter."""

import tracemalloc

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from fusionls.core import answer_cache
from fusionls.core.answer_cache import AnswerCache, Answered, types_on
from fusionls.core.request import CompletionRequest, Trigger
from fusionls.core.suggestion import Offer
from fusionls.core.text import DocumentSnapshot

KEY = ("file:///a.py", "inline")
POOL = ("pool", 1)


def offers(*texts):
    return tuple(Offer(text, ("m",), text) for text in texts)


def request(marked, version=2, trigger=Trigger.AUTOMATIC, chunk_size=8):
    prefix, _, suffix = marked.partition("$0")
    document = DocumentSnapshot("file:///a.py", "python", version, prefix + suffix, chunk_size)
    return CompletionRequest("r", document, len(prefix), trigger)


def answered(marked, *texts, further=(), hasty=False, context="beside"):
    asked = request(marked)
    return Answered(
        asked.document, asked.offset, offers(*texts), offers(*further), POOL, context, hasty
    )


def found(cache, marked, pool=POOL, context="beside"):
    texts = cache.find(KEY, request(marked), pool, lambda: context)
    return [offer.text for offer in texts]


def known(*answers):
    cache = AnswerCache()
    for one in answers:
        cache.put(KEY, one)
    return cache


@pytest.mark.parametrize(
    ("marked", "left"),
    [
        ("x = $0\ny", ["foo(bar)", "fold()"]),
        ("x = fo$0\ny", ["o(bar)", "ld()"]),
        ("x = foo($0\ny", ["bar)"]),
        ("x = foo(bar)$0\ny", []),
        ("x = fx$0\ny", []),
        ("x =$0\ny", []),
        ("z = fo$0\ny", []),
        ("x = fo$0\nother", []),
        # The editor closed the bracket.
        ("x = foo($0)\ny", ["bar"]),
        ("x = foo(b$0)\ny", ["ar"]),
        ("x = foo($0]\ny", []),
        ("x = $0)\ny", []),
    ],
)
def test_typing_what_it_says(marked, left):
    assert found(known(answered("x = $0\ny", "foo(bar)", "fold()")), marked) == left


def test_deleting_and_typing_again_brings_it_back():
    cache = known(answered("x = $0\ny", "foo(bar)"))
    for marked, left in (
        ("x = foo$0\ny", ["(bar)"]),
        ("x = f$0\ny", ["oo(bar)"]),
        ("x =$0\ny", []),
        ("x $0\ny", []),
        ("x = $0\ny", ["foo(bar)"]),
        ("x = fo$0\ny", ["o(bar)"]),
    ):
        assert found(cache, marked) == left


def test_an_older_place_is_known_when_somebody_comes_back_by_undoing():
    cache = known(answered("x = $0\ny", "foo(bar)"), answered("x = y\nz = $0\ny", "3"))
    assert found(cache, "x = f$0\ny") == ["oo(bar)"]
    assert found(cache, "x = y\nz = $0\ny") == ["3"]


def test_other_members_or_other_documents_beside_it_know_nothing():
    cache = known(answered("x = $0\ny", "foo(bar)"), answered("z = $0\ny", "3"))
    assert found(cache, "x = f$0\ny", pool=("pool", 2)) == []
    assert found(cache, "x = f$0\ny", context="changed") == []


def test_what_is_on_the_screen_stays_though_another_document_changes():
    cache = known(answered("x = $0\ny", "foo(bar)"))
    assert found(cache, "x = f$0\ny", context="changed") == ["oo(bar)"]


def test_a_hasty_one_is_made_anew_where_it_was_made_but_stays_while_it_is_typed():
    hasty = answered("x = $0\ny", "foo(bar)", hasty=True)
    assert found(known(hasty), "x = $0\ny") == []
    assert found(known(hasty), "x = f$0\ny") == ["oo(bar)"]


def test_who_accepts_it_gets_what_goes_on():
    cache = known(answered("x = $0\ny", "foo(", further=["foo(\n    bar\n)"]))
    assert found(cache, "x = f$0\ny") == ["oo("]
    assert found(cache, "x = foo($0\ny") == ["\n    bar\n)"]
    assert found(cache, "x = foo(\n    bar$0\ny") == ["\n)"]


def test_another_answer_is_offered_to_who_has_typed_enough_of_it():
    cache = known(answered("x = $0\ny", "foo", further=["far(1)"]))
    assert found(cache, "x = f$0\ny") == ["oo"]
    assert found(cache, "x = fa$0\ny") == ["r(1)"]
    cache = known(answered("x = $0\ny", "foo", further=["bar(1)"]))
    assert found(cache, "x = b$0\ny") == []


def test_late_answers_only_extend_what_is_on_the_screen():
    cache = known(answered("x = $0\ny", "foo"))
    cache.merge(KEY, answered("x = $0\ny", "bar", "foo(1)", "foo(1)"))
    assert found(cache, "x = $0\ny") == ["foo(1)"]
    assert found(cache, "x = ba$0\ny") == ["r"]


def test_a_late_answer_is_offered_where_nothing_was():
    cache = known(answered("x = $0\ny"))
    cache.merge(KEY, answered("x = $0\ny", "foo"))
    assert found(cache, "x = f$0\ny") == ["oo"]


def test_a_newer_answer_of_one_place_takes_the_place_of_the_older():
    cache = known(answered("x = $0\ny", "foo"), answered("x = $0\ny"))
    assert found(cache, "x = $0\ny") == []
    assert len(cache) == 0 and cache.bytes_held == 0


def test_forgetting_frees_what_was_held():
    cache = known(answered("x = $0\ny", "foo"))
    cache.forget("file:///b.py")
    assert len(cache) == 1
    cache.forget("file:///a.py")
    assert (len(cache), cache.bytes_held, found(cache, "x = $0\ny")) == (0, 0, [])


@pytest.mark.parametrize(
    ("older", "newer", "fits"),
    [
        ("x = $0\ny", "x = fo$0\ny", True),
        ("x = $0\ny", "x = $0\ny", True),
        ("x = $0\ny", "x = f($0)\ny", True),
        ("x = $0\ny", "x =$0\ny", False),
        ("x = $0\ny", "z = f$0\ny", False),
        ("x = $0\ny", "x = f$0\nz", False),
        ("x = $0\ny", "x = " + "f" * 500 + "$0\ny", False),
    ],
)
def test_who_types_on_may_be_typing_the_answer(older, newer, fits):
    assert types_on(request(older), request(newer)) is fits
    assert not types_on(request(older), request(newer, trigger=Trigger.MANUAL))


TEXTS = st.text("ab(\n ", min_size=1, max_size=6)
EDITS = st.lists(
    st.tuples(
        st.sampled_from(["type", "type", "type", "delete", "move", "elsewhere", "ask", "late"]),
        st.integers(0, 12),
        TEXTS,
    ),
    max_size=40,
)


@settings(max_examples=400, deadline=None)
@given(EDITS)
def test_whatever_happens_what_is_offered_was_said_of_this_very_text(edits):
    """The judge knows whole texts only: what stands before and behind, and what was said there."""
    cache = AnswerCache()
    text, at, version = "aab(b\nab a\nbba", 4, 1
    said: list[tuple[str, str, str]] = []
    places: list[CompletionRequest] = []
    for kind, number, piece in edits:
        version += 1
        if kind == "type":
            text, at = text[:at] + piece + text[at:], at + len(piece)
        elif kind == "delete":
            text, at = text[: max(0, at - number)] + text[at:], max(0, at - number)
        elif kind == "move":
            at = min(number, len(text))
        elif kind == "elsewhere":
            place = min(number, len(text))
            text = text[:place] + piece + text[place:]
            at += len(piece) if place <= at else 0
        asked = request(text[:at] + "$0" + text[at:], version, chunk_size=4)
        if kind == "late" and places:
            asked = places[number % len(places)]
        if kind in ("ask", "late"):
            before, behind = asked.document.slice(0, asked.offset), asked.suffix
            said.append((before, piece, behind))
            answer = Answered(asked.document, asked.offset, offers(piece), (), POOL, "beside")
            if kind == "ask":
                places.append(asked)
                cache.put(KEY, answer)
            else:
                cache.merge(KEY, answer)
        here = request(text[:at] + "$0" + text[at:], version, chunk_size=4)
        for offer in cache.find(KEY, here, POOL, lambda: "beside"):
            whole = text[:at] + offer.text + text[at:]
            assert any(
                whole == before + told + behind and text[:at].startswith(before)
                for before, told, behind in said
            )


def test_what_was_just_offered_is_found_by_whoever_types_it():
    cache = known(answered("x = $0\ny", "foo(bar)"))
    for number in range(1, len("foo(bar)")):
        typed = "foo(bar)"[:number]
        assert found(cache, f"x = {typed}$0\ny") == ["foo(bar)"[number:]]


def test_memory_stays_within_its_bound_also_for_huge_documents(monkeypatch):
    monkeypatch.setattr(answer_cache, "MOST_BYTES", 1_000_000)
    cache = AnswerCache()
    document = DocumentSnapshot("file:///a.py", "python", 1, "x = 1\n" * 500_000)
    tracemalloc.start()
    try:
        before, _ = tracemalloc.get_traced_memory()
        for number in range(200):
            document = document.edited(number * 1000, number * 1000, "y", number)
            cache.put(KEY, Answered(document, number * 1000, offers("foo"), (), POOL))
        _ = document.text
        held = tracemalloc.get_traced_memory()[0] - before - document.length
    finally:
        tracemalloc.stop()
    assert cache.bytes_held <= 1_000_000
    # Beside the document itself, which the edits have made anew.
    assert held < document.length + 2_500_000


def test_a_document_that_is_sent_as_a_whole_with_each_key_is_not_held_again_and_again(monkeypatch):
    monkeypatch.setattr(answer_cache, "MOST_BYTES", 1_000_000)
    cache = AnswerCache()
    for number in range(50):
        text = "x = 1\n" * 50_000 + "y" * number
        document = DocumentSnapshot("file:///a.py", "python", number, text)
        cache.put(KEY, Answered(document, len(text), offers("foo"), (), POOL))
    assert cache.bytes_held <= 1_000_000
