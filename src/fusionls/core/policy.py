"""What is known about a pool when one request is decided: who is how fast, and when waiting is worth it.

The rules are those of optimal stopping with learned arrival times (docs/decisions/0014-when-to-stop.md).
"""

from collections.abc import Collection, Mapping
from dataclasses import dataclass

from fusionls.core.latency import Latencies
from fusionls.core.launching import LaunchPlan
from fusionls.core.stopping.signature import MOST_MEMBERS, Signature, signature_of
from fusionls.core.stopping.table import Advice, CutoffTable

# Who is in time in fewer requests than this is not asked: its tokens would be paid for nothing.
LEAST_CHANCE = 0.1
# So many requests have to tell of a member before it is left out: those that it ended, and those that waited
# for it in vain. Two in which the machine was busy with something else must not silence it.
LEAST_KNOWN = 8
# Who is running costs little more; one that was never seen to end is not worth it.
LEAST_KNOWN_AT_WORK = 1
# A straggler is kept if it comes before the next key more likely than not.
STRAGGLER_CHANCE = 0.5
# Who does not type in a run reads what is shown, and types on after about so long.
NEXT_KEY_MS = 400.0


@dataclass(frozen=True, slots=True)
class Policy:
    """The knowledge of one pool.

    ``explores`` says that in this request everybody is asked and let run to the end, for what is learned
    by it. ``records``: times of all tokens are wanted.
    """

    speeds: Latencies | None = None
    table: CutoffTable | None = None
    launch: LaunchPlan | None = None
    explores: bool = False
    records: bool = False

    def too_slow(self, prompts: Mapping[str, int | None], left_ms: float) -> dict[str, str]:
        """Return who cannot arrive within ``left_ms``, and why not in words.

        ``prompts`` are the lengths (code points) of what members would be asked, None for any. The fastest
        stays in, however slow it is.
        """
        chances = {
            name: chance
            for name, length in prompts.items()
            if (chance := self._chance(name, length, left_ms)) is not None
        }
        slow = {name: chance for name, chance in chances.items() if chance < LEAST_CHANCE}
        if len(slow) == len(prompts) and slow:
            del slow[max(slow, key=lambda name: slow[name])]
        return {name: self._words(name, chance) for name, chance in slow.items()}

    def advice(
        self, classes: Mapping[str, str], gone: Collection[str], now_ms: float
    ) -> Advice | None:
        """Return what waiting is worth at ``now_ms``, None if too little is known.

        ``classes`` are those of the members that have answered, ``gone`` from whom nothing more comes.
        """
        if self.table is None:
            return None
        return self.table.advice(self._state(self.table, classes, gone), now_ms)

    def stops_ms(
        self, classes: Mapping[str, str], gone: Collection[str], now_ms: float
    ) -> float | None:
        """Return when (ms) waiting stops to be worth it if nothing comes, None if too little is known."""
        if self.table is None:
            return None
        return self.table.stops_ms(self._state(self.table, classes, gone), now_ms)

    def straggler(self, running_ms: Mapping[str, float], within_ms: float) -> str | None:
        """Return who is worth being let run on, None if nobody is.

        ``running_ms`` says for how long each has been asked; the likeliest to come ``within_ms`` is
        chosen, if it is likely enough.
        """
        if self.speeds is None:
            return None
        chances = {
            name: self.speeds.chance_by(name, ran_ms + within_ms, asked_for_ms=ran_ms)
            for name, ran_ms in running_ms.items()
            if self.speeds.arrival(name).informed(ran_ms + within_ms) >= LEAST_KNOWN_AT_WORK
        }
        if not chances:
            return None
        best = max(chances, key=lambda name: chances[name])
        return best if chances[best] >= STRAGGLER_CHANCE else None

    def _chance(self, name: str, length: int | None, left_ms: float) -> float | None:
        if self.speeds is None:
            return None
        if self.speeds.arrival(name, length).informed(left_ms) < LEAST_KNOWN:
            return None
        return self.speeds.chance_by(name, left_ms, prompt=length)

    @staticmethod
    def _state(table: CutoffTable, classes: Mapping[str, str], gone: Collection[str]) -> Signature:
        known = {name: key for name, key in classes.items() if name in table.members}
        return signature_of(table.members, known, gone)

    def _words(self, name: str, chance: float) -> str:
        median = self.speeds.median_ms(name) if self.speeds else None
        usual = "" if median is None else f", half of its answers take over {median:.0f} ms"
        return f"in time in {chance:.0%} of requests{usual}"


NO_POLICY = Policy()


def tabled(priors: Mapping[str, float]) -> tuple[str, ...]:
    """Return for whom the table of a pool is drawn: all of it, or of a large one those most often right."""
    if len(priors) <= MOST_MEMBERS:
        return tuple(priors)
    best = sorted(priors, key=lambda name: -priors[name])[:MOST_MEMBERS]
    return tuple(name for name in priors if name in best)
