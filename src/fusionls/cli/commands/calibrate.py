"""``fusionls calibrate PACK``: learn weights from recorded answers of which it is known what is right."""

import json
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

import click

from fusionls.cli.pack_options import MODELS, PACK, SAMPLES, models_of, weights_of
from fusionls.core.weights import Weights

if TYPE_CHECKING:
    from rich.table import Table


@click.command("calibrate")
@PACK
@click.option(
    "--output",
    "-o",
    type=click.Path(dir_okay=False, path_type=Path),
    required=True,
    help="Where the weights go, as JSON.",
)
@click.option(
    "--weights",
    "weights_file",
    type=click.Path(dir_okay=False, path_type=Path),
    help="Start from these weights and not from those that are shipped.",
)
@SAMPLES
@MODELS
@click.option("--folds", type=click.IntRange(min=2), default=10, show_default=True)
@click.option("--seeds", type=click.IntRange(min=1), default=3, show_default=True)
@click.option("--json", "as_json", is_flag=True, help="Print the table as one document.")
def COMMAND(
    pack: Path,
    output: Path,
    weights_file: Path | None,
    samples: int,
    models: str,
    folds: int,
    seeds: int,
    as_json: bool,
) -> None:
    """Learn from PACK how much each figure and each member weighs, and how likely choices are right.

    Of a pack of edits it learns how often each member's answers pass their tests.

    The table shows what cases that were left out of learning say of it. Exit code 1: some lines of PACK were
    left out; 2: PACK or the weights cannot be read, or hold too few cases.
    """
    from fusionls.cli.packs import PackKind, found_pack, kind_of_pack

    bad: list[int] = []
    try:
        if kind_of_pack(found_pack(pack)) is PackKind.EDITS:
            learned = _of_edits(pack, models_of(models), samples, folds, bad)
        else:
            start = weights_of(weights_file)
            learned = _of_completions(pack, start, models_of(models), samples, (folds, seeds), bad)
        text = json.dumps(learned.weights, indent=2, sort_keys=True) + "\n"
        output.write_text(text, encoding="utf-8")
    except OSError as error:
        click.echo(f"{error.filename or pack}: {error.strerror or error}", err=True)
        sys.exit(2)
    if as_json:
        click.echo(json.dumps(learned.document | {"bad_lines": bad}, indent=2))
    else:
        from rich.console import Console

        Console().print(learned.table)
    sys.exit(1 if bad else 0)


class _Learned(NamedTuple):
    weights: dict[str, Any]
    document: dict[str, object]
    table: "Table"


def _of_completions(
    pack: Path,
    start: Weights,
    models: tuple[str, ...],
    samples: int,
    folds_and_seeds: tuple[int, int],
    bad: list[int],
) -> _Learned:
    from fusionls.cli.calibrating import calibration, lesson_of, table_of
    from fusionls.cli.pack_progress import cases_shown
    from fusionls.cli.packs import found_pack, pack_hash

    folds, seeds = folds_and_seeds
    cases = cases_shown(pack, models, bad.append, with_reference=True)
    taught = [lesson_of(found, start, samples) for found in cases if found.case.answers]
    _refuse_few(pack, len(taught), folds)
    learned = calibration(taught, start, folds, seeds, pack_hash(found_pack(pack)))
    return _Learned(learned.weights.to_json(), learned.document(), table_of(learned))


def _of_edits(
    pack: Path, models: tuple[str, ...], samples: int, folds: int, bad: list[int]
) -> _Learned:
    from fusionls.cli.calibrating_edits import edit_calibration, edit_table_of, taught_edit
    from fusionls.cli.pack_progress import edits_shown
    from fusionls.cli.packs import found_pack, pack_hash

    cases = edits_shown(pack, models, bad.append, with_verdicts=True)
    taught = [taught_edit(found, samples) for found in cases if found.case.answers]
    _refuse_few(pack, len(taught), folds)
    learned = edit_calibration(taught, folds, samples, pack_hash(found_pack(pack)))
    return _Learned(learned.weights.to_json(), learned.document(), edit_table_of(learned))


def _refuse_few(pack: Path, count: int, folds: int) -> None:
    if count < folds:
        click.echo(f"{pack}: {count} cases are too few for {folds} folds", err=True)
        sys.exit(2)
