"""The cases of a pack, with a bar on stderr that shows how much of the file was read."""

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TypeVar

import click
from rich.console import Console
from rich.progress import BarColumn, Progress, TextColumn, TimeRemainingColumn

from fusionls.cli.packs import (
    BadLine,
    EditPackCase,
    PackCase,
    found_pack,
    read_edit_pack,
    read_pack,
)

_Case = TypeVar("_Case", PackCase, EditPackCase)


def cases_shown(
    pack: Path,
    models: tuple[str, ...],
    bad: Callable[[int], None],
    *,
    with_reference: bool = False,
) -> Iterator[PackCase]:
    """Yield the usable cases of ``pack``. What is bad is named on stderr, and ``bad`` hears its number."""
    return _shown(
        found_pack(pack),
        bad,
        lambda place, heard: read_pack(
            place, models, with_reference=with_reference, read_so_far=heard
        ),
    )


def edits_shown(
    pack: Path,
    models: tuple[str, ...],
    bad: Callable[[int], None],
    *,
    with_verdicts: bool = False,
) -> Iterator[EditPackCase]:
    """Yield the usable cases of ``pack``, a pack of edits, as ``cases_shown`` does."""
    return _shown(
        found_pack(pack),
        bad,
        lambda place, heard: read_edit_pack(
            place, models, with_verdicts=with_verdicts, read_so_far=heard
        ),
    )


def _shown(
    place: Path,
    bad: Callable[[int], None],
    read: Callable[[Path, Callable[[int], None]], Iterator[_Case | BadLine]],
) -> Iterator[_Case]:
    size = place.stat().st_size
    columns = (BarColumn(), TextColumn("{task.description}"), TimeRemainingColumn())
    with Progress(*columns, console=Console(stderr=True), transient=True) as progress:
        task = progress.add_task("0 cases", total=size)
        done = 0
        for found in read(place, lambda at: progress.update(task, completed=at)):
            if isinstance(found, BadLine):
                # Not by the console: what a pack holds must not be read as markup.
                click.echo(f"{place.name}, line {found.number}: {found.why}", err=True)
                bad(found.number)
                continue
            yield found
            done += 1
            progress.update(task, description=f"{done} cases")
