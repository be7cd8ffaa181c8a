"""The members of ``cast.py`` behind real sockets, in a process of their own.

``python -m tests.support.cast_server ROLES`` (a JSON list) serves each on a port, prints their addresses, and
when its input ends what each was asked and did.
"""

import asyncio
import json
import subprocess
import sys
import time
from collections.abc import Awaitable, Callable, Iterator, Sequence
from contextlib import AsyncExitStack, contextmanager
from dataclasses import asdict, dataclass, field

from tests.support.cast import Deed, Kind, Role, lead_of, place_of
from tests.support.fault_server import Connection, FaultServer
from tests.support.scripted_transport import end_events, token_event

LOGPROB = -0.1


@dataclass(slots=True)
class Act:
    """What a member did about one request. Times are seconds of ``time.monotonic()``.

    ``ready_s`` is when the first finished line, or the whole answer, was written, ``closed_s`` when the
    connection was seen closed, None if that never happened.
    """

    member: str
    number: int
    typed: str
    asked_s: float
    ready_s: float | None = None
    closed_s: float | None = None


@dataclass
class Diary:
    """What a member did, with the connection that each act was played on."""

    acts: list[tuple[Act, Connection]] = field(default_factory=list)

    def pages(self) -> list[Act]:
        for act, connection in self.acts:
            act.closed_s = connection.record.closed_s
        return [act for act, _ in self.acts]


def _player(role: Role, diary: Diary) -> Callable[[Connection, str], Awaitable[None]]:
    async def play(connection: Connection, path: str) -> None:
        if not connection.body:
            # A probe, which only opens a connection.
            await connection.send_whole("200 OK")
            return
        prompt = json.loads(connection.body)["prompt"]
        number, typed = place_of(prompt)
        act = Act(role.name, number, typed, time.monotonic())
        diary.acts.append((act, connection))
        await _perform(role.deed(number, typed), act, connection, path, lead_of(prompt))

    return play


async def _perform(deed: Deed, act: Act, connection: Connection, path: str, lead: str) -> None:
    begun, due_s = False, act.asked_s
    for wait_ms, piece in deed.steps():
        due_s += wait_ms / 1000
        await asyncio.sleep(max(0.0, due_s - time.monotonic()))
        if piece and not begun:
            begun = True
            await connection.send(connection.server.begins())
        if piece:
            await connection.send_chunk(token_event(lead + piece, path, LOGPROB))
            lead = ""
        if piece.endswith("\n") and act.ready_s is None:
            act.ready_s = time.monotonic()
    match deed.kind:
        case Kind.SERVER_ERROR:
            await connection.send_whole("500 Oops\r\nContent-Type: application/json", b"{}")
        case Kind.LIMITED:
            await connection.send_whole("429 Slow Down\r\nRetry-After: 2", b"slow down")
        case Kind.DROPS:
            connection.reset()
        case Kind.MALFORMED:
            await connection.send(connection.server.begins())
            await connection.send_chunk(b'data: {"choices": [{"te\n\n')
            await connection.send_chunk(b"")
        case _:
            if not begun:
                await connection.send(connection.server.begins())
            await connection.send_chunk(end_events(path))
            act.ready_s = time.monotonic()
            await connection.send_chunk(b"")


async def _serve(roles: Sequence[Role]) -> None:
    diaries = [Diary() for _ in roles]
    async with AsyncExitStack() as stack:
        urls = []
        for role, diary in zip(roles, diaries, strict=True):
            server = await stack.enter_async_context(FaultServer())
            server.play = _player(role, diary)
            urls.append(server.url)
        print(json.dumps(urls), flush=True)
        await asyncio.to_thread(sys.stdin.read)
        pages = [asdict(act) for diary in diaries for act in diary.pages()]
    print(json.dumps(pages), flush=True)


@contextmanager
def cast_served(roles: Sequence[Role]) -> Iterator[tuple[list[str], list[Act]]]:
    """Serve ``roles``; yield their addresses, and what they did once the block has ended."""
    process = subprocess.Popen(
        [sys.executable, "-m", "tests.support.cast_server", json.dumps([asdict(r) for r in roles])],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
    )
    assert process.stdin is not None and process.stdout is not None
    acts: list[Act] = []
    with process.stdout as output:
        try:
            yield json.loads(output.readline()), acts
        finally:
            process.stdin.close()
            acts += [Act(**page) for page in json.loads(output.readline())]
            process.wait(10)


def main() -> None:
    told = json.loads(sys.argv[1])
    asyncio.run(_serve([Role(**{**one, "kinds": tuple(map(Kind, one["kinds"]))}) for one in told]))


if __name__ == "__main__":
    main()
