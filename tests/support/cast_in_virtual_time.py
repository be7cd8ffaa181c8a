"""The members of ``cast.py`` as clients in this process, without wires: 100,000 requests are cheap."""

import asyncio
from collections import Counter
from collections.abc import AsyncGenerator, Sequence
from dataclasses import dataclass, field

from fusionls.core.member import Caps, Member
from fusionls.core.prompt import RenderedPrompt
from fusionls.core.reply import Chunk, Failure, FailureKind
from fusionls.core.request import CompletionRequest, Trigger
from fusionls.core.stopping.problem import Problem
from fusionls.core.stopping.solving import solve
from fusionls.core.stopping.table import CutoffTable
from fusionls.core.text import DocumentSnapshot
from fusionls.core.wish import NO_WISH, ReadWish, Wish
from fusionls.engine.deaf import Deaf
from fusionls.engine.learning import Learning
from fusionls.engine.pipeline import CompletionEngine
from fusionls.engine.ports import ModelFailure, Pool, PoolMember, PoolSource
from tests.support.bare_client import BareClient
from tests.support.cast import Kind, Role, lead_of, place_of, text_for

RETRY_AFTER_S = 2.0
SOLVING_S = 0.25
_FAILURES = {
    Kind.DROPS: Failure(FailureKind.DROPPED, "reset"),
    Kind.SERVER_ERROR: Failure(FailureKind.SERVER_ERROR, "500 Oops", status=500),
    Kind.LIMITED: Failure(FailureKind.RATE_LIMITED, "429 Slow Down", RETRY_AFTER_S, 429),
    Kind.MALFORMED: Failure(FailureKind.MALFORMED, "not JSON"),
}


@dataclass
class CastClient(BareClient):
    """Plays ``role``. ``running`` is how many requests have not been closed."""

    role: Role
    running: int = 0
    ends: Counter[str] = field(default_factory=Counter)

    async def stream(self, prompt: RenderedPrompt) -> AsyncGenerator[Chunk, None]:
        deed = self.role.deed(*place_of(prompt.text))
        self.running += 1
        how = "closed"
        try:
            lead = lead_of(prompt.text)
            for wait_ms, piece in deed.steps():
                await asyncio.sleep(wait_ms / 1000)
                if piece:
                    yield Chunk(lead + piece)
                    lead = ""
            how = "ended"
            if deed.kind in _FAILURES:
                raise ModelFailure(_FAILURES[deed.kind])
        finally:
            self.running -= 1
            self.ends[how] += 1


@dataclass(slots=True)
class CastPools(Deaf):
    """One pool with a member for each role, for every document."""

    pool: Pool

    def pool_for(self, uri: str, wish: Wish = NO_WISH, language_id: str = "") -> Pool:
        return self.pool.within(wish)

    def read_wish(self, block: object) -> ReadWish:
        return ReadWish(None)

    async def aclose(self) -> None:
        for pool_member in self.pool.members:
            await pool_member.client.aclose()


def cast_pools(
    roles: Sequence[Role], caps: Caps | None = None
) -> tuple[CastPools, list[CastClient]]:
    """Return the pool, and the clients of its members in order."""
    clients = [CastClient(role) for role in roles]
    members = tuple(
        PoolMember(Member(client.role.name, maker=client.role.name), client) for client in clients
    )
    return CastPools(Pool(members, caps or Caps())), clients


class SolverHere:
    """Solves in this process, and takes as long in virtual time as another processor would."""

    async def solve(self, problem: Problem) -> CutoffTable | None:
        await asyncio.sleep(SOLVING_S)
        return solve(problem)

    async def aclose(self) -> None:
        pass


def engine_of(pools: PoolSource, learning: Learning | None = None) -> CompletionEngine:
    """Return an engine with all that it learns by, as the server has it."""
    return CompletionEngine(pools, learning=learning or Learning(solver=SolverHere()))


def request_at(
    number: int,
    typed: str = "",
    trigger: Trigger = Trigger.AUTOMATIC,
    uri: str = "file:///me/shop.py",
    version: int = 1,
) -> CompletionRequest:
    """Return a request at the end of the line ``number``."""
    text = text_for(number, typed)
    document = DocumentSnapshot(uri, "python", version, text)
    return CompletionRequest(f"{number}/{len(typed)}", document, len(text), trigger)
