"""Random messages, good and bad, in any order: ``python -m tests.conformance.chaos --minutes 10``.

Whatever comes, the server writes nothing but frames, answers every request once and lives.
"""

import argparse
import asyncio
import random
import sys
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

from tests.conformance.editing import (
    actions_params,
    completing_editor,
    refactor_params,
    span,
)
from tests.conformance.frames import Message, framed, packed
from tests.conformance.messages import inline_at, insertion, replacement
from tests.conformance.peer import Peer, Refuse, Silence
from tests.conformance.spawned import SpawnedPeer
from tests.conformance.talking import OURS, SETTINGS, target_of
from tests.e2e.server_environment import server_environment
from tests.support.fault_server import MODES, FaultServer

PIECES = [
    "a",
    "\n",
    "\r\n",
    "é",
    "😀",
    "\u2028",
    "return ",
    "def f(x):\n    ",
    "\x00",
    "\ud800",
    "",
]
# After each of these the next message is read as ever. So no length that is too long is here.
BAD_FRAMES = [
    b"Content-Length: abc\r\n\r\n",
    b"Content-Length: -1\r\n\r\n",
    b"X-Header: only\r\n\r\n",
    framed(b"{"),
    framed(b"[]"),
    framed(b"\xff\xfe"),
    framed(b"[" * 5000),
    framed(b'{"jsonrpc": "2.0", "id": null, "method": "x"}'),
    framed(b'{"jsonrpc": "2.0", "id": 987654, "result": {}}'),
    framed(b'{"method": "initialized"}'),
    packed({"jsonrpc": "2.0", "method": "$/progress", "params": {"token": 1, "value": None}}),
]
BAD_PARAMS: list[Any] = [
    ...,
    None,
    5,
    [],
    {},
    {"textDocument": {"uri": 5}},
    {"position": []},
    {"title": "x", "data": {"uri": 5}},
    {"command": "fusionls.refactor", "arguments": [{"uri": "file:///chaos/0.py", "range": 5}]},
]
INSTRUCTIONS = ["say it better", "", "\ud800", "x" * 30_000, "\u202e\x00"]
REFACTORINGS = ["rewrite", "docstring", "rename", "test", "nonsense"]
ACTIONS = "textDocument/codeAction"
RESOLVE = "codeAction/resolve"
EXECUTE = "workspace/executeCommand"
APPLY = "workspace/applyEdit"
CREATE = "window/workDoneProgress/create"
# So many of what was listed are remembered, to be chosen from.
MOST_LISTED = 20
# Long edits would pile up: there are a few in a second.
SHORT_EDITS = "\n[refactor]\nbudget_ms = 1500\n"
EVERYTHING = completing_editor()
METHODS = [
    "textDocument/completion",
    "textDocument/inlineCompletion",
    "textDocument/codeAction",
    "codeAction/resolve",
    "workspace/executeCommand",
    "initialize",
    "conformance/unknown",
    "$/unknown",
]
NOTIFICATIONS = [
    "textDocument/didOpen",
    "textDocument/didChange",
    "textDocument/didClose",
    "workspace/didChangeConfiguration",
    "workspace/didChangeWorkspaceFolders",
    "window/workDoneProgress/cancel",
    "$/cancelRequest",
    "$/setTrace",
    "initialized",
]
SETTINGS_SENT: list[Any] = [None, 5, {}, {"fusionls": {"completion": {"budget_ms": 200}}}]
# In the mean; a person who types is slower.
GAP_S = 0.03


