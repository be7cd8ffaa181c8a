"""What ``fusionls simulate`` does: read or make up panels, replay them under every policy, tell."""

import json
import tomllib
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path

import click
from rich.box import SIMPLE_HEAD
from rich.console import Console
from rich.table import Table
from rich.text import Text

from fusionls.cli.bars import bars
from fusionls.cli.traces import give_up, replayable_or_exit, traces_of
from fusionls.core.json_fields import PanelError
from fusionls.core.panel import Panel
from fusionls.simulating.policies import policy_named
from fusionls.simulating.reading import Replayable
from fusionls.simulating.replay import Run, replay, scores
from fusionls.simulating.report import (
    CLAIRVOYANT,
    HEADINGS,
    Simulation,
    cells_of,
    page,
    sentences,
)
from fusionls.simulating.synthetic import USUAL_SURVIVAL, panels_of, pool_from
from fusionls.simulating.yardstick import MEANS, Yardstick, measured, usual_for

# How a rule may be called, too, and what it is called inside.
_CALLED = {"first-valid": "first", "best-single": "best"}
USUAL_POLICIES = ("first", "wait:300", "quorum:2:50", "all", "agree", "best", "table", CLAIRVOYANT)
# How likely a person has not moved on, by name: as in the reference settings.
PATIENCE = {"impatient": USUAL_SURVIVAL, "patient": ((0.10, 400.0), (0.90, 4000.0))}
# The description of a pool is some lines by hand.
MOST_BYTES_OF_A_POOL = 1_000_000
# A terminal has no room for it.
_ONLY_IN_REPORT = ("answered",)
# Traces need not say how many tokens there were.
_ONLY_IF_COUNTED = ("tokens", "wasted")
_TABLE_WIDTH = 120


@dataclass(frozen=True, slots=True)
class Wanted:
    """What was asked for on the command line; None is "as the traces or the pool say"."""

    files: tuple[str, ...]
    pool: Path | None
    policies: tuple[str, ...]
    cap_ms: float | None
    survival: str | None
    learns: str
    right: Yardstick | None
    seed: int | None
    count: int | None
    launch: bool | None


@dataclass(frozen=True, slots=True)
class _Material:
    """The panels to replay, and what their header says of them."""

    name: str
    found: Replayable
    survival: tuple[tuple[float, float], ...]
    contention: float


def simulated(wanted: Wanted, output: Path | None) -> Simulation:
    """Do it all, print the figures for people, and return them. Exits with 2 where that cannot be done."""
    names = _names(wanted)
    material = _described(wanted) if wanted.pool else _recorded(wanted)
    survival = _survival(wanted.survival) or material.survival
    right = wanted.right or usual_for(material.found.panels)
    panels = measured(material.found.panels, right)
    if wanted.cap_ms is not None:
        panels = [replace(panel, cap_ms=wanted.cap_ms) for panel in panels]
    launch = material.contention > 0 if wanted.launch is None else wanted.launch
    with bars() as show:
        runs = []
        for name in names:
            run = replay(
                panels,
                name,
                survival,
                contention=material.contention,
                launch=launch,
                progress=partial(show, name),
            )
            runs.append(_lean(run, panels))
    simulation = Simulation(
        name=material.name,
        members=material.found.members,
        requests=len(panels),
        cap_ms=max(panel.cap_ms for panel in panels),
        survival=survival,
        right=MEANS[right],
        left_out=dict(material.found.left_out),
        runs=tuple(runs),
        scores=tuple(scores(runs)),
    )
    _tell(simulation)
    if output is not None:
        try:
            output.write_text(page(simulation), encoding="utf-8")
        except OSError as error:
            give_up(f"{output}: {error.strerror}")
        click.echo(f"The report is {output}.", err=True)
    return simulation


def _lean(run: Run, panels: Sequence[Panel]) -> Run:
    """Return ``run`` without what each rule saw, which takes most of its memory and is not told."""
    pairs = zip(run.requests, panels, strict=True)
    return replace(run, requests=tuple(replace(one, observed=panel) for one, panel in pairs))


