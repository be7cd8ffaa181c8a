"""Bars on stderr that show how far a command is."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

# Called with the name of a stage, how much of it is done, and of how much.
Show = Callable[[str, int, int], None]


@contextmanager
def bars() -> Iterator[Show]:
    """Show bars on stderr while the stages are on their way."""
    from rich.console import Console
    from rich.progress import (
        BarColumn,
        MofNCompleteColumn,
        Progress,
        TextColumn,
        TimeRemainingColumn,
    )

    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn())
    with Progress(
        *columns, TimeRemainingColumn(), console=Console(stderr=True), transient=True
    ) as progress:
        tasks: dict[str, Any] = {}

        def show(stage: str, done: int, total: int) -> None:
            if stage not in tasks:
                tasks[stage] = progress.add_task(stage, total=total)
            progress.update(tasks[stage], completed=done)

        yield show
