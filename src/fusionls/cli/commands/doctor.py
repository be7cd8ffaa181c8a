"""``fusionls doctor``: what works on this machine, and what to do about what does not."""

import json
import sys

import click

# What a shell says of a command that was ended by Ctrl-C.
INTERRUPTED = 130


@click.command("doctor")
@click.option("--quick", is_flag=True, help="Ask members only whether they answer, and how fast.")
@click.option("--member", "only", default="", metavar="NAME", help="Ask this member and no other.")
@click.option("--json", "as_json", is_flag=True, help="Print the checks as one document.")
def COMMAND(quick: bool, only: str, as_json: bool) -> None:
    """Check the installation, the settings, the models and every member.

    Each member is asked up to 25 short questions about small programs of our own, for at most a minute
    in all; nothing of yours is sent. Exit code 1: a check failed; 2: the settings cannot be used; 3: a
    member failed.
    """
    # Imported here: every other command starts by importing this file, too.
    from fusionls.cli.examining import Check, document, examine_machine, exit_code
    from fusionls.cli.examining_pool import examine_pool
    from fusionls.cli.interrupting import run_interruptible

    checks: list[Check] = []

    def say(check: Check) -> None:
        checks.append(check)
        if not as_json:
            click.echo(check.line)

    try:
        for check in examine_machine():
            say(check)
        run_interruptible(examine_pool(say, only=only, quick=quick))
    except KeyboardInterrupt:
        click.echo("interrupted: the rest was not checked", err=True)
        sys.exit(INTERRUPTED)
    if as_json:
        click.echo(json.dumps(document(checks), indent=2, ensure_ascii=False))
    sys.exit(exit_code(checks))
