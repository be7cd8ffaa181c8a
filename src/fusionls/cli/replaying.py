"""A recorded session run again, and what became of its requests and suggestions."""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from fusionls.cli.server_then import APPLY, ServerThen
from fusionls.cli.transcript import Entry

if TYPE_CHECKING:
    from fusionls.engine.pipeline import CompletionEngine
    from fusionls.lsp.in_process import InProcessClient
    from fusionls.lsp.kept import Kept

# A request that takes longer than any budget (of an edit: five minutes) will never be answered.
PATIENCE_S = 330.0


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of one request. ``ms`` is from sending to answer, 0 for an edit that was handed over.

    ``same`` says whether the answer is the recorded one to the letter, None if none was recorded.
    """

    id: str | int
    method: str
    ms: float
    outcome: str
    same: bool | None


@dataclass(frozen=True, slots=True)
class Replayed:
    """What became of the requests, and the last suggestions by id."""

    outcomes: "list[Outcome]"
    suggestions: "dict[str, Kept]"


def played_back(entries: Sequence[Entry]) -> Replayed:
    """Run ``entries`` again with the answers that they hold, in virtual time. Raises click.UsageError."""
    from fusionls.cli.playback import played_back_engine
    from fusionls.engine.virtual_time import run_virtual

    async def play() -> Replayed:
        return await _replay(entries, played_back_engine(entries), compare=True)

    return run_virtual(play())


def asked_again(entries: Sequence[Entry]) -> Replayed:
    """Run ``entries`` again with the person's own members."""
    from fusionls import wiring

    async def play() -> Replayed:
        engine, _ = wiring.open_engine()
        return await _replay(entries, engine, compare=False)

    return asyncio.run(play())


async def _replay(
    entries: Sequence[Entry], engine: "CompletionEngine", *, compare: bool
) -> Replayed:
    """Send the client's messages; at their recorded times where answers are compared."""
    from fusionls.lsp.in_process import InProcessClient
    from fusionls.lsp.server import build_server

    loop = asyncio.get_running_loop()
    server = build_server(lambda: (engine, ()))
    client = InProcessClient(server)
    then = ServerThen(entries)
    start = loop.time()

    async def due(entry: Entry) -> None:
        if compare and entry.at_ms is not None:
            await asyncio.sleep(max(0.0, start + entry.at_ms / 1000 - loop.time()))

    async def answer(entry: Entry) -> None:
        await due(entry)
        await then.answer(client, entry.message)

    answering = [asyncio.ensure_future(answer(e)) for e in entries if then.is_answered_by(e)]
    watching = []
    for entry in entries:
        if entry.source != "client" or then.is_answered_by(entry):
            continue
        if entry.message.get("method") == "exit":
            continue
        await due(entry)
        known = then.answers.get(entry.message.get("id")) if compare else None
        message = then.with_token_of_now(client, entry.message)
        watch = asyncio.ensure_future(_sent(client, message, known))
        # Notifications do their work at once; a turn of the loop lets their tasks begin.
        await asyncio.sleep(0)
        watching.append(watch)
        if not compare:
            await watch
    outcomes = [await watch for watch in watching]
    for task in answering:
        task.cancel()
    if compare:
        outcomes += map(_handed_over, enumerate(then.same_edits(client), 1))
    suggestions = {kept.trace.id: kept for kept in server.session.suggestions.values()}
    await server.aclose()
    return Replayed([outcome for outcome in outcomes if outcome is not None], suggestions)


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


def _handed_over(numbered: tuple[int, bool | None]) -> Outcome:
    number, same = numbered
    outcome = "no answer" if same is None else "handed over"
    return Outcome(f"edit {number}", APPLY, 0.0, outcome, same)


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
