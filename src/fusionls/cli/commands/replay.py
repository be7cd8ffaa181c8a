"""``fusionls replay TRANSCRIPT``: run a recorded session again, without its editor."""

import asyncio
import json
import sys
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import click

# A request that takes longer than any cap and its overhead will never be answered.
PATIENCE_S = 30.0


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of one request of the transcript. ``ms`` is from sending to answer."""

    id: str | int
    method: str
    ms: float
    outcome: str


@click.command("replay")
@click.argument("transcript", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option("--json", "as_json", is_flag=True, help="Print the outcomes as one document.")
def COMMAND(transcript: Path, as_json: bool) -> None:
    """Feed the client's messages of TRANSCRIPT to a fresh server with your settings.

    TRANSCRIPT holds one JSON message a line, as ``lsp-devtools record`` writes. Prints what became of
    every request. Exit code 1: a request got an error or no answer.
    """
    messages = list(read_messages(transcript))
    outcomes = asyncio.run(_replay(messages))
    if as_json:
        click.echo(json.dumps([asdict(outcome) for outcome in outcomes], indent=2))
    else:
        for outcome in outcomes:
            click.echo(
                f"{outcome.id!s:>6} {outcome.ms:8.1f} ms  {outcome.method}: {outcome.outcome}"
            )
    bad = sum(o.outcome.startswith(("error", "no answer")) for o in outcomes)
    click.echo(
        f"{len(messages)} messages, {len(outcomes)} requests, {bad} without a result", err=True
    )
    sys.exit(1 if bad else 0)


def read_messages(transcript: Path) -> Iterator[dict[str, Any]]:
    """Yield the client's messages. Raises click.UsageError for a line that is no JSON message."""
    try:
        text = transcript.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise click.UsageError(f"{transcript} cannot be read as UTF-8 text: {error}") from error
    for number, line in enumerate(text.split("\n"), 1):
        if not line.strip():
            continue
        try:
            message = json.loads(line)
        except ValueError as error:
            raise click.UsageError(f"{transcript}, line {number}: not JSON: {error}") from error
        if isinstance(message, dict) and isinstance(message.get("message"), dict):
            message = message["message"]
        if not isinstance(message, dict):
            raise click.UsageError(f"{transcript}, line {number}: not a JSON object")
        if _from_client(message):
            yield message


def _from_client(message: dict[str, Any]) -> bool:
    """Tell whether a client sends this: answers and the server's own methods are left out."""
    from lsprotocol import types

    method = message.get("method")
    if not isinstance(method, str):
        return False
    try:
        return types.message_direction(method) != "serverToClient"
    except (KeyError, ValueError):
        return True


async def _replay(messages: list[dict[str, Any]]) -> list[Outcome]:
    from fusionls import wiring
    from fusionls.lsp.in_process import InProcessClient
    from fusionls.lsp.server import build_server

    loop = asyncio.get_running_loop()
    server = build_server(wiring.open_engine)
    client = InProcessClient(server)
    outcomes = []
    for message in messages:
        if message["method"] == "exit":
            break
        start = loop.time()
        client.send(message)
        # Notifications do their work at once; a turn of the loop lets their tasks begin.
        await asyncio.sleep(0)
        if "id" in message:
            outcome = await _outcome(client, message["id"])
            ms = (loop.time() - start) * 1000
            outcomes.append(Outcome(message["id"], message["method"], round(ms, 1), outcome))
    await server.aclose()
    return outcomes


async def _outcome(client: Any, request_id: str | int) -> str:
    try:
        async with asyncio.timeout(PATIENCE_S):
            answer = await client.answer(request_id)
    except TimeoutError:
        return f"no answer in {PATIENCE_S:.0f} s"
    if "error" in answer:
        return f"error {answer['error'].get('code')}: {answer['error'].get('message')}"
    result = answer.get("result")
    items = result.get("items") if isinstance(result, dict) else None
    if isinstance(items, list):
        return f"{len(items)} items"
    return "null" if result is None else "answered"
