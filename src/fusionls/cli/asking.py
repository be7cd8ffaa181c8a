"""One completion or edit from the command line."""

import asyncio
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import click

from fusionls import wiring
from fusionls.core.refactoring import EditSuggestion, RefactorRequest
from fusionls.core.wish import NO_WISH, Wish
from fusionls.engine.pipeline import CompletionEngine
from fusionls.engine.scopes import EVERYWHERE
from fusionls.local.edit_process import EditProcess
from fusionls.settings.loading import SettingsError


@asynccontextmanager
async def ready_engine(
    pools: "wiring.ConfiguredPools", uri: str = ""
) -> AsyncIterator[CompletionEngine]:
    """Yield an engine whose members for ``uri`` are ready, with a sign of life while they start."""
    from rich.console import Console

    engine = CompletionEngine(pools)
    names = ", ".join(m.member.name for m in pools.pool_for(uri, NO_WISH).members)
    try:
        with Console(stderr=True).status(f"getting ready: {names}"):
            await engine.prepare(uri)
        yield engine
    finally:
        await engine.aclose()


async def edit_suggestion(request: RefactorRequest, budget_ms: float | None) -> EditSuggestion:
    """Ask the members for an edit, with a sign of life on stderr meanwhile.

    ``budget_ms`` is the longest wait (milliseconds), if it is shorter than that of the settings. A mistake in
    the user's settings ends with exit code 2; so does nobody to be asked.
    """
    from rich.console import Console
    from rich.markup import escape

    _check_settings()
    pools = wiring.open_project_pools()
    uris = [file.document.uri for file in request.files]
    wish = Wish(edit_ms=budget_ms)
    engine = CompletionEngine(pools, desks=EditProcess())
    engine.scopes.take(EVERYWHERE, wish)
    try:
        pool = pools.edit_pool_for(uris, wish, request.first.document.language_id)
        for sentence in pools.news():
            click.echo(sentence, err=True)
        if not pool.members and not pools.models:
            click.echo(wiring.NO_MODEL, err=True)
            sys.exit(2)
        names = ", ".join(one.member.name for one in pool.members)
        with Console(stderr=True).status(f"getting ready: {escape(names)}") as status:
            ready = (one.client.prepare() for one in pool.members if not one.cannot)
            # Who cannot get ready says so when it is asked.
            await asyncio.gather(*ready, return_exceptions=True)
            return await engine.edits.refactor(request, lambda said: status.update(escape(said)))
    finally:
        await engine.aclose()


def pools_or_exit(uri: str = "") -> "wiring.ConfiguredPools":
    """Return the pools of all projects; a mistake in the user's settings ends with exit code 2.

    So does nobody to be asked about ``uri``. Mistakes in a project's settings are said.
    """
    _check_settings()
    pools = wiring.open_project_pools()
    pool = pools.pool_for(uri, NO_WISH)
    for sentence in pools.news():
        click.echo(sentence, err=True)
    if not pool.off and all(m.member.family == wiring.MEMORY for m in pool.members):
        click.echo(wiring.NO_MODEL, err=True)
        sys.exit(2)
    return pools


def _check_settings() -> None:
    try:
        wiring.load_settings()
    except SettingsError as error:
        for problem in error.problems:
            click.echo(f"{error.file}: {problem}", err=True)
        sys.exit(2)
