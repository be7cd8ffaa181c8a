"""Faults of real connections, over every wire at once: each wire has a server of its own on loopback."""

import asyncio
import time
from dataclasses import dataclass
from urllib.parse import urlsplit

import httpx
import pytest

from fusionls.core.reply import FailureKind as Kind
from fusionls.providers.client import HttpModelClient
from fusionls.providers.http import open_client
from tests.contract.asking import KEY, Outcome, ask, check_words, client_for
from tests.contract.speech import Speech, speech
from tests.contract.transcript import Transcript, one_per_wire
from tests.support.fault_server import MODES, FaultServer, Spoken

# Generous for a loaded machine; a real stall would last for minutes.
QUICKLY_S = 15.0
# What a cutoff promises: the other side sees that we hung up.
CLOSED_S = 0.1
# When we hang up on what stalls.
CUT_S = 0.15


@dataclass(frozen=True, slots=True)
class TransportFault:
    """A mode of the server and what must come of it: one of ``kinds``, or if there is none the text.

    ``begun`` says that the first text is seen before it fails, ``before`` how many healthy requests went
    over the same client first, and ``cut`` that we hang up.
    """

    row: str
    mode: str
    kinds: frozenset[Kind] = frozenset()
    begun: bool = False
    before: int = 0
    cut: bool = False


def fails(row: str, mode: str, *kinds: Kind, begun: bool = False) -> TransportFault:
    return TransportFault(row, mode, frozenset(kinds), begun=begun)


FAULTS = (
    fails("F28", "reset", Kind.DROPPED),
    fails("F28", "fin-before-head", Kind.DROPPED),
    fails("F28", "fin-in-head", Kind.DROPPED, Kind.MALFORMED),
    fails("F29", "reset-in-stream", Kind.DROPPED, begun=True),
    fails("F30", "die-in-stream", Kind.DROPPED, begun=True),
    fails("F30", "fin-in-chunk", Kind.DROPPED, begun=True),
    fails("F42", "endless-line", Kind.TOO_LARGE),
    fails("F47", "not-http", Kind.MALFORMED),
    fails("F41", "endless-head", Kind.MALFORMED),
    TransportFault("F21", "informs-first"),
    TransportFault("F31", "close-on-reuse", before=1),
    TransportFault("F37", "slow-head"),
    TransportFault("F38", "slow-body"),
    TransportFault("F39", "late-text"),
    TransportFault("F37", "stall", cut=True),
    TransportFault("F40", "stall-in-stream", begun=True, cut=True),
)


@pytest.mark.parametrize("fault", FAULTS, ids=[f"{it.row} {it.mode}" for it in FAULTS])
def test_a_fault_of_the_connection(fault):
    tellings = one_per_wire()
    met = asyncio.run(over_every_wire(fault, tellings))
    expected = {told.name: what_must_come(fault, told) for told in tellings}
    assert {name: what_came(fault, outcome) for name, outcome in met.items()} == expected
    for outcome in met.values():
        check_words(outcome)


def what_must_come(fault: TransportFault, told: Transcript) -> tuple[object, ...]:
    if fault.kinds or fault.cut:
        begun = first_text(told) if fault.begun else ""
        return ("as it must", begun)
    return ("answered", told.text)


def what_came(fault: TransportFault, outcome: Outcome) -> tuple[object, ...]:
    if outcome.failure is None and not outcome.cut:
        return ("answered", outcome.text)
    fits = outcome.cut if fault.cut else outcome.kind in fault.kinds
    text = outcome.text if fault.begun or not fits else ""
    return ("as it must" if fits else outcome.failure, text)


async def over_every_wire(fault: TransportFault, tellings: list[Transcript]) -> dict[str, Outcome]:
    async with asyncio.timeout(QUICKLY_S), open_client() as http:
        outcomes = await asyncio.gather(*(one_wire(fault, told, http) for told in tellings))
    return {told.name: outcome for told, outcome in zip(tellings, outcomes, strict=True)}


