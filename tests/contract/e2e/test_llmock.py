"""An independent check: llmock, a mock server that others wrote, in the dialects of several vendors.

It serves chat only. Vendors that speak OpenAI's dialect need nothing but an address.
"""

import asyncio
from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Any

import httpx
import pytest
from llmock.scenarios import Delay, Fail, Reply, SlowFirstToken, StreamFault
from llmock.testing import LLMockServer

from fusionls.core.reply import FailureKind as Kind
from fusionls.engine.ports import Endpoint
from fusionls.providers.client import FixedEndpoint, HttpModelClient
from fusionls.providers.http import open_client
from fusionls.providers.wires import wires
from tests.contract.asking import KEY, Outcome, ask, check_words
from tests.contract.prompts import PROMPTS

TEXT = "return a + b  # é €"
# Where each vendor's own address would stand, and the wire that is asked there.
VENDORS = {
    "openai": ("/v1", "openai"),
    "groq": ("/groq/openai/v1", "openai"),
    "together": ("/together/v1", "openai"),
    "perplexity": ("/perplexity/v1", "openai"),
    "xai": ("/xai/v1", "openai"),
    "anthropic": ("/anthropic", "anthropic"),
    "mistral": ("/mistral/v1", "mistral"),
    "gemini": ("/gemini", "gemini"),
}
QUICKLY_S = 10.0


@dataclass(frozen=True, slots=True)
class Told:
    """What llmock is told to do, and what comes of it: one of ``kinds``, else the text."""

    name: str
    behaviour: Any
    kinds: frozenset[Kind] = frozenset()
    cut_s: float | None = None
    retry_after_s: float | None = None


def told(name: str, behaviour: Any, *kinds: Kind, **more: float) -> Told:
    return Told(name, behaviour, frozenset(kinds), **more)


BEHAVIOURS = (
    told("400", Fail(400), Kind.REFUSED),
    told("401", Fail(401), Kind.AUTHENTICATION),
    told("402", Fail(402), Kind.OUT_OF_CREDIT),
    told("403", Fail(403), Kind.AUTHENTICATION),
    told("404", Fail(404), Kind.NOT_FOUND, Kind.REFUSED),
    told("413", Fail(413), Kind.TOO_LONG),
    told("422", Fail(422), Kind.REFUSED),
    told("429", Fail(429, retry_after=7), Kind.RATE_LIMITED, retry_after_s=7),
    told("500", Fail(500), Kind.SERVER_ERROR),
    told("502", Fail(502), Kind.SERVER_ERROR, Kind.OVERLOADED),
    told("503", Fail(503), Kind.SERVER_ERROR, Kind.OVERLOADED),
    told("504", Fail(504), Kind.SERVER_ERROR, Kind.OVERLOADED),
    told("529", Fail(529), Kind.OVERLOADED, Kind.SERVER_ERROR),
    told("disconnect", StreamFault("disconnect", after_chunks=2), Kind.DROPPED),
    told("truncate", StreamFault("truncate", after_chunks=2), Kind.DROPPED),
    told("malformed", StreamFault("malformed", after_chunks=2), Kind.MALFORMED),
    told("stall", StreamFault("stall", after_chunks=2, stall_seconds=1.0), cut_s=0.2),
    told("a stalled head", Delay(1.0), cut_s=0.2),
    told("a slow first token", SlowFirstToken(0.1)),
    told("a slow head", Delay(0.1)),
)


@pytest.fixture(scope="module")
def server() -> Iterator[LLMockServer]:
    with LLMockServer() as running:
        yield running


def client_of(vendor: str, server: LLMockServer, http: httpx.AsyncClient) -> HttpModelClient:
    path, wire = VENDORS[vendor]
    endpoint = FixedEndpoint(Endpoint(server.url + path, KEY))
    return HttpModelClient(endpoint, wires()[wire], "m", http)


async def ask_every_vendor(
    server: LLMockServer, behaviour: Any = None, cut_s: float | None = None
) -> dict[str, Outcome]:
    """Ask all vendors at once while ``behaviour`` lasts, and see that each serves again after it."""
    async with asyncio.timeout(QUICKLY_S), open_client() as http:
        clients = {vendor: client_of(vendor, server, http) for vendor in VENDORS}
        scenarios = server.state.scenarios
        scenarios.clear()
        scenarios.add(Reply(text=TEXT, times=None))
        if behaviour is not None:
            scenarios.add(replace(behaviour, times=None))
        prompt = PROMPTS["messages"]
        asked = await asyncio.gather(*(ask(it, prompt, cut_s) for it in clients.values()))
        scenarios.clear()
        scenarios.add(Reply(text=TEXT, times=None))
        after = await asyncio.gather(*(ask(it, prompt) for it in clients.values()))
        assert {(it.failure, it.text) for it in after} == {(None, TEXT)}
        return dict(zip(clients, asked, strict=True))


def test_every_vendor_answers(server):
    for vendor, outcome in asyncio.run(ask_every_vendor(server)).items():
        assert (outcome.failure, outcome.text) == (None, TEXT), vendor
        # Mistral counts without being asked to; its mock does not.
        if vendor == "mistral":
            continue
        assert [chunk.tokens_in for chunk in outcome.chunks if chunk.tokens_in], vendor
        assert [chunk.tokens_out for chunk in outcome.chunks if chunk.tokens_out], vendor


@pytest.mark.parametrize("told", BEHAVIOURS, ids=[it.name for it in BEHAVIOURS])
def test_a_fault_of_the_vendor(server, told):
    met = asyncio.run(ask_every_vendor(server, told.behaviour, told.cut_s))
    wrong = {vendor: outcome for vendor, outcome in met.items() if not is_right(told, outcome)}
    assert wrong == {}
    for outcome in met.values():
        check_words(outcome)


def is_right(told: Told, outcome: Outcome) -> bool:
    if told.cut_s is not None:
        return outcome.cut
    if not told.kinds:
        return (outcome.failure, outcome.text) == (None, TEXT)
    waits = outcome.failure.retry_after_s if outcome.failure else None
    return outcome.kind in told.kinds and told.retry_after_s in (None, waits)


def test_the_prompt_and_the_key_arrived(server):
    """What llmock read: it validates each request by the vendor's own schema."""
    asyncio.run(ask_every_vendor(server))
    records = server.state.journal.records(wait=QUICKLY_S)[-len(VENDORS) :]
    assert {record.provider for record in records} == set(VENDORS)
    assert all("def add(a, b): return" in str(record.body) for record in records)
    assert all(record.status == 200 and record.completed for record in records)
