"""``fusionls simulate FILE... | --pool FILE``: when to stop waiting, tried on traces."""

import json
import signal
import sys
from pathlib import Path

import click

# What a shell says of a command that was ended by Ctrl-C.
INTERRUPTED = 130
RIGHT = ("judged", "chance", "panel")


@click.command("simulate")
@click.argument("files", nargs=-1, metavar="[FILE]...")
@click.option(
    "--pool",
    type=click.Path(dir_okay=False, path_type=Path),
    help="A described pool (TOML or JSON), in place of recorded traces.",
)
@click.option(
    "--policy",
    "policies",
    multiple=True,
    metavar="NAME",
    help="first-valid, wait:300, quorum:2+50, all, agree, best-single, table or clairvoyant; all of them.",
)
@click.option("--cap", type=click.FloatRange(min=1, max=1e6), help="The hard cap (ms).")
@click.option(
    "--survival",
    metavar="WHO",
    help="Patience: impatient, patient, or as 0.45:250,0.55:2000 (weights and mean times in ms).",
)
@click.option(
    "--learns",
    type=click.Choice(("panels", "own")),
    default="panels",
    show_default=True,
    help="The table learns from whole panels, or only from what it waited for.",
)
@click.option("--right", type=click.Choice(RIGHT), help="What counts as right (docs/simulate.md).")
@click.option(
    "--launch/--no-launch",
    default=None,
    help="The table chooses who is asked when; as usual where members slow each other down.",
)
@click.option("--n", "count", type=click.IntRange(1, 50_000), help="So many requests.")
@click.option("--seed", type=click.IntRange(min=0), help="Which requests a described pool gets.")
@click.option(
    "--output",
    "-o",
    type=click.Path(dir_okay=False, path_type=Path),
    help="A report with charts (HTML), too.",
)
@click.option("--json", "as_json", is_flag=True, help="Print the figures as one document.")
def COMMAND(
    files: tuple[str, ...],
    pool: Path | None,
    policies: tuple[str, ...],
    cap: float | None,
    survival: str | None,
    learns: str,
    right: str | None,
    launch: bool | None,
    count: int | None,
    seed: int | None,
    output: Path | None,
    as_json: bool,
) -> None:
    """Replay the traces in FILEs (or "-") under rules of waiting: what each shows, when, and its worth.

    Traces come from fusionls --stdio --record, one JSON object a line, also compressed.

    Exit code 2: a FILE or the pool cannot be used, or no trace in it is whole.
    """
    if bool(files) == (pool is not None):
        raise click.UsageError("name FILEs of traces, or a described pool with --pool")
    # Imported here: every other command starts by importing this file's folder.
    from fusionls.cli.simulations import Wanted, simulated
    from fusionls.simulating.yardstick import Yardstick

    signal.signal(signal.SIGTERM, signal.default_int_handler)
    measure = Yardstick(right) if right else None
    wanted = Wanted(files, pool, policies, cap, survival, learns, measure, seed, count, launch)
    try:
        found = simulated(wanted, output)
    except KeyboardInterrupt:
        click.echo("interrupted", err=True)
        sys.exit(INTERRUPTED)
    if as_json:
        click.echo(json.dumps(found.to_json(), indent=2))
