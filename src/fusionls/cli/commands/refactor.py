"""``fusionls refactor FILE[:RANGE] "instruction"``: an edit of several models, as a diff or written."""

import json
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import click

if TYPE_CHECKING:
    from fusionls.cli.refactoring import Asked
    from fusionls.core.refactoring import EditSuggestion

# What a shell says of a command that was ended by Ctrl-C.
INTERRUPTED = 130
EXIT_NOTHING = 1
EXIT_FAILED = 3
REWRITE = "rewrite"
# A page of text: what is longer is no instruction, and would take the place of the code.
LONGEST_INSTRUCTION = 10_000
MOST_BYTES_OF_INSTRUCTION = 4 * LONGEST_INSTRUCTION + 4


@click.command("refactor")
@click.argument("place", metavar="FILE[:RANGE]")
@click.argument("instruction", metavar="[INSTRUCTION]", default="")
@click.option("--diff", "as_diff", is_flag=True, help="Print a unified diff (this is the default).")
@click.option("--apply", "applies", is_flag=True, help="Write the files: all of them or none.")
@click.option(
    "--also",
    multiple=True,
    type=click.Path(path_type=Path),
    metavar="FILE",
    help="A further file that may be changed, or created.",
)
@click.option(
    "--refactoring",
    default=REWRITE,
    metavar="NAME",
    help="What is to be done, if it is not said in words: docstring, rename, ... (docs/refactor.md)",
)
@click.option("--budget-ms", type=click.IntRange(min=1), help="Wait no longer, once all are ready.")
@click.option(
    "--trace", "with_trace", is_flag=True, help="Show who proposed what, and the verdicts."
)
@click.option("--json", "as_json", is_flag=True, help="Print all of it as one document.")
def COMMAND(
    place: str,
    instruction: str,
    as_diff: bool,
    applies: bool,
    also: tuple[Path, ...],
    refactoring: str,
    budget_ms: int | None,
    with_trace: bool,
    as_json: bool,
) -> None:
    """Have your models change FILE as INSTRUCTION says, agree on an edit, and print or write it.

    RANGE is LINE, LINE-LINE, LINE:COL or LINE:COL-LINE:COL, all from 1; without one the whole file is meant.
    INSTRUCTION "-" is read from stdin. The diff goes to stdout, for git apply or patch -p1, everything else
    to stderr; nothing is written without --apply.

    Exit code 1: nothing is offered, or it could not be written; 2: wrong usage or settings; 3: every member
    failed, or none answered in time; 130: interrupted, nothing was written.
    """
    if as_diff and applies:
        raise click.UsageError("--diff prints the edit and --apply writes it: choose one")
    wanted = _wanted(place, instruction, also, refactoring)
    try:
        suggestion = _suggested(wanted, budget_ms)
        if with_trace:
            _show(suggestion)
        refused = _write(wanted, suggestion) if applies and suggestion.hunks else ""
    except KeyboardInterrupt:
        click.echo("interrupted: nothing was written", err=True)
        sys.exit(INTERRUPTED)
    sys.exit(_finish(wanted, suggestion, refused, applies=applies, as_json=as_json))


def _wanted(place: str, instruction: str, also: tuple[Path, ...], refactoring: str) -> "Asked":
    """Return what is asked for. Raises click.UsageError."""
    from fusionls import wiring
    from fusionls.cli.refactoring import asked
    from fusionls.cli.selection import parse_selection
    from fusionls.core.refactorings import refactorings
    from fusionls.core.text import without_lone_surrogates

    if refactoring not in refactorings():
        raise click.UsageError(
            f"there is no refactoring {refactoring!r}; there are {', '.join(sorted(refactorings()))}"
        )
    selection = parse_selection(place)
    if instruction == "-":
        raw = sys.stdin.buffer.read(MOST_BYTES_OF_INSTRUCTION)
        instruction = raw.decode("utf-8", "replace")
    instruction = without_lone_surrogates(instruction).strip()
    if not instruction and refactoring == REWRITE:
        raise click.UsageError('say what is to be done: fusionls refactor FILE "use a set here"')
    if len(instruction) > LONGEST_INSTRUCTION:
        raise click.UsageError(f"the instruction has more than {LONGEST_INSTRUCTION} characters")
    root = wiring.settings_source().settings_for(selection.file).root
    return asked(selection, also, refactoring, instruction, root)


def _suggested(wanted: "Asked", budget_ms: int | None) -> "EditSuggestion":
    from fusionls.cli.asking import edit_suggestion
    from fusionls.cli.interrupting import run_interruptible

    return run_interruptible(edit_suggestion(wanted.request, budget_ms))


def _finish(
    wanted: "Asked", suggestion: "EditSuggestion", refused: str, *, applies: bool, as_json: bool
) -> int:
    """Print the edit or say what was written; return the exit code. ``refused``: why nothing was."""
    from fusionls.cli.refactoring import (
        diff_of,
        edited_files,
        json_document,
        reasons,
        remarks,
        shown_name,
    )
    from fusionls.cli.showing import echo_diff, say

    edited = edited_files(wanted.files, suggestion.hunks)
    diff, folder = diff_of(edited, wanted.project)
    if as_json:
        applied = applies and bool(edited) and not refused
        document = json_document(suggestion, diff, applied=applied, refused=refused)
        click.echo(json.dumps(document, indent=2, ensure_ascii=False))
    elif not applies:
        echo_diff(diff)
    if not edited:
        for sentence in reasons(suggestion):
            say(f"nothing to offer: {sentence}")
        if wanted.is_whole_file and not suggestion.failed:
            say(
                f"the whole file was meant: {wanted.files[0].path.name}:LINE means what stands there"
            )
        return EXIT_FAILED if suggestion.failed else EXIT_NOTHING
    for sentence in remarks(wanted, suggestion):
        say(sentence)
    if refused:
        say(f"nothing was written: {refused}")
        return EXIT_NOTHING
    if applies:
        names = ", ".join(shown_name(wanted, one.file.name) for one in edited)
        say(f"{suggestion.title or 'changed'}: {names}")
    elif folder is not None:
        say(f"to be applied in {folder}")
    return 0


def _write(wanted: "Asked", suggestion: "EditSuggestion") -> str:
    """Write the edit; return why that could not be, "" if it could."""
    from fusionls.cli.refactoring import edited_files, writings
    from fusionls.cli.writing import NotWritten, write_all

    try:
        write_all(writings(edited_files(wanted.files, suggestion.hunks), wanted.project))
    except NotWritten as error:
        return str(error)
    return ""


def _show(suggestion: "EditSuggestion") -> None:
    from fusionls.core.explaining import explained

    click.echo(explained(suggestion.trace.to_json(with_text=True)), err=True)
