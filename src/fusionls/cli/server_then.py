"""What the server of a recorded session said, beside what the one that runs now says: their ids differ."""

from collections import Counter
from collections.abc import Sequence
from typing import Any

from fusionls.cli.transcript import Entry, Message
from fusionls.lsp.in_process import InProcessClient

APPLY = "workspace/applyEdit"
CANCEL = "window/workDoneProgress/cancel"
CREATE = "window/workDoneProgress/create"


class ServerThen:
    """The recorded answers by id, and the recorded requests to the client."""

    def __init__(self, entries: Sequence[Entry]) -> None:
        said = [entry.message for entry in entries if entry.source == "server"]
        self.answers = {one.get("id"): one for one in said if "method" not in one}
        self._requests = [one for one in said if "method" in one and "id" in one]
        self._places: dict[Any, tuple[str, int]] = {}
        counts: Counter[str] = Counter()
        for one in self._requests:
            self._places[one["id"]] = one["method"], counts[one["method"]]
            counts[one["method"]] += 1

    def is_answered_by(self, entry: Entry) -> bool:
        """Tell whether the client answers a request of this server's."""
        told = entry.message
        return entry.source == "client" and "method" not in told and told.get("id") in self._places

    async def answer(self, client: InProcessClient, answer: Message) -> None:
        """Give what the client answered then to the same request of the server now, once that has come."""
        asked = await client.ask(*self._places[answer["id"]])
        client.send(answer | {"id": asked["id"]})

    def with_token_of_now(self, client: InProcessClient, message: Message) -> Message:
        """Return ``message``; one that cancels a progress bar of the server's means the bar of now."""
        params = message.get("params")
        if message.get("method") != CANCEL or not isinstance(params, dict):
            return message
        tokens = [one["params"]["token"] for one in self._requests if one["method"] == CREATE]
        now = client.asked(CREATE)
        number = tokens.index(params.get("token")) if params.get("token") in tokens else len(now)
        if number >= len(now):
            return message
        return message | {"params": {"token": now[number]["params"]["token"]}}

    def same_edits(self, client: InProcessClient) -> list[bool | None]:
        """Tell of each edit handed over then whether the same one is now, None where none is.

        Edits of now that there were not then count as other ones.
        """
        then = [one.get("params") for one in self._requests if one["method"] == APPLY]
        now = [one.get("params") for one in client.asked(APPLY)]
        more = [False] * (len(now) - len(then))
        return [now[n] == params if n < len(now) else None for n, params in enumerate(then)] + more
