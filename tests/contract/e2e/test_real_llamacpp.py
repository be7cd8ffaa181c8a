"""The wires against the real llama.cpp server with real weights, and not against what is written about it."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

import httpx

from fusionls.core.prompt import FillIn, RenderedPrompt
from fusionls.core.reply import FailureKind as Kind
from fusionls.engine.ports import Endpoint
from fusionls.local.child import spawn_llama_child
from fusionls.local.keeper import LlamaKeeper
from fusionls.providers.client import FixedEndpoint, HttpModelClient
from fusionls.providers.http import open_client
from fusionls.providers.wires import wires
from tests.contract.asking import Outcome, ask, check_words
from tests.contract.e2e.weights import with_fill_in_tokens
from tests.contract.prompts import PROMPTS

# A cold start and a few answers of at most 32 tokens, on a machine however busy.
PATIENCE_S = 120.0
# More than the context of the server, whatever its tokenizer makes of it.
FAR_TOO_LONG = "lorem ipsum " * 4_000


@dataclass(frozen=True, slots=True)
class Served:
    """A running server."""

    endpoint: Endpoint
    http: httpx.AsyncClient

    async def ask(self, wire: str, prompt: RenderedPrompt, key: str | None = None) -> Outcome:
        endpoint = Endpoint(self.endpoint.url, self.endpoint.key if key is None else key)
        client = HttpModelClient(FixedEndpoint(endpoint), wires()[wire], "m", self.http)
        return await ask(client, prompt)


@asynccontextmanager
async def serving(weights: Path) -> AsyncIterator[Served]:
    keeper = LlamaKeeper(weights, spawn=spawn_llama_child)
    try:
        async with asyncio.timeout(PATIENCE_S), open_client() as http:
            yield Served(await keeper.endpoint(), http)
    finally:
        await keeper.aclose()


async def ask_all(
    weights: Path, asked: dict[str, tuple[str, RenderedPrompt]]
) -> dict[str, Outcome]:
    async with serving(weights) as served:
        return {name: await served.ask(wire, prompt) for name, (wire, prompt) in asked.items()}


def counts(outcome: Outcome) -> tuple[int, int]:
    tokens_in = [chunk.tokens_in for chunk in outcome.chunks if chunk.tokens_in is not None]
    tokens_out = [chunk.tokens_out for chunk in outcome.chunks if chunk.tokens_out is not None]
    return tokens_in[-1], tokens_out[-1]


def logprobs(outcome: Outcome) -> list[float]:
    return [chunk.logprob for chunk in outcome.chunks if chunk.logprob is not None]


def test_the_wires_speak_with_the_real_server(smollm2):
    """One server, every way that it serves these weights; a model that is asked the same says the same."""
    asked = {
        f"{wire} {name}": (wire, PROMPTS[name])
        for wire in ("llamacpp", "openai")
        for name in ("text", "messages")
    }
    met = asyncio.run(ask_all(smollm2, asked))
    for outcome in met.values():
        assert outcome.failure is None
        assert outcome.text.strip()
        tokens_in, tokens_out = counts(outcome)
        assert 5 <= tokens_in <= 100
        assert 1 <= tokens_out <= 33
    assert met["llamacpp text"].text == met["openai text"].text == " a + b"
    assert met["llamacpp messages"].text == met["openai messages"].text
    for name in ("llamacpp text", "llamacpp messages"):
        assert logprobs(met[name])
        assert all(value <= 0 for value in logprobs(met[name]))


def test_what_the_real_server_refuses(smollm2):
    async def refused() -> dict[str, Outcome]:
        async with serving(smollm2) as served:
            met: dict[str, Outcome] = {}
            for wire in ("llamacpp", "openai"):
                long = RenderedPrompt(text=FAR_TOO_LONG)
                met[f"{wire} too long"] = await served.ask(wire, long)
                met[f"{wire} wrong key"] = await served.ask(wire, PROMPTS["text"], "k-wrong")
                met[f"{wire} answered"] = await served.ask(wire, PROMPTS["text"])
            met["no gap"] = await served.ask("llamacpp", PROMPTS["fill_in"])
            grammar = RenderedPrompt(text="a", grammar="root ::= (")
            met["bad grammar"] = await served.ask("llamacpp", grammar)
            return met

    met = asyncio.run(refused())
    for wire in ("llamacpp", "openai"):
        assert met[f"{wire} too long"].kind == Kind.TOO_LONG
        assert met[f"{wire} wrong key"].kind == Kind.AUTHENTICATION
        assert met[f"{wire} answered"].failure is None
    assert met["no gap"].kind in (Kind.REFUSED, Kind.SERVER_ERROR)
    assert met["bad grammar"].kind == Kind.REFUSED
    for outcome in met.values():
        check_words(outcome)
        check_words(outcome, "lorem")


def test_the_real_server_fills_in(smollm2, tmp_path):
    """The tokens for gaps are borrowed, so what stands in the gap is anything; the exchange is real."""
    weights = tmp_path / "fills-in.gguf"
    with_fill_in_tokens(smollm2, (3, 4, 5), weights)
    gap = RenderedPrompt(
        fill_in=FillIn("def add(a, b):\n    return ", "\n"), stop=("\n\n\n",), max_tokens=8
    )
    met = asyncio.run(
        ask_all(weights, {"gap": ("llamacpp", gap), "text": ("llamacpp", PROMPTS["text"])})
    )
    assert met["gap"].failure is None
    tokens_in, tokens_out = counts(met["gap"])
    assert tokens_in >= 8
    assert 1 <= tokens_out <= 9
    assert met["text"].text == " a + b"


def test_hanging_up_frees_the_real_server(smollm2):
    """A request that is cut leaves the only slot to the next one at once."""
    endless = RenderedPrompt(text="1, 2, 3, 4,", max_tokens=2_000)

    async def cut_and_ask(served: Served, wire: str) -> tuple[Outcome, Outcome]:
        client = HttpModelClient(FixedEndpoint(served.endpoint), wires()[wire], "m", served.http)
        cut = await ask(client, endless, cut_s=0.3)
        return cut, await served.ask(wire, PROMPTS["text"])

    async def with_both() -> list[tuple[Outcome, Outcome]]:
        async with serving(smollm2) as served:
            return [await cut_and_ask(served, wire) for wire in ("llamacpp", "openai")]

    for cut, after in asyncio.run(with_both()):
        assert cut.cut
        assert after.text == " a + b"
        assert after.seconds < 5.0
