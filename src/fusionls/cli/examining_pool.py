"""The checks of ``fusionls doctor`` that ask the members of the user's pool."""

import asyncio
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any

from fusionls.cli.examining import USAGE, Check
from fusionls.cli.examining_members import checks_of, vote_checks
from fusionls.engine.examination import Examination
from fusionls.engine.ports import PoolMember
from fusionls.engine.probing import QUICK_STEPS, STEPS, examine_all
from fusionls.settings.loading import SettingsError
from fusionls.settings.member_block import MemberBlock
from fusionls.settings.paths import config_file

# All members together. Who waits for more than a minute thinks that it hangs, and the other checks need
# some seconds.
MEMBERS_S = 50.0

Say = Callable[[Check], None]


async def examine_pool(say: Say, *, only: str = "", quick: bool = False) -> None:
    """Look at the settings, and ask the members, or the one called ``only``; ``say`` what is found."""
    from fusionls import wiring

    try:
        settings = wiring.load_settings()
    except SettingsError as error:
        for problem in error.problems:
            say(Check("settings", False, f"{error.file}: {problem}", exit_code=USAGE))
        return
    files = ", ".join(map(str, settings.files))
    say(Check("settings", True, files or f"built in ({config_file()} does not exist)"))
    pools = wiring.open_pools(settings)
    try:
        # The memory would have to be asked about a text that it knows.
        chosen = [one for one in pools.models if only in ("", one.member.name)]
        if not pools.models:
            say(Check("members", False, wiring.NO_MODEL, exit_code=USAGE))
        elif not chosen:
            names = ", ".join(one.member.name for one in pools.models)
            said = f"{only!r} is not in the usual pool: use one of {names}"
            say(Check("members", False, said, exit_code=USAGE))
        await examine_members(chosen, settings.members, say, quick=quick)
    finally:
        await pools.aclose()


async def examine_members(
    members: Sequence[PoolMember],
    blocks: Mapping[str, MemberBlock],
    say: Say,
    *,
    quick: bool = False,
) -> None:
    """Ask ``members``, and ``say`` what is found as each is done. ``blocks`` are theirs in the settings."""
    with _bar(len(members) * (QUICK_STEPS if quick else STEPS)) as (step, aside):

        def done(found: Examination) -> None:
            with aside():
                for check in checks_of(found, blocks.get(found.member.name)):
                    say(check)

        found = await examine_all(
            members,
            {name: block.model for name, block in blocks.items()},
            asyncio.get_running_loop().time() + MEMBERS_S,
            quick=quick,
            step=step,
            done=done,
        )
    for check in vote_checks(found, blocks):
        say(check)


@contextmanager
def _bar(steps: int) -> Iterator[tuple[Callable[[], None], Callable[[], Any]]]:
    """Draw a bar on stderr, if that is a terminal.

    Yields what moves it by a step, and a context in which it is out of the way of other lines.
    """
    from rich.console import Console
    from rich.progress import BarColumn, Progress, TextColumn, TimeElapsedColumn

    console = Console(stderr=True)
    columns = (TextColumn("{task.description}"), BarColumn(), TimeElapsedColumn())
    bar = Progress(
        *columns,
        console=console,
        transient=True,
        redirect_stdout=False,
        redirect_stderr=False,
        disable=not console.is_terminal,
    )

    @contextmanager
    def aside() -> Iterator[None]:
        bar.stop()
        yield
        bar.start()

    with bar:
        task = bar.add_task("asking the members", total=steps)
        yield lambda: bar.advance(task), aside
