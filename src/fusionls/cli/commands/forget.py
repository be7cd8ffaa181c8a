"""``fusionls forget [--project PATH]``: delete what was learned, and say what that was."""

import json
import os
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import click

if TYPE_CHECKING:
    from fusionls.state.ledger import Forgotten, Ledger

EXIT_USAGE = 2


@click.command("forget")
@click.option(
    "--project",
    type=click.Path(path_type=Path),
    help="Only what was learned in this folder, and in folders below it.",
)
@click.option("--json", "as_json", is_flag=True, help="Print what was deleted as one document.")
def COMMAND(project: Path | None, as_json: bool) -> None:
    """Delete what servers have learned from your requests, and the traces that they keep.

    Servers may run meanwhile: what they have in their memory ends with them. A trace does not say in which
    project it was, so with --project the traces stay; they are deleted a week after they were kept.

    Exit code 2: what was learned cannot be reached.
    """
    from fusionls.local.kept_traces import forget_traces
    from fusionls.settings.paths import learned_file
    from fusionls.settings.problems import shown
    from fusionls.state.opening import StateTrouble
    from fusionls.wiring import traces_folder

    file = learned_file()
    try:
        forgotten = _forgotten(file, project)
        sessions = 0 if project else forget_traces(traces_folder())
    except (StateTrouble, OSError) as error:
        why = error.strerror if isinstance(error, OSError) else error
        way_out = f"To forget everything, delete {shown(str(file.parent))}."
        click.echo(f"{shown(str(file))}: {why}. {way_out}", err=True)
        sys.exit(EXIT_USAGE)
    if as_json:
        click.echo(json.dumps({"v": 1, **_counted(forgotten), "sessions": sessions}, indent=2))
        return
    for name in forgotten.projects:
        click.echo(f"Forgotten: {shown(name) or 'documents outside of any project'}")
    traces = "" if project else f", and the traces of {_many(sessions, 'server')}"
    edits = f" and {_many(forgotten.answers, 'answer')} to edits" if forgotten.answers else ""
    click.echo(f"{_many(forgotten.panels, 'request')}{edits} deleted{traces}.")


def _many(count: int, noun: str) -> str:
    return f"{count} {noun}" if count == 1 else f"{count} {noun}s"


def _counted(forgotten: "Forgotten") -> dict[str, object]:
    deleted = {"requests": forgotten.panels, "edit_answers": forgotten.answers}
    return {**deleted, "projects": list(forgotten.projects)}


def _forgotten(file: Path, project: Path | None) -> "Forgotten":
    """Delete what is known, of ``project`` or of all. Raises StateTrouble."""
    from fusionls.state.ledger import Forgotten, Ledger, forget_broken
    from fusionls.state.opening import BrokenState

    ledger = Ledger(file)
    try:
        return ledger.forget(None if project is None else _within(ledger, project))
    except BrokenState:
        # It was put aside, with all that it knew.
        return Forgotten(0, ())
    finally:
        ledger.close()
        forget_broken(file)


def _within(ledger: "Ledger", folder: Path) -> list[str]:
    """Return the projects of ``ledger`` that lie in ``folder``, which need not exist any more."""
    from fusionls.state.ledger import storable

    path = os.path.expanduser(folder)  # noqa: PTH111 - Path raises where nobody has a home
    # The folder as it is called, and where it really lies.
    around = {_spelled(storable(found(path))) for found in (os.path.abspath, os.path.realpath)}
    return [
        name
        for name in ledger.projects()
        if name and any(_spelled(name) == one or _lies_in(name, one) for one in around)
    ]


def _lies_in(name: str, around: str) -> bool:
    return _spelled(name).startswith(around.rstrip(os.sep) + os.sep)


def _spelled(path: str) -> str:
    """Return the path in one spelling; a project may be known by its URI."""
    from fusionls.core.uris import is_file
    from fusionls.local.memory_files import path_of

    return os.path.normcase(os.path.normpath(path_of(path) if is_file(path) else path))
