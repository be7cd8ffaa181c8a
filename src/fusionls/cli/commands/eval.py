"""``fusionls eval PACK | --repo PATH``: how good your members are, each alone and fused."""

import json
import signal
import sys
from pathlib import Path

import click

# What a shell says of a command that was ended by Ctrl-C.
INTERRUPTED = 130
HOLES = 200


@click.command("eval")
@click.argument("pack", required=False, type=click.Path(dir_okay=False, path_type=Path))
@click.option(
    "--repo",
    type=click.Path(exists=True, file_okay=False, path_type=Path),
    help="Cut holes from this repository's recent history, in place of a PACK.",
)
@click.option(
    "--n", "count", type=click.IntRange(min=1), help=f"So many cases; {HOLES} of a repository."
)
@click.option("--seed", type=int, default=1, show_default=True, help="Which cases are drawn.")
@click.option(
    "--allow-remote",
    is_flag=True,
    help="With --repo: ask members on other machines too, which sends them its code.",
)
@click.option(
    "--run-tests",
    is_flag=True,
    help="Run the programs that PACK brings, with what the models wrote in them.",
)
@click.option(
    "--output",
    "-o",
    type=click.Path(dir_okay=False, path_type=Path),
    help="The report; fusionls-eval-NAME.html if none is named.",
)
@click.option(
    "--journal",
    type=click.Path(dir_okay=False, path_type=Path),
    help="Where answers are kept so that a run can go on; beside the report if none is named.",
)
@click.option("--json", "as_json", is_flag=True, help="Print the figures as one document.")
def COMMAND(
    pack: Path | None,
    repo: Path | None,
    count: int | None,
    seed: int,
    allow_remote: bool,
    run_tests: bool,
    output: Path | None,
    journal: Path | None,
    as_json: bool,
) -> None:
    """Ask the configured pool on the cases of PACK, or on holes in a repository, and write a report.

    Each member alone, the plain vote, the pool fused, and what was possible: how often right, errors added,
    tokens, cost, times. A run that was ended goes on where it was. Report and journal hold code of the cases.

    Exit code 2: PACK, the repository, the journal or the settings cannot be used; 3: nobody answers.
    """
    if (pack is None) == (repo is None):
        raise click.UsageError("name a PACK, or a repository with --repo")
    # Imported here: every other command starts by importing this file's folder.
    from fusionls.cli.evaluation import Wanted, evaluated

    # Who ends it in another way than by Ctrl-C wants no copy of a repository left behind, either.
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    wanted = Wanted(pack, repo, count or (HOLES if repo else None), seed, allow_remote, run_tests)
    try:
        found = evaluated(wanted, output, journal)
    except KeyboardInterrupt:
        click.echo("interrupted: the same command goes on where it was", err=True)
        sys.exit(INTERRUPTED)
    if as_json:
        click.echo(json.dumps(found.to_json(), indent=2))
