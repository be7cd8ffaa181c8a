"""One completion from the command line."""

import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import click

from fusionls import wiring
from fusionls.engine.pipeline import CompletionEngine
from fusionls.settings.loading import Settings, SettingsError


@asynccontextmanager
async def ready_engine(pools: "wiring.ConfiguredPools") -> AsyncIterator[CompletionEngine]:
    """Yield an engine whose members are ready, with a sign of life while they start."""
    from rich.console import Console

    engine = CompletionEngine(pools)
    names = ", ".join(m.member.name for m in pools.pool.members)
    try:
        with Console(stderr=True).status(f"getting ready: {names}"):
            await engine.prepare()
        yield engine
    finally:
        await engine.aclose()


def pools_or_exit() -> "wiring.ConfiguredPools":
    """Return the pools of the user's settings; a mistake or nobody in them ends with exit code 2."""
    pools = wiring.open_pools(_settings_or_exit())
    if not pools.models:
        click.echo(wiring.NO_MODEL, err=True)
        sys.exit(2)
    return pools


def _settings_or_exit() -> Settings:
    try:
        return wiring.load_settings()
    except SettingsError as error:
        for problem in error.problems:
            click.echo(f"{error.file}: {problem}", err=True)
        sys.exit(2)
