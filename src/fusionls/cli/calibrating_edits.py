"""What a calibration on recorded edits does and shows: how often each member's edits pass their tests."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from rich.box import SIMPLE_HEAD
from rich.table import Table
from rich.text import Text

from fusionls.cli.packs import EditPackCase
from fusionls.core.editing.choosing import choose_edit
from fusionls.core.editing.edit import Judged
from fusionls.core.editing.weights import EditWeights, learned_rates
from fusionls.core.recorded_edit import edit_priors, judged_answers
from fusionls.core.sources import same_sources, telling_lines


@dataclass(frozen=True, slots=True)
class TaughtEdit:
    """A case, what the gate says of its answers, and the telling lines of its file."""

    found: EditPackCase
    judged: tuple[Judged, ...]
    lines: frozenset[int]


@dataclass(frozen=True, slots=True)
class EditCalibration:
    """Learned rates, and what was right: shares (0 to 1) of ``cases``.

    ``singles`` are the members' first answers, ``named`` is chosen with rates by name, ``learned`` with rates
    from other sources, and ``oracle`` is right where any answer is.
    """

    weights: EditWeights
    cases: int
    sources: int
    singles: Mapping[str, float]
    named: float
    learned: float
    oracle: float

    def document(self) -> dict[str, object]:
        """Return the figures as one JSON object."""
        return {
            "cases": self.cases,
            "sources": self.sources,
            "singles": dict(self.singles),
            "by_name": self.named,
            "learned_cross_validated": self.learned,
            "oracle": self.oracle,
        }


def taught_edit(found: EditPackCase, samples: int) -> TaughtEdit:
    """Return what ``found``, a case with its verdicts, teaches."""
    judged = tuple(judged_answers(found.case, samples))
    return TaughtEdit(found, judged, telling_lines(found.case.before))


def edit_calibration(
    taught: Sequence[TaughtEdit], folds: int, samples: int, pack: str
) -> EditCalibration:
    """Learn from all of ``taught``, and find out by cross-validation what such rates are worth."""
    sources = same_sources([case.lines for case in taught])
    passed = [_first(case.found.passed, samples) for case in taught]
    turns = sorted(set(sources))
    learned: dict[int, dict[str, float]] = {}
    for fold in range(folds):
        held = set(turns[fold::folds])
        rates = learned_rates(
            [p for p, source in zip(passed, sources, strict=True) if source not in held]
        )
        learned |= dict.fromkeys(held, rates)
    names = dict.fromkeys(name for case in passed for name in case)
    return EditCalibration(
        weights=EditWeights(learned_rates(passed), pack),
        cases=len(taught),
        sources=len(turns),
        singles={n: _share([p[n][0] for p in passed if p.get(n)]) for n in names},
        named=_share([_is_right(case, {}) for case in taught]),
        learned=_share(
            [_is_right(case, learned[s]) for case, s in zip(taught, sources, strict=True)]
        ),
        oracle=_share([any(map(any, p.values())) for p in passed]),
    )


def edit_table_of(found: EditCalibration) -> Table:
    """Return the figures as a table for people, in per cent."""
    table = Table(box=SIMPLE_HEAD, pad_edge=False)
    table.add_column(f"{found.cases} cases from {found.sources} sources", overflow="fold")
    table.add_column("tests passed", justify="right")
    # Text, not str: a name in a pack must not be read as markup.
    for name, share in sorted(found.singles.items(), key=lambda pair: -pair[1]):
        table.add_row(Text(name), f"{share:.1%}")
    for name, share in (
        ("chosen, rates by name", found.named),
        ("chosen, rates learned, cross-validated", found.learned),
        ("any answer right", found.oracle),
    ):
        table.add_row(Text(name), f"{share:.1%}")
    return table


def _first(passed: Mapping[str, Sequence[bool]], samples: int) -> dict[str, tuple[bool, ...]]:
    return {name: tuple(verdicts[:samples]) for name, verdicts in passed.items()}


def _is_right(case: TaughtEdit, rates: Mapping[str, float]) -> bool:
    priors = edit_priors(case.found.case, rates)
    chosen = choose_edit(case.found.case.task, case.judged, priors=priors).chosen
    if chosen is None:
        return False
    return case.found.passed[chosen.proposal.member][chosen.proposal.sample]


def _share(values: Sequence[bool]) -> float:
    return sum(values) / len(values) if values else 0.0
