"""An editor made of dictionaries, talking to the server in the same process."""

from itertools import count
from typing import Any

from fusionls.engine.pipeline import CompletionEngine
from fusionls.engine.ports import PoolSource
from fusionls.lsp.in_process import Message
from fusionls.lsp.server import build_server
from tests.conformance.editing import made
from tests.support.applying import ApplyingClient

AUTOMATIC, INVOKED = 2, 1


class FakeEditor:
    """Opens documents, types into them and asks, as a client would: in UTF-16 positions."""

    def __init__(self, pools: PoolSource, notices: tuple[str, ...] = ()) -> None:
        self.engine = CompletionEngine(pools)
        self.server = build_server(lambda: (self.engine, notices))
        self.client = ApplyingClient(self.server, self._make)
        self.texts: dict[str, str] = {}
        self.versions: dict[str, int | None] = {}
        self.edits: list[Message] = []
        self._ids = count(1)
        self._versions = count(2)

    async def start(self, capabilities: dict[str, Any] | None = None) -> Any:
        """Shake hands; return the server's capabilities."""
        inline = (
            {"textDocument": {"inlineCompletion": {}}} if capabilities is None else capabilities
        )
        params = {"processId": None, "rootUri": None, "capabilities": inline}
        answer = await self.request("initialize", params)
        self.notify("initialized", {})
        return answer["result"]["capabilities"]

    async def stop(self) -> None:
        await self.request("shutdown", None)

    def notify(self, method: str, params: Any) -> None:
        self.client.send({"jsonrpc": "2.0", "method": method, "params": params})

    def ask(self, method: str, params: Any) -> int:
        """Send a request and return its id, without waiting."""
        number = next(self._ids)
        message = {"jsonrpc": "2.0", "id": number, "method": method}
        self.client.send(message | ({} if params is None else {"params": params}))
        return number

    async def request(self, method: str, params: Any) -> Message:
        return await self.client.answer(self.ask(method, params))

    def open(self, uri: str, text: str, language: str) -> None:
        self.texts[uri] = text
        self.versions[uri] = 1
        item = {"uri": uri, "languageId": language, "version": 1, "text": text}
        self.notify("textDocument/didOpen", {"textDocument": item})

    def type(self, uri: str, offset: int, text: str) -> None:
        """Insert ``text`` at ``offset`` (code points)."""
        at = self.position(uri, offset)
        before = self.texts[uri]
        self.texts[uri] = before[:offset] + text + before[offset:]
        change = {"range": {"start": at, "end": at}, "text": text}
        self.versions[uri] = version = next(self._versions)
        identifier = {"uri": uri, "version": version}
        params = {"textDocument": identifier, "contentChanges": [change]}
        self.notify("textDocument/didChange", params)

    def inline(self, uri: str, offset: int, kind: int = AUTOMATIC) -> int:
        """Ask for ghost text; return the request's id."""
        params = {
            "textDocument": {"uri": uri},
            "position": self.position(uri, offset),
            "context": {"triggerKind": kind},
        }
        return self.ask("textDocument/inlineCompletion", params)

    def refactor(self, uri: str, offset: int, instruction: str) -> int:
        """Ask for an edit at ``offset``; return the request's id."""
        at = self.position(uri, offset)
        wanted = {"uri": uri, "range": {"start": at, "end": at}, "instruction": instruction}
        params = {"command": "fusionls.refactor", "arguments": [wanted]}
        return self.ask("workspace/executeCommand", params)

    def _make(self, edit: Message) -> None:
        """Make an edit, as strictly as an editor may."""
        self.edits.append(edit)
        self.texts = made(edit, self.texts, self.versions)

    def position(self, uri: str, offset: int) -> dict[str, int]:
        before = self.texts[uri][:offset].replace("\r\n", "\n").replace("\r", "\n")
        last = before.rpartition("\n")[2]
        return {"line": before.count("\n"), "character": len(last.encode("utf-16-le")) // 2}
