"""Which of several parts that were taken of others make an edit worse, found out with few verifications."""

from collections.abc import Callable, Sequence

from fusionls.core.editing.taking import Taken


class Checks:
    """Verification of several sets, each once, within a limit."""

    def __init__(self, worse: Callable[[Sequence[Taken]], tuple[str, ...]], most: int) -> None:
        """``worse`` tells in words what is wrong with a set; ``most`` sets are verified."""
        self._worse = worse
        self._known: dict[frozenset[int], tuple[str, ...]] = {}
        self.left = most

    def problems(self, taken: Sequence[Taken]) -> tuple[str, ...] | None:
        """Return what is wrong with a set in words, None where the limit is met."""
        key = frozenset(id(one) for one in taken)
        if key not in self._known:
            if self.left <= 0:
                return None
            self.left -= 1
            self._known[key] = self._worse(taken)
        return self._known[key]

    def why(self, taken: Sequence[Taken]) -> str:
        """Return the reasons in one text."""
        return "; ".join(self.problems(taken) or ("there was no time to verify it",))

    def culprits(self, taken: list[Taken]) -> list[Taken]:
        """Return a smallest set that fails by itself (ddmin, A. Zeller and R. Hildebrandt, TSE 2002)."""
        parts = 2
        while len(taken) >= 2:
            size = -(-len(taken) // parts)
            cuts = [taken[n : n + size] for n in range(0, len(taken), size)]
            rests = [[t for t in taken if all(t is not c for c in cut)] for cut in cuts]
            failing = next((s for s in (*cuts, *rests) if s and self._fails(s)), None)
            if failing is not None and len(failing) < len(taken):
                parts = max(2, parts - 1) if failing in rests else 2
                taken = failing
            elif parts < len(taken):
                parts = min(len(taken), parts * 2)
            else:
                break
        return taken

    def _fails(self, taken: Sequence[Taken]) -> bool:
        return bool(self.problems(taken))
