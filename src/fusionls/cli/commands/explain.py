"""``fusionls explain [ID]``: why something was suggested, or an edit offered, as a table."""

import json
import sys
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import click

EXIT_USAGE = 2


@click.command("explain")
@click.argument("suggestion_id", metavar="[ID]", required=False)
@click.option(
    "--transcript",
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
    help="Look in a recorded session (fusionls --stdio --transcript), which also holds the code.",
)
@click.option("--json", "as_json", is_flag=True, help="Print the trace as one document.")
def COMMAND(suggestion_id: str | None, transcript: Path | None, as_json: bool) -> None:
    """Explain the suggestion or the edit ID, the last one without any: members, verdicts, classes, reason.

    Servers keep the traces of their last 200 completions and 200 edits in your state folder, without code.
    Ids are in the log, in the items of an editor ("r7") and in what it was told of an edit ("e7"); where
    several servers know one, the newest counts.

    Exit code 2: no suggestion of that ID is known.
    """
    from fusionls.core.explaining import explained

    known = _recorded(transcript) if transcript else _kept(suggestion_id)
    if not known:
        _give_up("there is nothing to explain: no server has suggested anything yet")
    chosen = next(reversed(known)) if suggestion_id is None else suggestion_id
    if chosen not in known:
        _give_up(f"no suggestion {chosen!r} is known; the newest session knows {_spans(known)}")
    click.echo(json.dumps(known[chosen], indent=2) if as_json else explained(known[chosen]))


def _recorded(transcript: Path) -> dict[str, dict[str, Any]]:
    """Return the traces of a recorded session by id, in order."""
    from fusionls.cli.replaying import played_back
    from fusionls.cli.transcript import read_transcript

    entries = read_transcript(transcript)
    if not any(entry.source == "pool" for entry in entries):
        raise click.UsageError(f"{transcript} holds no answers of models: record with --transcript")
    suggestions = played_back(entries).suggestions
    return {name: one.trace.to_json(with_text=True) for name, one in suggestions.items()}


def _kept(wanted: str | None) -> dict[str, dict[str, Any]]:
    """Return the traces of the newest session that knows ``wanted``, else of the newest of all."""
    from fusionls import wiring
    from fusionls.local.kept_traces import kept_sessions

    sessions = list(kept_sessions(wiring.traces_folder()))
    knowing = [one for one in sessions if wanted is None or wanted in one.traces]
    if len(knowing) > 1 and wanted is not None:
        others = ", ".join(one.pid for one in knowing[1:])
        click.echo(f"of process {knowing[0].pid}; {others} knew one of that id, too", err=True)
    found = knowing or sessions
    return found[0].traces if found else {}


def _spans(known: Iterable[str]) -> str:
    """Return from where to where ids are known, suggestions and edits apart."""
    kinds: dict[str, list[str]] = {}
    for name in known:
        kinds.setdefault(name.rstrip("0123456789"), []).append(name)
    return " and ".join(f"{names[0]} to {names[-1]}" for names in kinds.values())


def _give_up(why: str) -> None:
    click.echo(why, err=True)
    sys.exit(EXIT_USAGE)
