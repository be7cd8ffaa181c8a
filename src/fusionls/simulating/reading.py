"""Recorded panels from files: which of them can be replayed, and what was left out, and why."""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, BinaryIO

from fusionls.core.json_fields import PanelError, number, text
from fusionls.core.panel import Panel
from fusionls.core.panel_json import TracesHeader, header_from_json, panel_from_json
from fusionls.core.stopping.outcomes import is_fair
from fusionls.core.trace import EDIT
from fusionls.core.traced_panel import JUDGING, feedback_of, judged
from fusionls.simulating.lines import BadLine, json_lines

# Weeks of somebody's typing. More do not tell more, and each takes some kilobytes of memory.
MOST_PANELS = 50_000
# What a person is shown of what is wrong with files.
MOST_TOLD = 5
CUT_OFF = "somebody was cut off, so that nobody knows how long it would have taken"
NOBODY = "nobody was asked"
NOT_BY_LOT = (
    "all were waited for because they did not agree, so that it tells of such requests only"
)
OTHERS = "other members were asked than most often"


@dataclass(frozen=True, slots=True)
class Recorded:
    """Panels in the order in which they were read, the broken lines between them, and the setting, if told.

    ``costs`` are by the place of a panel: of each member what its answer cost, where that is known.
    """

    panels: tuple[Panel, ...]
    costs: Mapping[int, Mapping[str, float]] = field(default_factory=dict)
    bad: tuple[BadLine, ...] = ()
    header: TracesHeader | None = None


@dataclass(frozen=True, slots=True)
class Replayable:
    """Full panels of one and the same pool, and how many were left out, by reason."""

    panels: tuple[Panel, ...]
    members: tuple[str, ...]
    left_out: Counter[str]
    costs: tuple[Mapping[str, float], ...] = ()


def read_panels(files: Iterable[tuple[str, BinaryIO]]) -> Recorded:
    """Read all ``files``, named for people. A broken line costs itself only. Raises OSError.

    Of several headers the first one counts for all that is asked of it later.
    """
    reading = _Reading()
    for name, file in files:
        if not reading.read(name, file):
            break
    return reading.recorded()


class _Reading:
    """Puts panels and what a person said of them together."""

    def __init__(self) -> None:
        self._panels: list[Panel] = []
        self._costs: dict[int, Mapping[str, float]] = {}
        self._bad: list[BadLine] = []
        self._headers: list[TracesHeader] = []
        # By file, session and id of a request: its place, and the last word on it.
        self._places: dict[tuple[str, str, str], int] = {}
        self._words: dict[tuple[str, str, str], str] = {}

    def read(self, name: str, file: BinaryIO) -> bool:
        """Read a file; return False when nothing more is to be read."""
        header: TracesHeader | None = None
        for found in json_lines(name, file):
            if isinstance(found, BadLine):
                self._bad.append(found)
                continue
            line, block = found
            try:
                told = header_from_json(block)
                if told is not None:
                    header = told
                    self._headers.append(told)
                    continue
                self._take(name, block, header)
            except PanelError as error:
                self._bad.append(BadLine(name, line, str(error)))
            if len(self._panels) == MOST_PANELS:
                why = f"there are {MOST_PANELS:,} traces; nothing more was read"
                self._bad.append(BadLine(name, line, why))
                return False
        return True

    def recorded(self) -> Recorded:
        """Return all that was read."""
        panels = list(self._panels)
        for key, word in self._words.items():
            place = self._places.get(key)
            if place is not None:
                panels[place] = judged(panels[place], word)
        header = next(iter(self._headers), None)
        return Recorded(tuple(panels), self._costs, tuple(self._bad), header)

    def _take(self, name: str, block: Mapping[str, Any], header: TracesHeader | None) -> None:
        if "feedback" in block and "members" not in block:
            word = feedback_of(block)
            if word in JUDGING:
                self._words[name, text(block, "session", ""), text(block, "id")] = word
            return
        if block.get("kind") == EDIT and "members" in block:
            # A recording holds edits, too; they are waited for by rules of their own.
            return
        panel = panel_from_json(block, header)
        costs = _costs(block)
        if costs:
            self._costs[len(self._panels)] = costs
        if "members" in block:
            self._places[name, text(block, "session", ""), panel.id] = len(self._panels)
        self._panels.append(panel)


def _costs(block: Mapping[str, Any]) -> Mapping[str, float]:
    """Return what each member of a trace cost, where told. The block was found to be a trace."""
    members = block.get("members")
    costs = {}
    for member in members if isinstance(members, list) and "panel" not in block else ():
        cost = number(member, "cost", 0, 1e6)
        if cost is not None:
            costs[text(member, "name")] = cost
    return costs


def can_be_replayed(panel: Panel) -> bool:
    """Tell whether of everybody in ``panel`` it is known when an answer came, or that none did."""
    return all(one.at_ms is not None or one.cut_ms is None for one in panel.answers)


def _whole(panel: Panel) -> Panel:
    """Return ``panel`` full, each member once.

    Whose first line had come before it was cut off has said what it votes for; of a member that was asked
    in several shapes the first stands for it.
    """
    names = panel.members
    first = (one for one in panel.answers if owner(one.member, names) == one.member)
    return replace(panel, answers=tuple(replace(one, cut_ms=None) for one in first))


def replayable(recorded: Recorded, *, by_lot: bool = False) -> Replayable:
    """Return the panels of the pool asked most often in which nobody was cut off too early to tell.

    Where some were cut off, those in which all were waited for because they did not agree tell of
    disagreement only: they are left out if ``by_lot`` says that only few requests were let run to the end, or
    if the panels themselves say so.
    """
    left_out: Counter[str] = Counter()
    found: list[tuple[int, Panel]] = []
    for place, panel in enumerate(recorded.panels):
        if not panel.answers:
            left_out[NOBODY] += 1
        elif not can_be_replayed(panel):
            left_out[CUT_OFF] += 1
        else:
            found.append((place, _whole(panel)))
    if left_out[CUT_OFF] and (by_lot or any(panel.explored for _, panel in found)):
        chosen = [one for one in found if is_fair(one[1])]
        left_out[NOT_BY_LOT] += len(found) - len(chosen)
        found = chosen
    pools = Counter(frozenset(panel.members) for _, panel in found)
    # Of two that were asked equally often the bigger one, then the one that came first.
    often = max(pools, key=lambda pool: (pools[pool], len(pool)), default=frozenset())
    same = [one for one in found if frozenset(one[1].members) == often]
    left_out[OTHERS] += len(found) - len(same)
    members = same[0][1].members if same else ()
    costs = tuple(recorded.costs.get(place, {}) for place, _ in same)
    return Replayable(tuple(panel for _, panel in same), members, +left_out, costs)


def owner(name: str, names: Sequence[str]) -> str:
    """Return the member that was asked under ``name``, which may say in which shape."""
    first, slash, _ = name.partition("/")
    return first if slash and first in names else name


def told_of_bad(bad: Sequence[BadLine]) -> list[str]:
    """Return the first broken lines and how many more there are, as sentences."""
    told = [str(one) for one in bad[:MOST_TOLD]]
    if len(bad) > MOST_TOLD:
        told.append(f"and {len(bad) - MOST_TOLD} more lines that cannot be used")
    return told
