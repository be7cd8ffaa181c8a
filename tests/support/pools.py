"""Pools whose members are scripted hosts."""

from collections.abc import Mapping
from dataclasses import dataclass

import httpx

from fusionls.core.member import Caps, Member
from fusionls.engine.ports import Endpoint, Pool, PoolMember
from fusionls.providers.client import FixedEndpoint, HttpModelClient
from fusionls.providers.http import open_client
from fusionls.providers.wires import wires
from tests.support.scripted_transport import Script, ScriptedTransport


@dataclass(frozen=True, slots=True)
class ScriptedPools:
    """One pool of scripted members, for every document."""

    pool: Pool
    transport: ScriptedTransport
    http: httpx.AsyncClient

    def pool_for(self, uri: str) -> Pool:
        return self.pool

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
    pool_members = [
        PoolMember(
            (members or {}).get(name) or Member(name, maker=name),
            HttpModelClient(
                FixedEndpoint(Endpoint(f"http://{name}.test")), wires()[wire], name, http
            ),
        )
        for name in scripts
    ]
    return ScriptedPools(Pool(tuple(pool_members), caps or Caps()), transport, http)
