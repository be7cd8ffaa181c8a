"""Edits by models behind real sockets that fail in every way there is, asked by a real server process.

What a client of a model makes of each fault is in ``test_http_faults.py`` and in the contract tests.
Here it is what a person notices who asked for an edit, and what is left behind.
"""

import asyncio
import contextlib
import time
from functools import partial

import pytest

from tests.conformance.editing import refactor_params
from tests.conformance.messages import code, inline_at
from tests.conformance.spawned import asked_for_text, connections_asked
from tests.support.edit_session import (
    BETTER_CODE,
    EXECUTE,
    URI,
    WITHIN_ADD,
    edit_session,
    fenced,
    spoken,
    texts_of,
)
from tests.support.fault_modes import MODES
from tests.support.fault_server import FaultServer
from tests.support.scripted_transport import event, token_event

REQUEST_CANCELLED, REQUEST_FAILED = -32800, -32803
BUDGET_MS = 3_000
# What a machine that runs other tests too may add to a budget.
SLACK_S = 2.5
# The other side sees that we hung up, on a machine that does nothing else; and on any.
CLOSED_S, BUSY_S = 0.1, 0.2
CANCEL_WAYS = ["request", "progress bar"]


async def _status(connection, _path, *, line, body=b"no"):
    await connection.send_whole(line, body)


async def _error_after_content(connection, path):
    await connection.send(connection.server.begins())
    await connection.send_chunk(connection.server.pieces(path)[0])
    await connection.send_chunk(
        event({"error": {"message": "overloaded", "type": "overloaded_error"}})
    )
    await connection.send_chunk(b"")


async def _megabytes(connection, path):
    """An answer of more than 8 MB, and as fast as it is read."""
    await connection.send(connection.server.begins())
    for _ in range(40):
        await connection.send_chunk(token_event("value = 1\n" * 25_000, path))
    await connection.send_chunk(b"")


async def _slow_loris(connection, _path):
    """A head that never ends, slowly."""
    await connection.send(b"HTTP/1.1 200 OK\r\n")
    for number in range(1000):
        await connection.send(f"X-{number}: y\r\n".encode())
        await asyncio.sleep(0.2)


STATUSES = [
    "400",
    "401",
    "402",
    "403",
    "404",
    "408",
    "409",
    "413",
    "422",
    "500",
    "502",
    "503",
    "504",
    "529",
]
PLAYS = {
    **{f"status-{n}": partial(_status, line=f"{n} No") for n in STATUSES},
    "limited": partial(_status, line="429 Slow\r\nRetry-After: 1"),
    "limited-for-long": partial(_status, line="429 Slow\r\nRetry-After: 100"),
    "limited-for-ever": partial(_status, line="429 Slow\r\nRetry-After: 1000000000"),
    "out-of-credit": partial(
        _status, line="429 No", body=b'{"error": {"code": "insufficient_quota"}}'
    ),
    "error-after-content": _error_after_content,
    "megabytes": _megabytes,
    "slow-loris": _slow_loris,
    **{
        name: MODES[name]
        for name in (
            "stall",
            "stall-in-stream",
            "reset",
            "reset-in-stream",
            "fin-in-chunk",
            "fin-in-head",
            "endless-head",
            "endless-stream",
            "endless-line",
            "byte-a-second",
            "html",
            "redirect",
            "truncated-json",
            "compressed",
            "not-http",
        )
    },
}
# Their answers do not end by themselves. The connections of others may be used again.
HANGING = [
    "slow-loris",
    "stall",
    "stall-in-stream",
    "endless-head",
    "endless-stream",
    "endless-line",
    "byte-a-second",
    "megabytes",
]
ANSWER = fenced(BETTER_CODE)


def model(play=None, text=ANSWER, **more):
    server = FaultServer(spoken=spoken(text), **more)
    server.play = play or server.play
    return server


def failing():
    return {name: model(play) for name, play in PLAYS.items()}


async def hung_up(session, names):
    """Wait until it has hung up on the models ``names``; return the connections that were asked over."""
    found = []
    for name in names:
        asked = connections_asked(session.models[name])
        with contextlib.suppress(TimeoutError):
            # What it looks at is awaited before the loop goes on.
            await session.models[name].wait_for(lambda _: all(c.closed_s for c in asked), 1.0)  # noqa: B023
        assert all(c.closed_s for c in asked), (name, asked)
        found += asked
    return found


def test_one_of_many_answers_and_its_edit_is_made(tmp_path):
    async def play():
        models = {**failing(), "good": model(after_s=0.3)}
        async with edit_session(tmp_path, models, budget_ms=BUDGET_MS) as session:
            answers = [await session.refactor(), await session.resolved()]
            await hung_up(session, HANGING)
            return answers, session.applied

    [(command, took_s), (resolved, again_s)], applied = asyncio.run(play())
    assert max(took_s, again_s) < BUDGET_MS / 1000 + SLACK_S
    assert command["result"]["applied"] is True, command
    assert "Return the sum." in texts_of(applied[0])
    assert "Return the sum." in texts_of(resolved["result"]["edit"])


def test_nobody_answers_and_a_sentence_says_so_of_each(tmp_path):
    async def play():
        async with edit_session(tmp_path, failing(), budget_ms=BUDGET_MS) as session:
            answers = [await session.refactor(), await session.resolved()]
            await hung_up(session, HANGING)
            # Typing goes on as if nothing had been.
            inline = await session.peer.request("textDocument/inlineCompletion", inline_at(1, 4))
            return answers, session.applied, inline

    answers, applied, inline = asyncio.run(play())
    assert applied == []
    assert "error" not in inline
    for answered, took_s in answers:
        assert took_s < BUDGET_MS / 1000 + SLACK_S
        assert code(answered) == REQUEST_FAILED
        said = answered["error"]["message"]
        assert said.startswith("nobody has answered (")
        assert all(f"{name}: " in said for name in PLAYS), said


@pytest.mark.parametrize("way", ["request", "progress bar"])
def test_who_cancels_hangs_up_on_the_models(tmp_path, way):
    async def cancelled(session, mode, token):
        for one in session.models.values():
            one.connections.clear()
        session.models["slow"].play = PLAYS[mode]
        params = refactor_params("do it", WITHIN_ADD, URI) | {"workDoneToken": token}
        number = session.peer.ask(EXECUTE, params)
        for one in session.models.values():
            await one.wait_for(asked_for_text)
        await asyncio.sleep(0.05)
        begun = time.monotonic()
        if way == "request":
            session.peer.notify("$/cancelRequest", {"id": number})
        else:
            session.peer.notify("window/workDoneProgress/cancel", {"token": token})
        answered = await session.peer.answer(number)
        answered_s = time.monotonic() - begun
        closed_s = [c.closed_s - begun for c in await hung_up(session, session.models)]
        assert len(closed_s) == len(session.models)
        return code(answered), answered_s, max(closed_s)

    async def play():
        models = {"slow": model(), "also": model(PLAYS["stall"])}
        async with edit_session(tmp_path, models, budget_ms=60_000) as session:
            found = [
                await cancelled(session, mode, mode) for mode in HANGING if mode != "megabytes"
            ]
            session.models["slow"].play = session.models["also"].play = MODES["answer"]
            healthy, _ = await session.refactor()
            return found, healthy

    found, healthy = asyncio.run(play())
    assert {number for number, _, _ in found} == {REQUEST_CANCELLED}
    assert max(answered_s for _, answered_s, _ in found) < BUSY_S, found
    assert max(closed_s for _, _, closed_s in found) < BUSY_S, found
    # They were not taken for members that fail.
    assert healthy["result"]["applied"] is True, healthy
