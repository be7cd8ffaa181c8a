"""Whose turn it is, where members that share a machine are not all asked at once."""

from collections.abc import Collection, Sequence

from fusionls.core.launching import LaunchPlan
from fusionls.engine.asking import Ask


class Waves:
    """The prompts of a request in the order of ``launch``; without one all of them come first.

    Times are milliseconds since the first were asked. Who is in no wave of the plan is asked last, if at all.
    """

    def __init__(self, asks: Sequence[Ask], launch: LaunchPlan | None) -> None:
        self._asks = asks
        self._launch = launch
        self._waiting = list(asks)

    @property
    def waiting(self) -> tuple[Ask, ...]:
        """Whose turn has not come."""
        return tuple(self._waiting)

    def due(self, since_ms: float, ended: Collection[str]) -> list[Ask]:
        """Return whose turn has come, each of them once; ``ended`` are those from whom no more comes."""
        if self._launch is None:
            return self.rest()
        if not self._waiting:
            return []
        due = self._launch.due(since_ms, ended, self._asked())
        found = [ask for ask in self._waiting if ask.pool_member.member.name in due]
        self._waiting = [ask for ask in self._waiting if ask not in found]
        return found

    def next_ms(self, since_ms: float) -> float | None:
        """Return when somebody's turn comes if nobody ends before, None if never."""
        if self._launch is None or not self._waiting:
            return None
        return self._launch.next_ms(since_ms, self._asked())

    def rest(self) -> list[Ask]:
        """Return everybody whose turn has not come: it has now."""
        found, self._waiting = self._waiting, []
        return found

    def _asked(self) -> set[str]:
        waiting = {ask.pool_member.member.name for ask in self._waiting}
        return {ask.pool_member.member.name for ask in self._asks} - waiting
