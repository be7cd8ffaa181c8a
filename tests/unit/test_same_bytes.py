"""Who was first in the queue decides nothing."""

import asyncio
import json
import random

import pytest

from fusionls.core.member import Caps, Member
from fusionls.core.reply import Chunk
from fusionls.core.request import Trigger
from fusionls.core.wish import NO_WISH, ReadWish
from fusionls.engine.deaf import Deaf
from fusionls.engine.pipeline import CompletionEngine
from fusionls.engine.ports import Pool, PoolMember
from tests.support.bare_client import BareClient
from tests.support.virtual_time import run_virtual
from tests.unit.test_pipeline import request

# Two pairs that agree, of equal weight, and one alone: whoever stops at the first pair shows either.
ANSWERS = {"a": "a + b", "b": "b - a", "c": "a + b", "d": "b - a", "e": "a * b"}
SHUFFLES = 500  # of each trigger


class Waiting(BareClient):
    """A client that answers when it is told to."""

    def __init__(self, text):
        self.text = text
        self.told = asyncio.Event()

    async def stream(self, _prompt):
        await self.told.wait()
        yield Chunk(self.text)


class OnePool(Deaf):
    """A pool of waiting members."""

    def __init__(self, clients):
        members = (Member(name, maker=name, prior=0.4) for name in clients)
        pairs = zip(members, clients.values(), strict=True)
        self.pool = Pool(tuple(PoolMember(*pair) for pair in pairs), Caps())

    def pool_for(self, uri, wish=NO_WISH, language_id=""):
        return self.pool

    def read_wish(self, block):
        return ReadWish(None)

    async def aclose(self):
        pass


def suggested(order, trigger):
    """Return what is suggested, as bytes, if all members answer in the same moment in this ``order``."""

    async def run():
        clients = {name: Waiting(text) for name, text in ANSWERS.items()}
        engine = CompletionEngine(OnePool(clients))
        asking = asyncio.create_task(engine.complete(request(trigger=trigger)))
        await asyncio.sleep(0.08)
        for name in order:
            clients[name].told.set()
        suggestion = await asking
        await engine.aclose()
        offers = [(offer.text, offer.members) for offer in suggestion.offers]
        return json.dumps([offers, suggestion.trace.to_json()]).encode()

    return run_virtual(run())


@pytest.mark.parametrize("trigger", list(Trigger))
def test_a_thousand_orders_of_arrival_in_one_moment_give_the_same_bytes(trigger):
    dice = random.Random(6)
    names = list(ANSWERS)
    seen = set()
    for _ in range(SHUFFLES):
        dice.shuffle(names)
        seen.add(suggested(names, trigger))
    [only] = seen
    offers, _ = json.loads(only)
    assert offers[0][0] == "a + b"
