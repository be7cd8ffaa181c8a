"""The cases of a pack, with a bar on stderr that shows how much of the file was read."""

from collections.abc import Callable, Iterator
from pathlib import Path

import click
from rich.console import Console
from rich.progress import BarColumn, Progress, TextColumn, TimeRemainingColumn

from fusionls.cli.packs import BadLine, PackCase, found_pack, read_pack


def cases_shown(
    pack: Path,
    models: tuple[str, ...],
    bad: Callable[[int], None],
    *,
    with_reference: bool = False,
) -> Iterator[PackCase]:
    """Yield the usable cases of ``pack``. What is bad is named on stderr, and ``bad`` hears its number."""
    place = found_pack(pack)
    size = place.stat().st_size
    columns = (BarColumn(), TextColumn("{task.description}"), TimeRemainingColumn())
    with Progress(*columns, console=Console(stderr=True), transient=True) as progress:
        task = progress.add_task("0 cases", total=size)
        done = 0
        for found in read_pack(
            place,
            models,
            with_reference=with_reference,
            read_so_far=lambda at: progress.update(task, completed=at),
        ):
            if isinstance(found, BadLine):
                # Not by the console: what a pack holds must not be read as markup.
                click.echo(f"{place.name}, line {found.number}: {found.why}", err=True)
                bad(found.number)
                continue
            yield found
            done += 1
            progress.update(task, description=f"{done} cases")
