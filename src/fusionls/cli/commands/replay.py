"""``fusionls replay TRANSCRIPT``: run a recorded session again, without its editor."""

import asyncio
import json
import sys
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from fusionls.cli.transcript import Entry, read_transcript

if TYPE_CHECKING:
    from fusionls.engine.pipeline import CompletionEngine
    from fusionls.lsp.in_process import InProcessClient

# A request that takes longer than any cap and its overhead will never be answered.
PATIENCE_S = 30.0


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of one request. ``ms`` is from sending to answer.

    ``same`` says whether the answer is the recorded one to the letter, None if none was recorded.
    """

    id: str | int
    method: str
    ms: float
    outcome: str
    same: bool | None


@click.command("replay")
@click.argument("transcript", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option("--live", is_flag=True, help="Ask your own members, although answers are recorded.")
@click.option("--json", "as_json", is_flag=True, help="Print the outcomes as one document.")
def COMMAND(transcript: Path, live: bool, as_json: bool) -> None:
    """Feed the client's messages of TRANSCRIPT to a fresh server.

    A transcript of ``fusionls --stdio --record`` holds the models' answers too: they are played back, in
    virtual time. One of ``lsp-devtools record`` does not: your own members are asked. Exit code 1: a
    request got an error, no answer, or another answer than was recorded.
    """
    entries = read_transcript(transcript)
    recorded = any(entry.source == "pool" for entry in entries)
    outcomes = _live(entries) if live or not recorded else _played_back(entries)
    if as_json:
        click.echo(json.dumps([asdict(outcome) for outcome in outcomes], indent=2))
    else:
        for o in outcomes:
            told = {True: ", as recorded", False: ", NOT as recorded", None: ""}[o.same]
            click.echo(f"{o.id!s:>6} {o.ms:8.1f} ms  {o.method}: {o.outcome}{told}")
    bad = sum(o.same is False or o.outcome.startswith(("error", "no answer")) for o in outcomes)
    click.echo(f"{len(outcomes)} requests, {bad} to look at", err=True)
    sys.exit(1 if bad else 0)


def _played_back(entries: Sequence[Entry]) -> list[Outcome]:
    from fusionls.cli.playback import played_back_engine
    from fusionls.engine.virtual_time import run_virtual

    async def play() -> list[Outcome]:
        return await _replay(entries, played_back_engine(entries), compare=True)

    return run_virtual(play())


def _live(entries: Sequence[Entry]) -> list[Outcome]:
    from fusionls import wiring

    async def play() -> list[Outcome]:
        engine, _ = wiring.open_engine()
        return await _replay(entries, engine, compare=False)

    return asyncio.run(play())


async def _replay(
    entries: Sequence[Entry], engine: "CompletionEngine", *, compare: bool
) -> list[Outcome]:
    """Send the client's messages; at their recorded times where answers are compared."""
    from fusionls.lsp.in_process import InProcessClient
    from fusionls.lsp.server import build_server

    loop = asyncio.get_running_loop()
    server = build_server(lambda: (engine, ()))
    client = InProcessClient(server)
    expected = {e.message.get("id"): e.message for e in entries if e.source == "server"}
    start = loop.time()
    watching = []
    for entry in entries:
        if entry.source != "client" or entry.message.get("method") == "exit":
            continue
        if compare and entry.at_ms is not None:
            await asyncio.sleep(max(0.0, start + entry.at_ms / 1000 - loop.time()))
        known = expected.get(entry.message.get("id")) if compare else None
        watch = asyncio.ensure_future(_sent(client, entry.message, known))
        # Notifications do their work at once; a turn of the loop lets their tasks begin.
        await asyncio.sleep(0)
        watching.append(watch)
        if not compare:
            await watch
    outcomes = [await watch for watch in watching]
    await server.aclose()
    return [outcome for outcome in outcomes if outcome is not None]


async def _sent(
    client: "InProcessClient", message: dict[str, Any], expected: dict[str, Any] | None
) -> Outcome | None:
    """Send one message; return what became of it if it is a request."""
    loop = asyncio.get_running_loop()
    start = loop.time()
    client.send(message)
    if "id" not in message or "method" not in message:
        return None
    try:
        async with asyncio.timeout(PATIENCE_S):
            answer = await client.answer(message["id"])
    except TimeoutError:
        return Outcome(message["id"], message["method"], PATIENCE_S * 1000, "no answer", None)
    ms = round((loop.time() - start) * 1000, 1)
    same = None if expected is None else _comparable(answer) == _comparable(expected)
    return Outcome(message["id"], message["method"], ms, _outcome(answer), same)


def _comparable(answer: dict[str, Any]) -> tuple[object, object]:
    """Return what must be equal: the result, or the error's code, whose message may name a place."""
    error = answer.get("error")
    return answer.get("result"), error.get("code") if isinstance(error, dict) else None


def _outcome(answer: dict[str, Any]) -> str:
    if "error" in answer:
        return f"error {answer['error'].get('code')}: {answer['error'].get('message')}"
    result = answer.get("result")
    items = result.get("items") if isinstance(result, dict) else None
    if isinstance(items, list):
        return f"{len(items)} items"
    return "null" if result is None else "answered"
