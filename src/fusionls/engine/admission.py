"""Which members of a request are asked, and who of them is waited for."""

import asyncio
from collections.abc import Sequence

from fusionls.core.cutoff import Plan, plan_for, waiting_ends_ms
from fusionls.core.policy import Policy
from fusionls.engine.asking import Ask
from fusionls.engine.standings import Standings


class Admission:
    """Decides about each prompt of one request, with a note in words for the trace.

    ``hopeless`` are those asked who cannot arrive in time, ``silent`` those who have said nothing for long:
    nobody waits for them where somebody has answered.
    """

    def __init__(
        self, standings: Standings, policy: Policy, cap_ms: float, *, by_hand: bool
    ) -> None:
        self._standings = standings
        self._policy = policy
        self._cap_ms = cap_ms
        self._by_hand = by_hand
        self._too_slow: dict[str, str] = {}
        self.hopeless: set[str] = set()
        self.silent: set[str] = set()

    def look_at(self, asks: Sequence[Ask], now_ms: float) -> None:
        """See who is too slow by what is known of them, before anybody is asked."""
        prompts = {
            ask.name: ask.prompt.length
            for ask in asks
            if not ask.prompt.shape and not self._standings.why_not(ask.name, _now_s())
        }
        self._too_slow = self._policy.too_slow(prompts, waiting_ends_ms(self._cap_ms) - now_ms)

    def decide(self, ask: Ask, now_ms: float) -> tuple[Plan, str]:
        """Return what is done about a prompt, now that the ones before it are on their way, and why."""
        name, member = ask.name, ask.pool_member.member.name
        if why := self._standings.why_not(member, _now_s()):
            return Plan.SKIP, why
        expected_ms = ask.pool_member.client.expected_ms(ask.prompt)
        if expected_ms is None and not ask.prompt.shape:
            return self._by_its_past(name, member)
        plan = plan_for(
            now_ms,
            expected_ms,
            self._cap_ms,
            further=bool(ask.prompt.shape),
            by_hand=self._by_hand,
        )
        when = "" if expected_ms is None else f": an answer would take {expected_ms:.0f} ms"
        if plan is Plan.SKIP:
            return plan, f"not asked{when}"
        if plan is Plan.ASK:
            self.hopeless.add(name)
            return plan, f"cannot arrive in time{when}"
        return plan, ""

    def _by_its_past(self, name: str, member: str) -> tuple[Plan, str]:
        """Decide about a member that does not know itself how long it takes."""
        why = self._too_slow.get(name)
        if why and not self._policy.explores:
            return Plan.SKIP, f"not asked: {why}"
        if why:
            self.hopeless.add(name)
            return Plan.ASK, f"asked to see how fast it is: {why}"
        if not self._by_hand and not self._standings.is_waited_for(member):
            self.silent.add(name)
            return Plan.ASK, "not waited for: it has been silent for long"
        return Plan.WAIT, ""


def _now_s() -> float:
    return asyncio.get_running_loop().time()
