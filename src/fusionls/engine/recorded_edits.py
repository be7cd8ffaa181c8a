"""Who was asked for edits, what they said and which files were read for it, written down for a transcript."""

import json
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import asdict, replace
from typing import Any

from fusionls.core.text import DocumentSnapshot
from fusionls.engine.ports import EditMember, EditPool, NoFile
from fusionls.engine.recorded_client import RecordedClient

EDIT, EDIT_POOL, FILE = "edit", "edit pool", "file"
Write = Callable[[str, Mapping[str, Any]], None]


class RecordedEdits:
    """Writes down by ``write`` all that an edit depends on and that is not in the client's messages.

    Answers are told apart by the files of the request, by the how-manieth request for them asked anybody,
    by the member and by its how-manieth ask in it: when other requests come in between decides nothing.
    """

    def __init__(self, write: Write) -> None:
        self._write = write
        self._pools: dict[tuple[str, ...], str] = {}
        self._asked: dict[tuple[str, ...], int] = {}

    def pool(self, uris: Sequence[str], pool: EditPool) -> EditPool:
        """Return ``pool``, whose members are written down; so is the pool, whenever it changes."""
        files = tuple(uris)
        told = _pool_json(pool)
        known = json.dumps(told, sort_keys=True)
        if self._pools.get(files) != known:
            self._pools[files] = known
            self._write(EDIT_POOL, {"uris": files, "pool": told})
        write = self._request(files)
        clients = {
            one.member.name: RecordedClient(one.member.name, one.client, write)
            for one in _asked_in(pool)
        }

        def recorded(one: EditMember) -> EditMember:
            return replace(one, client=clients[one.member.name])

        judge = None if pool.judge is None else recorded(pool.judge)
        return replace(pool, members=tuple(map(recorded, pool.members)), judge=judge)

    async def file(
        self, uri: str, reading: Awaitable[DocumentSnapshot], *, must_exist: bool
    ) -> DocumentSnapshot:
        """Return what ``reading`` returns. Raises NoFile as it does."""
        told = {"uri": uri, "must_exist": must_exist}
        try:
            found = await reading
        except NoFile as error:
            self._write(FILE, told | {"refused": str(error)})
            raise
        self._write(FILE, told | {"language": found.language_id, "text": found.text})
        return found

    def _request(self, files: tuple[str, ...]) -> Write:
        """Return what writes the events of one request down, with its number from the first of them on."""
        number = 0

        def write(_source: str, event: Mapping[str, Any]) -> None:
            nonlocal number
            if not number:
                number = self._asked[files] = self._asked.get(files, 0) + 1
            self._write(EDIT, {"uris": files, "request": number, **event})

        return write


def _asked_in(pool: EditPool) -> tuple[EditMember, ...]:
    return pool.members if pool.judge is None else (*pool.members, pool.judge)


def _pool_json(pool: EditPool) -> dict[str, Any]:
    return {
        "members": [_member_json(one) for one in pool.members],
        "judge": None if pool.judge is None else _member_json(pool.judge),
        "budget_ms": pool.budget_ms,
        "samples": pool.samples,
        "off": pool.off,
        "generation": pool.generation,
    }


def _member_json(one: EditMember) -> dict[str, Any]:
    return {
        "member": asdict(one.member),
        "style": one.style,
        "tokens": one.tokens,
        "special_tokens": one.special_tokens,
        "cannot": one.cannot,
    }
