"""Pools whose members are scripted hosts."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

import httpx

from fusionls.core.member import Caps, Member
from fusionls.core.wish import NO_WISH, ReadWish, Wish
from fusionls.engine.deaf import Deaf
from fusionls.engine.ports import EditMember, EditPool, Endpoint, Pool, PoolMember
from fusionls.providers.client import FixedEndpoint, HttpModelClient
from fusionls.providers.http import open_client
from fusionls.providers.wires import wires
from fusionls.settings.narrowing import read_wish
from fusionls.settings.schema import CompletionBlock, UserFile
from tests.support.scripted_transport import Script, ScriptedTransport


@dataclass(frozen=True, slots=True)
class ScriptedPools(Deaf):
    """One pool of scripted members, for every document."""

    pool: Pool
    transport: ScriptedTransport
    http: httpx.AsyncClient

    def pool_for(self, uri: str, wish: Wish = NO_WISH, language_id: str = "") -> Pool:
        chosen = tuple(
            m for m in self.pool.members if m.member.name in (wish.members or self.names)
        )
        return replace(self.pool, members=chosen).within(wish)

    def edit_pool_for(
        self, uris: Sequence[str], wish: Wish = NO_WISH, language_id: str = ""
    ) -> EditPool:
        pool = self.pool_for(uris[0], wish, language_id)
        return EditPool(
            tuple(EditMember(one.member, one.client) for one in pool.members), off=pool.off
        )

    def read_wish(self, block: object) -> ReadWish:
        caps = self.pool.caps
        budgets = CompletionBlock(
            budget_ms=int(caps.automatic_ms), manual_budget_ms=int(caps.manual_ms)
        )
        return read_wish(UserFile(completion=budgets), self.names, block)

    @property
    def names(self) -> list[str]:
        return [pool_member.member.name for pool_member in self.pool.members]

    async def aclose(self) -> None:
        for pool_member in self.pool.members:
            await pool_member.client.aclose()
        await self.http.aclose()


def scripted_pools(
    scripts: Mapping[str, Script | list[Script]],
    members: Mapping[str, Member] | None = None,
    caps: Caps | None = None,
    wire: str = "openai",
) -> ScriptedPools:
    """Return a pool with a member for each script; ``members`` says what is special about some."""
    transport = ScriptedTransport(scripts)
    http = open_client(transport)
    pool_members = []
    for name in scripts:
        endpoint = FixedEndpoint(Endpoint(f"http://{name}.test"))
        client = HttpModelClient(endpoint, wires()[wire], name, http)
        member = (members or {}).get(name) or Member(name, maker=name)
        pool_members.append(PoolMember(member, client))
    return ScriptedPools(Pool(tuple(pool_members), caps or Caps()), transport, http)