async def one_wire(fault: TransportFault, told: Transcript, http: httpx.AsyncClient) -> Outcome:
    """Meet ``fault``, see that the connections are gone, and ask the same client once more."""
    async with FaultServer(fault.mode, spoken=spoken(speech(told))) as server:
        client = asked_at(server, told, http)
        for _ in range(fault.before):
            assert (await ask(client, told.rendered)).text == told.text
        outcome = await ask(client, told.rendered, CUT_S if fault.cut else None)
        if outcome.failure or outcome.cut:
            left = time.monotonic()
            await server.wait_for(lambda it: not it.open_connections)
            closed = max(record.closed_s or 0.0 for record in server.connections)
            assert closed - left < CLOSED_S
        server.play = MODES["answer"]
        after = await ask(client, told.rendered)
        assert (after.failure, after.text) == (None, told.text), "the next request suffers"
    return outcome


def asked_at(server: FaultServer, told: Transcript, http: httpx.AsyncClient) -> HttpModelClient:
    """The client of a transcript, with the path of its own endpoint at ``server``."""
    return client_for(told, http, url=server.url + urlsplit(told.endpoint).path, key=KEY)


def spoken(said: Speech) -> Spoken:
    if not said.in_events:
        middle = len(said.body) // 2
        return Spoken(said.transcript.content_type, said.body[:middle], said.body[middle:])
    until = said.first_text + 1
    first, rest = b"".join(said.pieces[:until]), b"".join(said.pieces[until:])
    return Spoken(said.transcript.content_type, first, rest)


def first_text(told: Transcript) -> str:
    said = speech(told)
    return said.text_in(said.lines[said.first_text]) if said.in_events else ""


def test_nobody_listens():
    async def ask_all() -> list[Outcome]:
        async with FaultServer() as server, open_client() as http:
            clients = [(asked_at(server, told, http), told) for told in one_per_wire()]
            await server.__aexit__()
            return [await ask(client, told.rendered) for client, told in clients]

    for outcome in asyncio.run(ask_all()):
        assert outcome.kind == Kind.UNREACHABLE
        check_words(outcome)


# The caps count bytes and events, so one wire of each framing shows it; test_faults.py has all of them.
FRAMED = {speech(told).framing: told for told in one_per_wire()}


@pytest.mark.parametrize("told", FRAMED.values(), ids=FRAMED.keys())
def test_what_has_no_end_is_left(told):
    """With the real caps: some MB are read, and then nobody listens any more."""

    async def ask_once() -> tuple[Outcome, int]:
        server = FaultServer("endless-stream", spoken=spoken(speech(told)))
        async with server, open_client() as http:
            async with asyncio.timeout(QUICKLY_S):
                outcome = await ask(asked_at(server, told, http), told.rendered)
            await server.wait_for(lambda it: not it.open_connections)
            return outcome, len(server.connections)

    outcome, connections = asyncio.run(ask_once())
    assert outcome.kind in (Kind.TOO_LARGE, Kind.MALFORMED)
    assert connections == 1


@pytest.mark.parametrize("told", one_per_wire(), ids=lambda told: told.wire)
def test_a_connection_is_opened_ahead_and_used(told):
    async def prepare_and_ask() -> tuple[Outcome, list[list[str]]]:
        async with FaultServer(spoken=spoken(speech(told))) as server, open_client() as http:
            client = asked_at(server, told, http)
            await client.prepare()
            outcome = await ask(client, told.rendered)
            return outcome, [record.requests for record in server.connections]

    outcome, connections = asyncio.run(prepare_and_ask())
    assert outcome.text == told.text
    [paths] = connections
    assert len(paths) == 2
    assert KEY not in " ".join(paths)


def test_a_redirect_is_refused_by_every_wire():
    async def ask_all() -> tuple[list[Outcome], int]:
        async with FaultServer() as elsewhere, open_client() as http:
            async with FaultServer("redirect", redirect_to=elsewhere.url) as server:
                outcomes = [
                    await ask(asked_at(server, told, http), told.rendered)
                    for told in one_per_wire()
                ]
            return outcomes, len(elsewhere.connections)

    outcomes, connections = asyncio.run(ask_all())
    assert {outcome.kind for outcome in outcomes} == {Kind.REDIRECT}
    assert connections == 0