class Chaos:
    """An endless supply of things that clients do, the same for the same seed."""

    def __init__(self, peer: Peer, seed: int) -> None:
        self._peer = peer
        self._random = random.Random(seed)
        self._recent: list[int] = []
        self._actions: list[tuple[int, Callable[[], None]]] = [
            (8, self._open),
            (40, self._change),
            (4, self._close),
            (30, self._complete),
            (15, self._cancel),
            (8, self._break_a_frame),
            (6, self._ask_badly),
            (6, self._notify_badly),
            (2, self._configure),
            (6, self._list_actions),
            (3, self._choose),
            (2, self._refactor),
            (2, self._cancel_progress),
        ]
        peer.replies[APPLY] = self._applied
        self.done = 0

    async def play(self, seconds: float) -> None:
        """Do one thing after the other for so long; in between, now and then, nothing."""
        end = self._peer.now() + seconds
        weights, actions = zip(*self._actions, strict=True)
        while self._peer.now() < end:
            assert self._peer.alive, "the server has ended"
            self._random.choices(actions, weights)[0]()
            self.done += 1
            if self._random.random() < 0.5:
                await asyncio.sleep(self._random.expovariate(1 / (2 * GAP_S)))

    def _uri(self) -> str:
        return f"file:///chaos/{self._random.randrange(4)}.py"

    def _text(self) -> str:
        return "".join(self._random.choices(PIECES, k=self._random.randrange(30)))

    def _place(self) -> tuple[int, int]:
        return self._random.randrange(-1, 12), self._random.randrange(-1, 30)

    def _open(self) -> None:
        self._peer.open(self._text(), self._uri(), version=self._random.randrange(100))

    def _change(self) -> None:
        changes: list[Message] = [
            self._random.choice(
                [
                    insertion(*self._place(), self._text()),
                    replacement(self._place(), self._place(), self._text()),
                    {"text": self._text()},
                ]
            )
            for _ in range(self._random.randrange(3))
        ]
        self._peer.change(self._random.randrange(100), *changes, uri=self._uri())

    def _close(self) -> None:
        self._peer.close(self._uri())

    def _complete(self) -> None:
        method = self._random.choice(METHODS[:2])
        params = inline_at(*self._place(), self._random.randrange(4), self._uri())
        self._ask(method, params)

    def _ask(self, method: str, params: Any) -> None:
        self._recent = [*self._recent[-9:], self._peer.ask(method, params)]

    def _list_actions(self) -> None:
        only = self._random.choice([{}, {}, {"only": ["refactor"]}, {"only": ["x"]}])
        self._ask(ACTIONS, actions_params(self._span(), self._uri(), **only))

    def _choose(self) -> None:
        """Choose one of the actions that were listed, also one of a text that is no more."""
        lists = [
            m["result"] for m in self._peer.received[-200:] if isinstance(m.get("result"), list)
        ]
        actions = [
            one for found in lists for one in found if isinstance(one, dict) and "data" in one
        ]
        if actions:
            self._ask(RESOLVE, self._random.choice(actions[-MOST_LISTED:]))

    def _refactor(self) -> None:
        more: Message = {"refactoring": self._random.choice(REFACTORINGS)}
        if self._random.random() < 0.3:
            more["files"] = [self._uri(), "file:///chaos/absent.py"][: self._random.randrange(3)]
        instruction = self._random.choice(INSTRUCTIONS)
        self._ask(EXECUTE, refactor_params(instruction, self._span(), self._uri(), **more))

    def _cancel_progress(self) -> None:
        """Press the button of the last bar, which may have ended."""
        tokens = [
            m["params"]["token"] for m in self._peer.received[-200:] if m.get("method") == CREATE
        ]
        self._peer.notify("window/workDoneProgress/cancel", {"token": (tokens or ["x"])[-1]})

    def _span(self) -> Message:
        return span(self._place(), self._place())

    def _applied(self, _: Any) -> Any:
        """Answer an edit that the server wants made: done, not done, refused, or not at all."""
        chosen = self._random.randrange(4)
        if chosen == 0:
            raise Silence
        if chosen == 1:
            raise Refuse("no")
        return {"applied": chosen == 2, "failureReason": None}

    def _cancel(self) -> None:
        known = self._random.choice([*self._recent, -1, "x"])
        self._peer.notify("$/cancelRequest", {"id": known})

    def _break_a_frame(self) -> None:
        self._peer.write(self._random.choice(BAD_FRAMES))

    def _ask_badly(self) -> None:
        self._peer.ask(self._random.choice(METHODS), self._random.choice(BAD_PARAMS))

    def _notify_badly(self) -> None:
        method = self._random.choice(NOTIFICATIONS)
        self._peer.notify(method, self._random.choice(BAD_PARAMS))

    def _configure(self) -> None:
        settings = self._random.choice(SETTINGS_SENT)
        self._peer.notify("workspace/didChangeConfiguration", {"settings": settings})


async def _campaign(minutes: float, seed: int, command: str) -> int:
    """Run against a process, with a model that changes its faults every minute; return what was done."""
    done = 0
    with tempfile.TemporaryDirectory() as folder:
        target = target_of(command, Path(folder))
        for minute in range(max(1, round(minutes))):
            mode = sorted(MODES)[(seed + minute) % len(MODES)]
            async with FaultServer(mode) as fault:
                environment = server_environment(
                    target.folder, SETTINGS.format(url=fault.url) + SHORT_EDITS
                )
                peer = await SpawnedPeer.spawn(target.command or OURS, environment)
                try:
                    await peer.hello(EVERYTHING)
                    chaos = Chaos(peer, seed + minute)
                    await chaos.play(min(60.0, minutes * 60))
                    await peer.quiet()
                    assert await peer.goodbye() == 0
                finally:
                    await peer.aclose()
            done += chaos.done
            answers = sum("method" not in message for message in peer.received)
            print(
                f"minute {minute}: {chaos.done} actions, {answers} answers, model: {mode}",
                flush=True,
            )
    return done


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--minutes", type=float, default=10.0)
    parser.add_argument("--seed", type=int, default=random.randrange(10**6))
    parser.add_argument("--server", default="", help="the command of another server")
    chosen = parser.parse_args()
    print(f"seed {chosen.seed}", flush=True)
    try:
        done = asyncio.run(_campaign(chosen.minutes, chosen.seed, chosen.server))
    except AssertionError as error:
        sys.exit(f"seed {chosen.seed}: {error}")
    print(f"{done} actions, 0 stray bytes, every request answered once")


if __name__ == "__main__":
    main()