def _names(wanted: Wanted) -> tuple[str, ...]:
    """Return the policies, the clairvoyant one among them, as regret is against it."""
    told = [name.replace("+", ":") for name in wanted.policies or USUAL_POLICIES]
    called = [
        ":".join([_CALLED.get(first, first), *rest])
        for first, *rest in (n.split(":") for n in told)
    ]
    named = [f"{n}:own" if n == "table" and wanted.learns == "own" else n for n in called]
    for name in named:
        try:
            policy_named(name)
        except ValueError as error:
            give_up(f"--policy {name}: {error}")
    return tuple(dict.fromkeys([*named, CLAIRVOYANT]))


def _recorded(wanted: Wanted) -> _Material:
    what = ", ".join(wanted.files)
    recorded = traces_of(wanted.files)
    found = replayable_or_exit(recorded, what)
    if wanted.count is not None:
        found = replace(found, panels=found.panels[: wanted.count])
    header = recorded.header
    if header is None:
        return _Material(what, found, USUAL_SURVIVAL, 0.0)
    return _Material(header.setting or what, found, header.survival, header.contention)


def _described(wanted: Wanted) -> _Material:
    file = wanted.pool or Path()
    try:
        with file.open("rb") as opened:
            said = opened.read(MOST_BYTES_OF_A_POOL + 1)
        if len(said) > MOST_BYTES_OF_A_POOL:
            give_up(f"{file}: longer than {MOST_BYTES_OF_A_POOL:,} bytes")
        text = said.decode("utf-8")
        block = json.loads(text) if file.suffix == ".json" else tomllib.loads(text)
        pool = pool_from(block)
    except OSError as error:
        give_up(f"{file}: {error.strerror}")
    except RecursionError:
        give_up(f"{file}: it is nested far too deep")
    except PanelError as error:
        give_up(f"{file}: {error}")
    except ValueError as error:
        give_up(f"{file}: it cannot be read as {file.suffix[1:] or 'TOML'}: {error}")
    pool = replace(
        pool,
        n=pool.n if wanted.count is None else wanted.count,
        seed=pool.seed if wanted.seed is None else wanted.seed,
    )
    with bars() as show:
        panels = panels_of(pool, lambda done, of: show("made up", done, of))
    members = tuple(member.name for member in pool.members)
    found = Replayable(tuple(panels), members, Counter())
    return _Material(pool.name, found, pool.header.survival, pool.header.contention)


def _survival(said: str | None) -> tuple[tuple[float, float], ...]:
    """Return what ``--survival`` says, empty if it says nothing. Raises click.UsageError."""
    if said is None:
        return ()
    if said in PATIENCE:
        return PATIENCE[said]
    try:
        parts = [part.split(":") for part in said.split(",")]
        found = tuple((float(weight), float(ms)) for weight, ms in parts)
    except ValueError:
        found = ()
    if not found or not all(0 < weight <= 1 and 0 < ms < 1e9 for weight, ms in found):
        known = " or ".join(PATIENCE)
        raise click.UsageError(
            f"--survival {said}: write {known}, or weights and mean times (ms) as 0.45:250,0.55:2000"
        )
    return found


def _tell(found: Simulation) -> None:
    table = Table(box=SIMPLE_HEAD, pad_edge=False)
    counted = any(one.tokens for one in found.scores)
    hidden = _ONLY_IN_REPORT if counted else (*_ONLY_IN_REPORT, *_ONLY_IF_COUNTED)
    shown = [number for number, heading in enumerate(HEADINGS) if heading not in hidden]
    for number in shown:
        table.add_column(HEADINGS[number], justify="right" if number else "left", no_wrap=True)
    for run, one in zip(found.runs, found.scores, strict=True):
        cells = cells_of(run, one)
        table.add_row(*(Text(cells[number]) for number in shown))
    width = max(Console(stderr=True).width, _TABLE_WIDTH)
    Console(stderr=True, width=width).print(table)
    for sentence in sentences(found):
        click.echo(sentence, err=True)
