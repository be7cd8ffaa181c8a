"""``fusionls plan --budget 300ms [FILE...]``: what a latency budget costs, and whom it can do without."""

import json
import sys

import click

# What a shell says of a command that was ended by Ctrl-C.
INTERRUPTED = 130
EXIT_FINDING = 1


@click.command("plan")
@click.argument("files", nargs=-1, metavar="[FILE]...")
@click.option("--budget", required=True, metavar="TIME", help="How long to wait: 300ms, 0.3s, 300.")
@click.option("--json", "as_json", is_flag=True, help="Print the figures as one document.")
def COMMAND(files: tuple[str, ...], budget: str, as_json: bool) -> None:
    """Say what a latency budget costs by your own traces, and which members you could do without.

    Without FILEs these are the requests from which your servers have learned.

    Exit code 1: there are too few traces to recommend anything; 2: there are none that can be used.
    """
    # Imported here: every other command starts by importing this file's folder.
    from fusionls.cli.plans import budget_ms, plan_of, to_json

    try:
        plan = plan_of(files, budget_ms(budget))
    except KeyboardInterrupt:
        click.echo("interrupted", err=True)
        sys.exit(INTERRUPTED)
    if as_json:
        click.echo(json.dumps(to_json(plan), indent=2))
    sys.exit(0 if plan.is_enough else EXIT_FINDING)
