"""How each member was when it was last heard of."""

from collections.abc import Iterable

from fusionls.core.reply import ReplyState
from fusionls.core.status import MemberStatus, Standing
from fusionls.core.trace import MemberTrace
from fusionls.engine.ports import ModelFailure, PoolMember

_HEARD = {
    ReplyState.ANSWERED.value: Standing.READY,
    ReplyState.PARTIAL.value: Standing.READY,
    ReplyState.FAILED.value: Standing.FAILED,
}


class Standings:
    """Keeps the standing of members by name."""

    def __init__(self) -> None:
        self._by_name: dict[str, Standing] = {}

    async def prepare(self, pool_member: PoolMember) -> None:
        """Make a member ready. Raises nothing but cancellation: a failure is its standing."""
        name = pool_member.member.name
        before = self._by_name.get(name, Standing.IDLE)
        if before is not Standing.READY:
            self._by_name[name] = Standing.STARTING
        after = before
        try:
            await pool_member.client.prepare()
            after = Standing.READY
        except ModelFailure:
            after = Standing.FAILED
        finally:
            self._by_name[name] = after

    def hear(self, members: Iterable[MemberTrace]) -> None:
        """Learn from how the members did in a request."""
        for member in members:
            if member.state in _HEARD:
                self._by_name[member.name] = _HEARD[member.state]

    def of(self, members: Iterable[PoolMember]) -> tuple[MemberStatus, ...]:
        """Return the standing of ``members``, in order."""
        names = [pool_member.member.name for pool_member in members]
        return tuple(MemberStatus(name, self._by_name.get(name, Standing.IDLE)) for name in names)
