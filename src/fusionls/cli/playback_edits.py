"""Edits of a recorded session: who was asked then says again what it said, and nobody else is asked."""

import asyncio
from collections.abc import AsyncGenerator, Callable, Mapping, Sequence
from contextlib import aclosing
from dataclasses import dataclass, replace
from typing import Any

import click

from fusionls.cli.transcript import Entry
from fusionls.core.editing.orders import Style
from fusionls.core.member import Member, Price, Privacy, PromptBudget
from fusionls.core.prompt import RenderedPrompt
from fusionls.core.reply import Chunk
from fusionls.core.text import DocumentSnapshot
from fusionls.engine.ports import EditMember, EditPool, NoFile
from fusionls.engine.recorded_client import ReplayedClient
from fusionls.engine.recorded_edits import EDIT, EDIT_POOL, FILE

NOT_RECORDED = "this transcript holds no answers to edits of these files, and nobody else is asked"
# As a file is that no editor has open.
CLOSED_VERSION = -1
# Times are written down in thousandths of a millisecond.
ROUNDING_MS = 0.01

_Files = tuple[str, ...]


class PlayedBackEdits:
    """What ``entries`` hold of edits; their times count from now.

    Raises click.UsageError for a pool that cannot be read.
    """

    def __init__(self, entries: Sequence[Entry]) -> None:
        self._pools: dict[_Files, list[tuple[float, EditPool]]] = {}
        self._told: dict[tuple[_Files, int], list[Mapping[str, Any]]] = {}
        self._read: dict[tuple[str, bool], list[Mapping[str, Any]]] = {}
        self._requests: dict[_Files, int] = {}
        self._began_s = asyncio.get_running_loop().time()
        try:
            for entry in entries:
                self._take(entry)
        except (KeyError, TypeError, ValueError) as error:
            raise click.UsageError(
                f"what the transcript holds of edits cannot be read: {error!r}"
            ) from error

    def pool(self, uris: Sequence[str]) -> EditPool:
        """Return the pool that edited ``uris`` at this time of the recording, or one that says why none."""
        files = tuple(uris)
        known = self._pools.get(files)
        if not known:
            return EditPool((), off=NOT_RECORDED)
        until_ms = self._now_ms() + ROUNDING_MS
        pool = next((pool for at_ms, pool in reversed(known) if at_ms <= until_ms), known[0][1])
        asked = self._request(files)

        def played(one: EditMember) -> EditMember:
            return replace(one, client=_PlayedBack(one.member.name, asked))

        judge = None if pool.judge is None else played(pool.judge)
        return replace(pool, members=tuple(map(played, pool.members)), judge=judge)

    def file(self, uri: str, *, must_exist: bool) -> DocumentSnapshot:
        """Return a file as it was read then. Raises NoFile."""
        known = self._read.get((uri, must_exist))
        if not known:
            raise NoFile("this transcript does not hold the file")
        found = known.pop(0) if len(known) > 1 else known[0]
        if "refused" in found:
            raise NoFile(str(found["refused"]))
        return DocumentSnapshot(uri, str(found["language"]), CLOSED_VERSION, str(found["text"]))

    def _take(self, entry: Entry) -> None:
        told = entry.message
        if entry.source == EDIT_POOL:
            pools = self._pools.setdefault(tuple(told["uris"]), [])
            pools.append((entry.at_ms or 0.0, _pool_of(told["pool"])))
        elif entry.source == EDIT:
            asked = tuple(told["uris"]), int(told["request"])
            self._told.setdefault(asked, []).append(told)
        elif entry.source == FILE:
            self._read.setdefault((told["uri"], told["must_exist"]), []).append(told)

    def _now_ms(self) -> float:
        return (asyncio.get_running_loop().time() - self._began_s) * 1000

    def _request(self, files: _Files) -> "_Asked":
        """Return the answers of a request, which is the next one as soon as it asks somebody."""

        def told() -> list[Mapping[str, Any]]:
            number = self._requests[files] = self._requests.get(files, 0) + 1
            return self._told.get((files, number), [])

        return _Asked(told)


@dataclass(slots=True)
class _Asked:
    """The answers to one request, by member, found when the first of them is asked for."""

    find: Callable[[], list[Mapping[str, Any]]]
    told: list[Mapping[str, Any]] | None = None
    clients: dict[str, ReplayedClient] | None = None

    def client(self, name: str) -> ReplayedClient:
        """Return who answers as the member ``name`` did in this request."""
        if self.told is None or self.clients is None:
            self.told, self.clients = self.find(), {}
        if name not in self.clients:
            self.clients[name] = ReplayedClient(name, self.told)
        return self.clients[name]


class _PlayedBack:
    """The member ``name`` of one request."""

    def __init__(self, name: str, asked: _Asked) -> None:
        self._name = name
        self._asked = asked

    def expected_ms(self, prompt: RenderedPrompt) -> float | None:
        """Return None: nobody asks it of an edit."""
        return None

    async def warm(self, prompt: RenderedPrompt) -> None:
        """Nothing to read."""

    async def stream(self, prompt: RenderedPrompt) -> AsyncGenerator[Chunk, None]:
        """Yield what was recorded. Raises ModelFailure."""
        async with aclosing(self._asked.client(self._name).stream(prompt)) as chunks:
            async for chunk in chunks:
                yield chunk

    async def prepare(self) -> None:
        """Nothing to make ready."""

    async def aclose(self) -> None:
        """Nothing to close."""


def member_of(block: Mapping[str, Any]) -> Member:
    """Return a member as it was written down. Raises KeyError, TypeError and ValueError."""
    own: dict[str, Any] = {
        "budget": PromptBudget(**block["budget"]),
        "privacy": Privacy(block["privacy"]),
        "price": Price(**block["price"]) if block.get("price") else None,
    }
    return Member(**(dict(block) | own))


def _pool_of(told: Mapping[str, Any]) -> EditPool:
    judge = told["judge"]
    return EditPool(
        tuple(map(_edit_member, told["members"])),
        float(told["budget_ms"]),
        int(told["samples"]),
        None if judge is None else _edit_member(judge),
        str(told["off"]),
        int(told["generation"]),
    )


def _edit_member(told: Mapping[str, Any]) -> EditMember:
    return EditMember(
        member_of(told["member"]),
        ReplayedClient("", ()),
        Style(told["style"]),
        int(told["tokens"]),
        tuple(map(str, told["special_tokens"])),
        str(told["cannot"]),
    )
