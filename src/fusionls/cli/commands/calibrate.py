"""``fusionls calibrate PACK``: learn weights from recorded answers whose right text is known."""

import json
import sys
from pathlib import Path

import click

from fusionls.cli.pack_options import MODELS, PACK, SAMPLES, models_of, weights_of


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

    The table shows what cases that were left out of learning say of it. Exit code 1: some lines of PACK were
    left out; 2: PACK or the weights cannot be read, or hold too few cases.
    """
    from fusionls.cli.calibrating import calibration, lesson_of, table_of
    from fusionls.cli.pack_progress import cases_shown
    from fusionls.cli.packs import found_pack, pack_hash

    start = weights_of(weights_file)
    bad: list[int] = []
    try:
        cases = cases_shown(pack, models_of(models), bad.append, with_reference=True)
        taught = [lesson_of(found, start, samples) for found in cases if found.case.answers]
        if len(taught) < folds:
            click.echo(f"{pack}: {len(taught)} cases are too few for {folds} folds", err=True)
            sys.exit(2)
        learned = calibration(taught, start, folds, seeds, pack_hash(found_pack(pack)))
        text = json.dumps(learned.weights.to_json(), indent=2, sort_keys=True) + "\n"
        output.write_text(text, encoding="utf-8")
    except OSError as error:
        click.echo(f"{error.filename or pack}: {error.strerror or error}", err=True)
        sys.exit(2)
    if as_json:
        click.echo(json.dumps(learned.document() | {"bad_lines": bad}, indent=2))
    else:
        from rich.console import Console

        Console().print(table_of(learned))
    sys.exit(1 if bad else 0)
