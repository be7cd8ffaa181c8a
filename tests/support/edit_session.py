"""A real server process that is asked for edits over its pipes, by way of models behind real sockets."""

import time
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tests.conformance.editing import completing_editor, refactor_params, span
from tests.conformance.frames import Message
from tests.conformance.spawned import SpawnedPeer
from tests.conformance.talking import OURS
from tests.e2e.server_environment import server_environment
from tests.support.fault_server import FaultServer, Spoken
from tests.support.scripted_transport import EVENT_STREAM, end_events, token_event

URI = "file:///src/app.py"
CODE = "def add(a, b):\n    total = a + b\n    return total\n\n\ndef last(values):\n    return values[-1]\n"
BETTER = 'def add(a, b):\n    """Return the sum."""\n    return a + b\n'
BETTER_CODE = CODE.replace(CODE[: CODE.index("\n\n\n") + 1], BETTER)
WANTED = "Return the sum without a variable, and document the function."
WITHIN_ADD = span((1, 4), (1, 4))
EXECUTE = "workspace/executeCommand"
CHAT = "/v1/chat/completions"
MEMBER = """
[members.{name}]
wire = "openai"
endpoint = "{url}"
model = "qwen2.5-coder-7b-instruct"
"""
# Long: what most tests show is what comes out, on a machine however busy.
BUDGET_MS = 20_000
REFACTOR = "[refactor]\nbudget_ms = {budget_ms}\n"
PROCESSES = Path("/proc")


def fenced(code: str) -> str:
    """Return ``code`` as models send it."""
    return f"```python\n{code}```\n"


def spoken(text: str, first: int = 12) -> Spoken:
    """Return a healthy chat answer that says ``text``, the ``first`` characters in an event of their own."""
    begin, rest = text[:first], text[first:]
    return Spoken(
        EVENT_STREAM, token_event(begin, CHAT), token_event(rest, CHAT) + end_events(CHAT)
    )


@dataclass
class EditSession:
    """A server with its models, by name. ``applied`` are the edits that it had the editor make."""

    peer: SpawnedPeer
    models: Mapping[str, FaultServer]
    applied: list[Message]

    async def refactor(self, instruction: str = WANTED, **more: Any) -> tuple[Message, float]:
        """Ask for an edit in ``add``; return the answer, and after how many seconds it came."""
        begun = time.monotonic()
        answered = await self.peer.request(
            EXECUTE, refactor_params(instruction, WITHIN_ADD, **more)
        )
        return answered, time.monotonic() - begun

    async def resolved(self) -> tuple[Message, float]:
        """Choose the rewriting action in ``add``; return the answer, and after how many seconds."""
        params = {
            "textDocument": {"uri": URI},
            "range": WITHIN_ADD,
            "context": {"diagnostics": [], "only": ["refactor"]},
        }
        listed = await self.peer.request("textDocument/codeAction", params)
        action = next(a for a in listed["result"] if a["kind"].endswith("docstring"))
        begun = time.monotonic()
        answered = await self.peer.request("codeAction/resolve", action)
        return answered, time.monotonic() - begun

    @property
    def open_sockets(self) -> int:
        """How many connections to its models the server has."""
        return sum(model.open_connections for model in self.models.values())

    @property
    def asked(self) -> dict[str, int]:
        """How often each model was asked for an answer."""
        return {
            name: sum(
                path.endswith("completions") for c in model.connections for path in c.requests
            )
            for name, model in self.models.items()
        }


@asynccontextmanager
async def edit_session(
    folder: Path, models: Mapping[str, FaultServer], **more: Any
) -> AsyncIterator[EditSession]:
    """Do as ``running`` does. At the end the server must leave with 0, having answered everything."""
    async with running(folder, models, **more) as session:
        yield session
        assert session.peer.alive, session.peer.seen()
        assert await session.peer.goodbye() == 0


@asynccontextmanager
async def running(
    folder: Path,
    models: Mapping[str, FaultServer],
    *,
    budget_ms: int = BUDGET_MS,
    more: str = "",
    capabilities: Message | None = None,
    text: str = CODE,
    installed: bool = False,
    **hello: Any,
) -> AsyncIterator[EditSession]:
    """Start ``models`` and a server with them in its pool, open ``URI``, and end all of it, however it is.

    ``more`` is added to the settings, ``hello`` to the params of ``initialize``. With ``installed`` it finds
    the weights of these tests.
    """
    async with AsyncExitStack() as stack:
        for model in models.values():
            await stack.enter_async_context(model)
        settings = "".join(MEMBER.format(name=n, url=m.url) for n, m in models.items())
        settings += REFACTOR.format(budget_ms=budget_ms) + more
        environment = server_environment(
            folder, settings, None if installed else folder / "no weights"
        )
        peer = await SpawnedPeer.spawn(OURS, environment)
        stack.push_async_callback(peer.aclose)
        session = EditSession(peer, models, [])

        def apply(params: Any) -> Message:
            session.applied.append(params["edit"])
            return {"applied": True}

        peer.replies["workspace/applyEdit"] = apply
        await peer.hello(capabilities or completing_editor(), **hello)
        peer.open(text, URI)
        yield session


def children_of(pid: int) -> list[int]:
    """Return the processes that were started by ``pid`` and live."""
    return [int(p.name) for p in PROCESSES.iterdir() if p.name.isdigit() and _parent_of(p) == pid]


def edit_children_of(pid: int) -> list[int]:
    """Return those of them that read edits."""
    return [child for child in children_of(pid) if b"edit_child" in _command_line(child)]


def descriptors_of(pid: int) -> int:
    """Return how many files, pipes and sockets the process has open."""
    return sum(1 for _ in (PROCESSES / str(pid) / "fd").iterdir())


def _parent_of(process: Path) -> int:
    try:
        fields = (process / "stat").read_text().rpartition(")")[2].split()
    except OSError:
        return -1
    return -1 if fields[0] == "Z" else int(fields[1])


def _command_line(pid: int) -> bytes:
    try:
        return (PROCESSES / str(pid) / "cmdline").read_bytes()
    except OSError:
        return b""


def texts_of(edit: Message) -> str:
    """Return all that ``edit`` would write."""
    changes: Sequence[Message] = edit.get("documentChanges") or ()
    return "\n".join(one["newText"] for change in changes for one in change.get("edits", ()))
