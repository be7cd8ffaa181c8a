"""Who writes the lines of ``cast.py`` in an editor, one after the other, and takes down each answer."""

import time
from dataclasses import dataclass

from tests.support.blocking_client import BlockingClient
from tests.support.cast import HEAD

URI = "file:///me/shop.py"
AUTOMATIC = 2
_LINE = HEAD.count("\n")


@dataclass(frozen=True, slots=True)
class Answered:
    """A request about the line ``number``: when it was written and its answer read (monotonic seconds).

    ``suggestion`` is the id by which the server explains its answer, None if it offered nothing.
    """

    number: int
    asked_s: float
    answered_s: float
    text: str | None
    suggestion: str | None = None

    @property
    def took_ms(self) -> float:
        return (self.answered_s - self.asked_s) * 1000


@dataclass(slots=True)
class LineWriter:
    """Writes in one document of ``client``."""

    client: BlockingClient
    version: int = 1
    length: int = 0

    def begin(self) -> None:
        self.client.start()
        self.client.open(URI, HEAD)

    def asked(self, number: int, typed: str = "") -> Answered:
        """Put another line in place of the last, so that nothing is remembered, and ask at its end."""
        self.write(number, typed)
        start = time.monotonic()
        result = self.client.answer(self.ask())["result"]
        end = time.monotonic()
        items = result["items"] if isinstance(result, dict) else result or []
        if not items:
            return Answered(number, start, end, None)
        [suggestion] = items[0]["command"]["arguments"][:1]
        return Answered(number, start, end, items[0]["insertText"], suggestion)

    def states(self, suggestion: str) -> dict[str, str]:
        """Return how each member was when the suggestion of that id was made."""
        params = {"command": "fusionls.explain", "arguments": [suggestion]}
        trace = self.client.request("workspace/executeCommand", params)["result"]
        return {member["name"]: member["state"] for member in trace["members"]}

    def write(self, number: int, typed: str = "") -> None:
        """Put the line ``number`` in place of the last."""
        line = f"total_{number} = {typed}"
        self.version += 1
        change = {"range": {"start": _at(0), "end": _at(self.length)}, "text": line}
        self.length = len(line)
        identifier = {"uri": URI, "version": self.version}
        self.client.notify(
            "textDocument/didChange", {"textDocument": identifier, "contentChanges": [change]}
        )

    def ask(self) -> int:
        """Ask at the end of the line; return the request's id."""
        params = {
            "textDocument": {"uri": URI},
            "position": _at(self.length),
            "context": {"triggerKind": AUTOMATIC},
        }
        return self.client.ask("textDocument/inlineCompletion", params)

    def close(self) -> None:
        """Close the document."""
        self.client.notify("textDocument/didClose", {"textDocument": {"uri": URI}})

    def reopen(self) -> None:
        """Open it again, as it was at first."""
        self.version, self.length = 1, 0
        self.client.open(URI, HEAD)


def _at(character: int) -> dict[str, int]:
    return {"line": _LINE, "character": character}
