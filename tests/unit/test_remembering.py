"""What the engine remembers between two requests, and when it forgets."""

import asyncio
from dataclasses import replace
from typing import Any

import pytest

from fusionls.core.member import Caps, Member
from fusionls.core.request import CompletionRequest, OpenDocument, Trigger
from fusionls.core.suggestion import Offer, Suggestion
from fusionls.core.text import DocumentSnapshot
from fusionls.core.trace import DecisionTrace, Trace
from fusionls.engine.pipeline import CompletionEngine
from fusionls.engine.ports import Pool, PoolMember
from fusionls.engine.remembering import Remembering
from tests.support.pools import scripted_pools
from tests.support.scripted_transport import answer
from tests.support.virtual_time import run_virtual

URI = "file:///a.py"
TRACE = Trace(
    "r", "completion", "automatic", "python", 350, "", (), DecisionTrace(0, "", 1, "", True)
)
# Nobody is asked here.
NOBODY: Any = None
POOL = Pool((PoolMember(Member("m"), NOBODY),), Caps())


def request(marked, version=2, trigger=Trigger.AUTOMATIC, beside=()):
    prefix, _, suffix = marked.partition("$0")
    document = DocumentSnapshot(URI, "python", version, prefix + suffix)
    return CompletionRequest("r", document, len(prefix), trigger, open_documents=beside)


def remembering(marked="x = $0\n", *texts, version=2):
    one = Remembering()
    asked = request(marked, version)
    one.typed(asked, 0)
    offers = tuple(Offer(text, ("m",)) for text in texts or ("foo(bar)",))
    one.keep(asked, Suggestion(offers, TRACE), POOL)
    return one


def texts(one, asked, pool=POOL):
    return [offer.text for offer in one.fitting(asked, pool)]


def test_who_types_it_gets_the_rest_and_who_asks_by_hand_does_not():
    one = remembering()
    assert texts(one, request("x = f$0\n", 3)) == ["oo(bar)"]
    assert texts(one, request("x = f$0\n", 3, Trigger.MANUAL)) == []


def test_a_document_whose_versions_went_back_is_another_one():
    one = remembering(version=7)
    assert texts(one, request("x = f$0\n", 1)) == []
    assert texts(one, request("x = f$0\n", 8)) == []


@pytest.mark.parametrize(
    "pool",
    [
        replace(POOL, generation=1),
        replace(POOL, members=(PoolMember(Member("n"), NOBODY),)),
        replace(POOL, members=()),
        replace(POOL, threshold=0.9),
    ],
)
def test_another_pool_knows_nothing(pool):
    assert texts(remembering(), request("x = f$0\n", 3), pool) == []


def test_an_older_place_is_not_known_once_another_document_changed():
    one = remembering()
    other = request("x = y\nz = $0\n", 3)
    one.keep(other, Suggestion((Offer("3", ("m",)),), TRACE), POOL)
    beside = (OpenDocument("file:///b.py", "python", "changed"),)
    assert texts(one, request("x = f$0\n", 4, beside=beside)) == []
    assert texts(one, request("x = f$0\n", 4)) == ["oo(bar)"]


def test_what_comes_for_a_closed_document_is_dropped():
    one = remembering()
    one.forget(URI)
    asked = request("x = $0\n")
    one.late(asked, [Offer("foo", ("m",))], POOL)
    one.keep(asked, Suggestion((Offer("foo", ("m",)),), TRACE), POOL)
    assert len(one) == 0 and texts(one, request("x = f$0\n", 3)) == []


def test_late_answers_are_told_to_who_waits():
    one, told = remembering(), []
    with one.heard(request("x = f$0\n"), lambda: told.append(1)):
        one.late(request("x = $0\n"), [Offer("foo(bar)[0]", ("n",))], POOL)
    assert told == [1]
    assert texts(one, request("x = f$0\n", 3)) == ["oo(bar)[0]"]


def engine_asked(change):
    """Return how many requests members got: one, ``change``, and one that the first one answers."""

    async def run():
        pools = scripted_pools({"m": answer("foo(bar)", after_ms=20)})
        engine = CompletionEngine(pools)
        await engine.complete(request("x = $0\n", 2))
        change(engine)
        await engine.complete(request("x = f$0\n", 3))
        await engine.aclose()
        return len(pools.transport.requests)

    return run_virtual(run())


@pytest.mark.parametrize(
    ("change", "asked"),
    [
        (lambda engine: None, 1),
        (lambda engine: engine.files_changed(("file:///b.py",)), 1),
        (lambda engine: engine.files_changed(("file:///p/.gitignore",)), 2),
        (lambda engine: engine.configure("", {"privacy": {"local_only": True}}), 2),
        (lambda engine: engine.set_folders(("file:///p",)), 2),
        (lambda engine: engine.forget(URI), 2),
    ],
)
def test_changed_rules_make_everything_new(change, asked):
    assert engine_asked(change) == asked


def test_accepting_gives_what_goes_on_without_asking_again():
    block = "if b:\n        return b\n    return c"

    async def run():
        pools = scripted_pools({"m": answer(block, after_ms=20)})
        engine = CompletionEngine(pools)
        before = "def a(b, c):\n    "
        first = await engine.complete(request(before + "$0\n", 2, Trigger.MANUAL))
        taken = first.offers[0].text.split("\n")[0]
        second = await engine.complete(request(before + taken + "$0\n", 3))
        await engine.aclose()
        return [offer.text for offer in second.offers], len(pools.transport.requests)

    texts_, asked = run_virtual(run())
    assert texts_[0].lstrip().startswith("return b") and asked == 1


def test_the_editor_may_ask_again_and_again_for_nothing():
    async def run():
        pools = scripted_pools({"m": answer("foo(bar)", after_ms=20)})
        engine = CompletionEngine(pools)
        for _ in range(20):
            await engine.complete(request("x = $0\n", 2))
            await asyncio.sleep(0.05)
        await engine.aclose()
        return len(pools.transport.requests)

    assert run_virtual(run()) == 1
