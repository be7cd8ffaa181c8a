"""How each member was when it was last heard of, and whether it is asked."""

import asyncio
from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass

from fusionls.core.health import Health
from fusionls.core.notices import notice_of
from fusionls.core.reply import FailureKind, Reply, ReplyState
from fusionls.core.status import MemberStatus, Standing
from fusionls.core.trace import MemberTrace
from fusionls.engine.ports import ModelClient, ModelFailure, PoolMember

# Requests that were let go of and do not close are connections that pile up: with so many no more is opened.
MOST_AT_ONCE = 8
# They close in less. A burst of keys lets go of many requests at once, and its last one is to be asked.
CLOSING_S = 0.1
# A member that comes and goes is told of once in so many seconds.
TOLD_FOR_S = 3600.0
_HEARD = {
    ReplyState.ANSWERED.value: Standing.READY,
    ReplyState.PARTIAL.value: Standing.READY,
    ReplyState.FAILED.value: Standing.FAILED,
}
_WELL = Health()


@dataclass(slots=True, eq=False)
class Running:
    """A request to the member ``name`` that has begun. ``known`` is the member as it was then.

    ``waited_for`` says whether others wait for it, ``let_go_s`` when nobody wanted its answer any more
    (seconds on the loop's clock), ``in_vain`` that it was waited for to the cap.
    """

    name: str
    known: object
    waited_for: bool = True
    let_go_s: float | None = None
    in_vain: bool = False

    def is_stuck(self, now_s: float) -> bool:
        """Tell whether it ought to be closed by now."""
        return self.let_go_s is not None and now_s - self.let_go_s >= CLOSING_S


class Standings:
    """Keeps the standing and the health of members by name, over all pools and requests."""

    def __init__(self) -> None:
        self._by_name: dict[str, Standing] = {}
        self._health: dict[str, Health] = {}
        self._running: defaultdict[str, set[Running]] = defaultdict(set)
        self._met: dict[str, ModelClient] = {}
        # A member whose settings changed is another one: what old requests bring does not concern it.
        self._known: dict[str, object] = {}
        self._told_s: dict[tuple[str, FailureKind], float] = {}
        self._news: list[str] = []

    async def prepare(self, pool_member: PoolMember) -> None:
        """Make a member ready. Raises nothing but cancellation: a failure is its standing.

        One that is left alone is not prepared, either.
        """
        name = pool_member.member.name
        if self.why_not(name, _now_s()):
            return
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
        return tuple(self._status(pool_member.member.name) for pool_member in members)

    def why_not(self, name: str, now_s: float) -> str:
        """Return in words why the member ``name`` is not to be asked now, empty if it is.

        ``now_s`` is seconds on the loop's clock.
        """
        stuck = sum(running.is_stuck(now_s) for running in self._running[name])
        if stuck >= MOST_AT_ONCE:
            return f"not asked: {stuck} requests of it are still being closed"
        return self._of(name).why_not(now_s)

    def share(self, name: str) -> float:
        """Return what share (0 to 1) of its usual text the prompts of the member ``name`` may hold."""
        return self._of(name).share

    def is_waited_for(self, name: str) -> bool:
        """Tell whether the member ``name`` is worth the wait while others have answered."""
        return self._of(name).is_waited_for

    def begin(self, name: str, now_s: float, *, waited_for: bool = True) -> Running:
        """Note that the member ``name`` is asked. Whoever calls it calls ``end``, whatever happens."""
        running = Running(name, self._known.setdefault(name, object()), waited_for)
        self._running[name].add(running)
        self._health[name] = self._of(name).asked(now_s)
        return running

    def end(self, running: Running, reply: Reply, now_s: float) -> None:
        """Learn from how a request ended. One that was cut off says nothing about the member."""
        name = running.name
        self._running[name].discard(running)
        if self._known.get(name) is not running.known:
            return
        before = self._of(name)
        if reply.state is ReplyState.FAILED and reply.failure is not None:
            after = before.after(reply.failure, now_s)
        elif reply.state is ReplyState.ANSWERED or reply.text:
            after = before.after_answer(now_s)
        elif running.in_vain or not running.waited_for:
            after = before.after_silence(waited_for=running.waited_for)
        else:
            after = before.after_nothing()
        self._health[name] = after
        self._tell(name, before, after, now_s)

    def meet(self, members: Iterable[PoolMember]) -> None:
        """Take note of who will be asked; whom other settings turned into another one is a stranger."""
        for pool_member in members:
            name, client = pool_member.member.name, pool_member.client
            if self._met.setdefault(name, client) is not client:
                self._met[name] = client
                # What was told stays told: two projects may each have a member of this name.
                self._drop(name)

    def settings_changed(self) -> None:
        """Give everybody another chance who is off until their settings or their key change."""
        for name in [name for name, health in self._health.items() if health.off]:
            self.forget(name)

    def forget(self, name: str) -> None:
        """Ask the member ``name`` again as if nothing had happened: its settings or its key changed."""
        self._drop(name)
        self._told_s = {told: at for told, at in self._told_s.items() if told[0] != name}

    def news(self) -> tuple[str, ...]:
        """Return what the person has to know of members, in sentences, each of them once."""
        news, self._news = self._news, []
        return tuple(news)

    def _drop(self, name: str) -> None:
        for known in (self._health, self._by_name, self._known):
            known.pop(name, None)

    def _of(self, name: str) -> Health:
        return self._health.get(name, _WELL)

    def _status(self, name: str) -> MemberStatus:
        health = self._of(name)
        if health.off or health.is_parked(_now_s()):
            why = health.failure.kind.value if health.failure else ""
            return MemberStatus(name, Standing.OFF if health.off else Standing.PARKED, why)
        return MemberStatus(name, self._by_name.get(name, Standing.IDLE))

    def _tell(self, name: str, before: Health, after: Health, now_s: float) -> None:
        sentence = notice_of(name, before, after, now_s)
        if not sentence or after.failure is None:
            return
        about = (name, after.failure.kind)
        if now_s - self._told_s.get(about, -TOLD_FOR_S) >= TOLD_FOR_S:
            self._told_s[about] = now_s
            self._news.append(sentence)


def _now_s() -> float:
    return asyncio.get_running_loop().time()
