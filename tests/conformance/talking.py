"""How a row is run: in this process and in virtual time, or against a server process."""

import asyncio
import functools
import inspect
import os
import shlex
import sys
from collections.abc import Callable, Sequence
from contextlib import aclosing
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from tests.conformance.frames import Message
from tests.conformance.in_process import InProcessPeer, Scripts
from tests.conformance.messages import GHOST_TEXT
from tests.conformance.peer import Peer
from tests.conformance.spawned import SpawnedPeer
from tests.e2e.server_environment import server_environment
from tests.support.fault_server import FaultServer
from tests.support.virtual_time import run_virtual

OURS = (sys.executable, "-m", "fusionls", "--stdio")
# A test that hangs in spite of everything ends here.
LONGEST_S = 90.0
NEEDS_OURS = "needs_ours"
SETTINGS = """
[members.fault]
wire = "openai"
endpoint = "{url}"
model = "any"
family = "plain"

[completion]
budget_ms = 10000
manual_budget_ms = 10000
"""


@dataclass(frozen=True, slots=True)
class Target:
    """Whom the suite talks to: ``command`` is empty for our own server. ``folder`` takes settings."""

    command: tuple[str, ...]
    folder: Path


def target_of(command: str, folder: Path) -> Target:
    """Return the target for a ``--server`` option."""
    return Target(tuple(shlex.split(command)), folder)


def talking(
    scripts: Scripts | None = None,
    *,
    capabilities: Message = GHOST_TEXT,
    hello: bool = True,
    start_s: float = 0.0,
) -> Callable[[Callable[..., Any]], Callable[..., None]]:
    """Make a test of a coroutine function whose first parameter is the peer.

    It runs in this process, or against the process that ``--server`` names, unless it needs the hosts
    of ``scripts``, whose models take ``start_s`` to start. The hands are shaken before, and the session
    is ended after it.
    """

    def decorate(play: Callable[..., Any]) -> Callable[..., None]:
        def run(target: Target, **arguments: Any) -> None:
            if target.command:
                asyncio.run(_with_process(target, target.command, converse, arguments))
            else:
                run_virtual(_in_process(scripts or {}, start_s, converse, arguments))

        async def converse(peer: Peer, **arguments: Any) -> None:
            if hello:
                await peer.hello(capabilities)
            await play(peer, **arguments)
            if peer.alive:
                await peer.goodbye()

        test = _as_test(play, run, dropped=1)
        return _needing_ours(test, "needs scripted models") if scripts is not None else test

    return decorate


def talking_to_process(
    member: str = "", *, command: Sequence[str] = OURS, only_ours: str = ""
) -> Callable[[Callable[..., Any]], Callable[..., None]]:
    """Make a test of a coroutine function that gets a process, spoken to from its first byte.

    ``member`` is how the fault server behaves that our own server has for a model; with it, the
    function's second parameter is that fault server. ``only_ours`` says why no other server will do.
    """

    def decorate(play: Callable[..., Any]) -> Callable[..., None]:
        def run(target: Target, **arguments: Any) -> None:
            chosen = target.command or command
            asyncio.run(_with_process(target, chosen, play, arguments, member))

        test = _as_test(play, run, dropped=2 if member else 1)
        test = pytest.mark.child_process("only a process has an exit code")(test)
        why = only_ours or ("needs a model that misbehaves" if member else "")
        return _needing_ours(test, why) if why else test

    return decorate


async def _in_process(
    scripts: Scripts, start_s: float, play: Callable[..., Any], arguments: Any
) -> None:
    peer = InProcessPeer(scripts, start_s)
    async with aclosing(peer):
        await play(peer, **arguments)
        # A bug in a task is told to the loop once the task is collected.
        await asyncio.sleep(0)
        assert not peer.broken, peer.broken


async def _with_process(
    target: Target,
    command: Sequence[str],
    play: Callable[..., Any],
    arguments: Any,
    member: str = "",
) -> None:
    async with asyncio.timeout(LONGEST_S), FaultServer(member or "answer") as fault:
        environment = dict(os.environ)
        if not target.command:
            settings = SETTINGS.format(url=fault.url)
            no_weights = target.folder / "no weights"
            environment = server_environment(target.folder, settings, no_weights)
        peer = await SpawnedPeer.spawn(command, environment)
        async with aclosing(peer):
            await play(peer, *([fault] if member else []), **arguments)
            assert not peer.broken, peer.broken


def _as_test(play: Callable[..., Any], run: Callable[..., None], dropped: int) -> Any:
    """Return ``run`` under the name of ``play``, with the fixtures that ``play`` wants of its own."""

    @functools.wraps(play)
    def test(target: Target, **arguments: Any) -> None:
        run(target, **arguments)

    wanted = list(inspect.signature(play).parameters.values())[dropped:]
    fixture = inspect.Parameter("target", inspect.Parameter.POSITIONAL_OR_KEYWORD)
    # No type says that a function may be given another signature; inspect reads it.
    test.__signature__ = inspect.Signature([fixture, *wanted])  # type: ignore[attr-defined]  # for pytest
    return test


def _needing_ours(test: Callable[..., None], why: str) -> Callable[..., None]:
    marked: Callable[..., None] = getattr(pytest.mark, NEEDS_OURS)(why)(test)
    return marked
