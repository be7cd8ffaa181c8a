"""A real server process that is watched: what it connects to, looks up, starts and opens, and models that
keep what they are sent."""

import asyncio
import json
import os
import sys
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Self

from tests.support.raw_client import RawClient

PYTHON = "python"
INVOKED, AUTOMATIC = 1, 2
REQUEST_FAILED = -32803
# No answer of ours takes longer than a cap and a busy machine.
PATIENCE_S = 20.0
# Python imports a module of this name before anything else. An audit hook cannot be removed again, and sees
# every socket of every library.
HOOK = """
import json, os, sys
_HEARD = os.open({log!r}, os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o600)
_STARTS = ("subprocess.Popen", "os.posix_spawn", "os.exec", "os.system", "os.fork", "os.startfile")
def _hear(event, arguments):
    if event in ("socket.connect", "socket.sendto"):
        said = arguments[1]
    elif event in ("socket.getaddrinfo", "socket.gethostbyname", "socket.gethostbyaddr"):
        said = arguments[0]
    elif event == "subprocess.Popen":
        said = " ".join(map(str, arguments[1]))
    elif event in _STARTS or event == "open" and {bait!r} in str(arguments[0]):
        said = arguments[0]
    else:
        return
    os.write(_HEARD, json.dumps([event, said], default=str).encode() + b"\\n")
sys.addaudithook(_hear)
"""
# What stands in the name of every file that nobody may open.
BAIT = "bait-for-keys"
OWN_CHILDREN = (" -P -m fusionls.local.table_child", " -P -B -m fusionls.local.edit_child")


@dataclass
class Heard:
    """What a process did, by its own interpreter's account."""

    log: Path

    def all(self, *events: str) -> list[Any]:
        """Return what was said of ``events``, in their order."""
        lines = self.log.read_text().splitlines() if self.log.exists() else []
        return [said for event, said in map(json.loads, lines) if event.startswith(events)]

    @property
    def peers(self) -> set[tuple[str, int]]:
        """The addresses that were connected to, or sent to. A path is one with port 0."""
        said = self.all("socket.connect", "socket.sendto")
        return {(p[0], p[1]) if isinstance(p, list) else (str(p), 0) for p in said}

    @property
    def names(self) -> list[str]:
        """The names that were looked up."""
        return [str(name) for name in self.all("socket.get")]

    @property
    def started(self) -> list[str]:
        """The programs that were started, but for the server's own that draw up tables and read edits."""
        said = (str(one) for one in self.all("subprocess.", "os."))
        return [one for one in said if not one.endswith(OWN_CHILDREN)]

    @property
    def bait(self) -> list[str]:
        """The files that were opened though nobody may."""
        return [str(one) for one in self.all("open")]


@dataclass
class Model:
    """A model's server on loopback that always says ``text``, and keeps the bytes that it is sent.

    With ``stalled`` it never answers, with ``moved_to`` it says that it has moved there.
    """

    text: str = ""
    stalled: bool = False
    moved_to: str = ""
    requests: list[bytes] = field(default_factory=list)

    async def __aenter__(self) -> Self:
        self._server = await asyncio.start_server(self._serve, "127.0.0.1", 0)
        self.port = self._server.sockets[0].getsockname()[1]
        self.url = f"http://127.0.0.1:{self.port}"
        return self

    async def __aexit__(self, *_: object) -> None:
        self._server.close()

    @property
    def received(self) -> bytes:
        """All that came."""
        return b"".join(self.requests)

    @property
    def asked(self) -> int:
        """How many completions it was asked for."""
        return sum(request.startswith(b"POST ") for request in self.requests)

    @property
    def prompts(self) -> str:
        """All that it was shown, as text: what JSON escapes is found as it was."""
        bodies = [r.partition(b"\r\n\r\n")[2] for r in self.requests if r.startswith(b"POST ")]
        return "\n".join(text for body in bodies for text in _texts(json.loads(body)))

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            while True:
                head = await reader.readuntil(b"\r\n\r\n")
                lengths = [
                    int(line.split(b":")[1])
                    for line in head.split(b"\r\n")
                    if line.lower().startswith(b"content-length")
                ]
                self.requests.append(head + await reader.readexactly(sum(lengths)))
                if self.stalled:
                    await reader.read()
                    return
                writer.write(self._answer())
                await writer.drain()
        except (asyncio.IncompleteReadError, ConnectionError):
            pass
        finally:
            writer.close()

    def _answer(self) -> bytes:
        if self.moved_to:
            return (
                f"HTTP/1.1 307 Temporary Redirect\r\nLocation: {self.moved_to}\r\n"
                "Content-Length: 0\r\n\r\n"
            ).encode()
        said = {"text": self.text, "delta": {"content": self.text}}
        event = json.dumps({"choices": [{**said, "finish_reason": "stop"}]})
        body = f"data: {event}\n\ndata: [DONE]\n\n".encode()
        return (
            b"HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\n"
            b"Content-Length: %d\r\n\r\n" % len(body) + body
        )


def _texts(value: Any) -> list[str]:
    if isinstance(value, str):
        return [value]
    if isinstance(value, dict):
        value = [*value, *value.values()]
    return [text for one in value for text in _texts(one)] if isinstance(value, list) else []


