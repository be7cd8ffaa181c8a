"""Asking the way the engine asks, over a network that plays a script, and what holds whatever it plays."""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass, field

import httpx

from fusionls.core.prompt import RenderedPrompt
from fusionls.core.reply import Chunk, Failure, FailureKind
from fusionls.engine.ports import Endpoint, ModelFailure
from fusionls.providers.client import FixedEndpoint, HttpModelClient
from fusionls.providers.events import Caps
from fusionls.providers.http import open_client
from fusionls.providers.wire import RequestOptions
from fusionls.providers.wires import wires
from tests.contract.prompts import CODE
from tests.contract.transcript import Transcript
from tests.support.scripted_transport import Head, Raw, Script, ScriptedTransport
from tests.support.virtual_time import run_virtual

# What a transcript without a key is asked with: every failure is searched for it.
KEY = "sk-never-to-be-seen-0123456789"
# Small, so that what has no end is short; transcripts stay far below.
CAPS = Caps(answer=4_000, event=16_000, events=200, stream=100_000)


class Network(ScriptedTransport):
    """Plays one script for every host, and remembers the address of each request."""

    def __init__(self, scripts: Script | Sequence[Script]) -> None:
        super().__init__({})
        self._all = [scripts] if isinstance(scripts, Script) else list(scripts)
        self.targets: list[httpx.URL] = []

    def play(self, script: Script) -> None:
        """From now on every host plays ``script``."""
        self._all = [script]
        self._scripts.clear()

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        self.targets.append(request.url)
        self._scripts.setdefault(request.url.host.removesuffix(".test"), self._all)
        return await super().handle_async_request(request)


@dataclass(slots=True)
class Outcome:
    """How one request ended. ``cut`` says that we hung up ourselves."""

    chunks: list[Chunk] = field(default_factory=list)
    failure: Failure | None = None
    error: BaseException | None = None
    cut: bool = False
    seconds: float = 0.0

    @property
    def kind(self) -> FailureKind | None:
        """The kind of the failure."""
        return self.failure.kind if self.failure else None

    @property
    def text(self) -> str:
        """All text that came."""
        return "".join(chunk.text for chunk in self.chunks)


def healthy(transcript: Transcript) -> Script:
    """The transcript's own answer."""
    head = Head(status=transcript.status, headers={"content-type": transcript.content_type})
    return Script((head, Raw(transcript.answer)))


def client_for(
    transcript: Transcript,
    http: httpx.AsyncClient,
    *,
    url: str = "",
    key: str | None = None,
    caps: Caps | None = None,
) -> HttpModelClient:
    """The client that a transcript is asked through; ``url`` and ``key`` replace its own."""
    endpoint = Endpoint(url or transcript.endpoint, transcript.key if key is None else key)
    return HttpModelClient(
        FixedEndpoint(endpoint),
        wires()[transcript.wire],
        transcript.model,
        http,
        caps=caps,
        options=RequestOptions(**transcript.options),
    )


async def ask(
    client: HttpModelClient, prompt: RenderedPrompt, cut_s: float | None = None
) -> Outcome:
    """Ask once, and hang up after ``cut_s``. What is no ModelFailure is let through."""
    outcome = Outcome()
    began = asyncio.get_running_loop().time()
    try:
        async with asyncio.timeout(cut_s):
            async for chunk in client.stream(prompt):
                outcome.chunks.append(chunk)
    except ModelFailure as raised:
        outcome.failure, outcome.error = raised.failure, raised
    except TimeoutError:
        outcome.cut = True
    outcome.seconds = asyncio.get_running_loop().time() - began
    return outcome


def meet(
    transcript: Transcript, scripts: Script | Sequence[Script], cut_s: float | None = None
) -> tuple[Outcome, Network]:
    """Ask while ``scripts`` are played, check what always holds, and return how it ended.

    Always: no exception but ModelFailure, every connection given back, nothing secret in words, no host
    but the one that was named, and the next request of the same client is answered.
    """
    network = Network(scripts)

    async def both() -> tuple[Outcome, Outcome]:
        async with open_client(network) as http:
            client = client_for(transcript, http, key=KEY, caps=CAPS)
            outcome = await ask(client, transcript.rendered, cut_s)
            asked = list(network.requests)
            assert all(seen.closed_ms is not None for seen in asked), "a connection is still held"
            network.play(healthy(transcript))
            return outcome, await ask(client, transcript.rendered)

    outcome, after = run_virtual(both())
    check_words(outcome)
    assert {url.host for url in network.targets} == {httpx.URL(transcript.endpoint).host}
    assert (after.failure, after.text) == (None, transcript.text), "the next request suffers"
    return outcome, network


def check_words(outcome: Outcome, key: str = KEY) -> None:
    """Nothing that may be logged or shown holds a key or code."""
    told = [repr(outcome.failure), str(outcome.error), repr(outcome.error)]
    for secret in (key, *CODE):
        assert not [words for words in told if secret in words]
