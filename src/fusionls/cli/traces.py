"""Files of traces that are named on the command line."""

import sys
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import BinaryIO, NoReturn

import click

from fusionls.simulating.reading import Recorded, Replayable, read_panels, replayable, told_of_bad

EXIT_USAGE = 2
STANDARD_INPUT = "-"
HOW_TO_RECORD = (
    "fusionls --stdio --record FILE records traces, and lets every member finish while you pause"
    " (docs/simulate.md)"
)


def traces_of(files: Sequence[str]) -> Recorded:
    """Return what ``files`` hold; broken lines are told on stderr. Exits with 2 if a file cannot be read."""
    try:
        recorded = read_panels(_opened(files))
    except OSError as error:
        give_up(f"{error.filename or 'a file'}: {error.strerror or error}")
    for sentence in told_of_bad(recorded.bad):
        click.echo(sentence, err=True)
    return recorded


def replayable_or_exit(recorded: Recorded, what: str, *, by_lot: bool = False) -> Replayable:
    """Return what can be replayed, telling what cannot. Exits with 2 if nothing can."""
    found = replayable(recorded, by_lot=by_lot)
    for why, count in found.left_out.most_common():
        click.echo(f"left out: {count} x {why}", err=True)
    if not found.panels:
        why = "no whole panel is among them" if recorded.panels else "there is no trace"
        give_up(f"{what}: {why}; {HOW_TO_RECORD}")
    return found


def _opened(files: Sequence[str]) -> Iterator[tuple[str, BinaryIO]]:
    for name in files:
        if name == STANDARD_INPUT:
            yield "standard input", sys.stdin.buffer
        else:
            with Path(name).open("rb") as file:
                yield name, file


def give_up(why: str) -> NoReturn:
    """Say why and end with 2."""
    click.echo(why, err=True)
    sys.exit(EXIT_USAGE)