class Editor(RawClient):
    """Opens documents and asks; answers questions about its settings if ``settings_asked``."""

    heard: Heard
    # How many of the server's questions were answered.
    _answered = 0

    async def begin(
        self, folders: tuple[Path, ...] = (), *, settings_asked: bool = False, options: Any = None
    ) -> None:
        """Shake hands."""
        capabilities = {
            "textDocument": {"inlineCompletion": {}},
            "workspace": {
                "configuration": settings_asked,
                "workspaceFolders": True,
                "applyEdit": True,
            },
        }
        named = [{"uri": folder.as_uri(), "name": folder.name} for folder in folders]
        params = {
            "processId": None,
            "rootUri": None,
            "capabilities": capabilities,
            "workspaceFolders": named or None,
            "initializationOptions": options,
        }
        await self.request("initialize", params)
        self.notify("initialized", {})

    async def answer_settings(self, block: Any) -> None:
        """Say that the settings changed, and answer the question that follows with ``block``."""
        self.notify("workspace/didChangeConfiguration", {"settings": None})
        await self.answer_question(block)

    async def answer_question(self, block: Any) -> None:
        """Answer the server's next question about the settings."""
        async with asyncio.timeout(PATIENCE_S):
            # The client that this is built on has no event for what the server asks.
            while len(asked := self._questions()) <= self._answered:  # noqa: ASYNC110
                await asyncio.sleep(0.002)
        question = asked[self._answered]
        self._answered += 1
        answer = [block for _ in question["params"]["items"]]
        message = {"jsonrpc": "2.0", "id": question["id"], "result": answer}
        self.write(json.dumps(message).encode())

    def open(self, uri: str, text: str, version: int = 1, language: str = PYTHON) -> None:
        """Open a document."""
        item = {"uri": uri, "languageId": language, "version": version, "text": text}
        self.notify("textDocument/didOpen", {"textDocument": item})

    def change(self, uri: str, text: str, version: int) -> None:
        """Replace a document's text."""
        identifier = {"uri": uri, "version": version}
        params = {"textDocument": identifier, "contentChanges": [{"text": text}]}
        self.notify("textDocument/didChange", params)

    def close(self, uri: str) -> None:
        """Close a document."""
        self.notify("textDocument/didClose", {"textDocument": {"uri": uri}})

    async def suggested(self, uri: str, before: str, kind: int = INVOKED) -> list[str]:
        """Ask behind the text ``before``; return what is offered. Fails if the answer is an error."""
        last = before.rpartition("\n")[2]
        at = {"line": before.count("\n"), "character": len(last.encode("utf-16-le")) // 2}
        params = {"textDocument": {"uri": uri}, "position": at, "context": {"triggerKind": kind}}
        answer = await self.request("textDocument/inlineCompletion", params)
        assert "error" not in answer, (uri, answer)
        return [item["insertText"] for item in (answer["result"] or {}).get("items", [])]

    async def edited(self, uri: str, instruction: str = "tidy up", **more: Any) -> str:
        """Ask for an edit of a document whose models propose none that fits; return what is said."""
        end = {"line": 99_999, "character": 0}
        span = {"start": {"line": 0, "character": 0}, "end": end}
        wanted = {"uri": uri, "range": span, "instruction": instruction, **more}
        params = {"command": "fusionls.refactor", "arguments": [wanted]}
        answer = await self.request("workspace/executeCommand", params)
        assert answer["error"]["code"] == REQUEST_FAILED, (uri, answer)
        return str(answer["error"]["message"])

    def _questions(self) -> list[dict[str, Any]]:
        return [m for m in self.received if m.get("method") == "workspace/configuration"]


@asynccontextmanager
async def watched_editor(
    folder: Path, config: Path, variables: Mapping[str, str]
) -> AsyncIterator[Editor]:
    """Start ``fusionls --stdio`` with the settings file ``config``; at the end it must leave with 0.

    ``variables`` are added to its environment. It is told to keep its own files in ``folder``.
    """
    hook, log = folder / "hook", folder / "heard.jsonl"
    hook.mkdir(parents=True, exist_ok=True)
    (hook / "sitecustomize.py").write_text(HOOK.format(log=str(log), bait=BAIT))
    environment = {k: v for k, v in os.environ.items() if not k.startswith("FUSIONLS_")}
    path = [str(hook), *filter(None, [os.environ.get("PYTHONPATH")])]
    environment |= {
        "PYTHONPATH": os.pathsep.join(path),
        "FUSIONLS_CONFIG": str(config),
        "FUSIONLS_DATA": str(folder / "weights"),
        "FUSIONLS_STATE": str(folder / "state"),
        "FUSIONLS_LOG": str(folder / "server.log"),
    }
    command = [sys.executable, "-m", "fusionls", "--stdio"]
    editor = await Editor.spawn(command, {**environment, **variables})
    editor.heard = Heard(log)
    try:
        yield editor
        assert await editor.stop() == 0
    finally:
        if editor.process.returncode is None:
            editor.process.kill()
            await editor.process.wait()
