"""``fusionls replay TRANSCRIPT``: run a recorded session again, without its editor."""

import json
import sys
from dataclasses import asdict
from pathlib import Path

import click


@click.command("replay")
@click.argument("transcript", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option("--live", is_flag=True, help="Ask your own members, although answers are recorded.")
@click.option("--json", "as_json", is_flag=True, help="Print the outcomes as one document.")
def COMMAND(transcript: Path, live: bool, as_json: bool) -> None:
    """Feed the client's messages of TRANSCRIPT to a fresh server.

    A transcript of ``fusionls --stdio --transcript`` holds the models' answers too: they are played back, in
    virtual time, and nobody is asked. One of ``lsp-devtools record`` does not: your own members are asked.
    Exit code 1: a request got an error, no answer, or another answer or edit than was recorded.
    """
    from fusionls.cli.replaying import asked_again, played_back
    from fusionls.cli.transcript import read_transcript

    entries = read_transcript(transcript)
    recorded = any(entry.source == "pool" for entry in entries)
    played = asked_again(entries) if live or not recorded else played_back(entries)
    outcomes = played.outcomes
    if as_json:
        click.echo(json.dumps([asdict(outcome) for outcome in outcomes], indent=2))
    else:
        for o in outcomes:
            told = {True: ", as recorded", False: ", NOT as recorded", None: ""}[o.same]
            click.echo(f"{o.id!s:>6} {o.ms:8.1f} ms  {o.method}: {o.outcome}{told}")
    bad = sum(o.same is False or o.outcome.startswith(("error", "no answer")) for o in outcomes)
    click.echo(f"{len(outcomes)} requests, {bad} to look at", err=True)
    sys.exit(1 if bad else 0)
