"""``fusionls doctor``: what works on this machine, and what to do about what does not."""

import asyncio
import json
import platform
import sys
from collections.abc import AsyncIterator, Iterator
from dataclasses import asdict, dataclass
from importlib.metadata import PackageNotFoundError, version

import click

from fusionls.core.prompt import RenderedPrompt
from fusionls.engine.ports import ModelClient, ModelFailure

PACKAGES = ("pygls", "lsprotocol", "httpx", "aiohttp", "tree-sitter", "pydantic")
# Long enough for a cold start of a local model, short enough to wait for.
PATIENCE_S = 30.0
PROBE = RenderedPrompt(text="def add(a, b):\n    return", max_tokens=16, stop=("\n",))


@dataclass(frozen=True, slots=True)
class Check:
    """One thing that was looked at. ``ok`` is None for a mere statement."""

    name: str
    ok: bool | None
    said: str


@click.command("doctor")
@click.option("--json", "as_json", is_flag=True, help="Print the checks as one document.")
def COMMAND(as_json: bool) -> None:
    """Check the installation, the settings, the models and every member.

    Exit code 1: a check failed.
    """
    checks = asyncio.run(_examine(quiet=as_json))
    if as_json:
        click.echo(json.dumps([asdict(check) for check in checks], indent=2))
    sys.exit(1 if any(check.ok is False for check in checks) else 0)


async def _examine(*, quiet: bool) -> list[Check]:
    checks = []
    async for check in _checks():
        checks.append(check)
        if not quiet:
            mark = {True: "ok  ", False: "FAIL", None: "    "}[check.ok]
            click.echo(f"{mark} {check.name}: {check.said}")
    return checks


async def _checks() -> AsyncIterator[Check]:
    for check in (*_installation(), *_languages(), *_models()):
        yield check
    async for check in _members():
        yield check


def _installation() -> Iterator[Check]:
    yield Check("python", None, f"{platform.python_version()} on {platform.platform()}")
    yield Check("packages", None, ", ".join(f"{name} {version(name)}" for name in PACKAGES))
    try:
        yield Check("llama.cpp", True, f"xllamacpp {version('xllamacpp')}")
    except PackageNotFoundError:
        yield Check(
            "llama.cpp", None, 'not installed; for local models: pip install "fusionls[local]"'
        )


def _languages() -> Iterator[Check]:
    from fusionls.core.languages import languages
    from fusionls.core.validation import open_hole

    dumb = [name for name, language in languages().items() if open_hole(language, "", "").why]
    said = f"{len(languages())} grammars load"
    yield Check("languages", not dumb, f"no grammar for {', '.join(dumb)}" if dumb else said)


def _models() -> Iterator[Check]:
    from fusionls.local.catalogue import catalogue
    from fusionls.local.install import InstallState, verify
    from fusionls.settings.paths import data_folder

    for name, model in catalogue().items():
        state = verify(model, data_folder())
        if state is InstallState.INSTALLED:
            yield Check(f"model {name}", True, "installed, hash is right")
        elif state is InstallState.DAMAGED:
            yield Check(f"model {name}", False, f"damaged: fusionls models install {name}")
        else:
            yield Check(f"model {name}", None, f"not installed: fusionls models install {name}")


async def _members() -> AsyncIterator[Check]:
    from fusionls import wiring
    from fusionls.settings.loading import SettingsError
    from fusionls.settings.paths import config_file

    try:
        settings = wiring.load_settings()
    except SettingsError as error:
        for problem in error.problems:
            yield Check("settings", False, f"{error.file}: {problem}")
        return
    yield Check(
        "settings", True, str(settings.file or f"built in ({config_file()} does not exist)")
    )
    pools = wiring.open_pools(settings)
    if not pools.models:
        yield Check("members", False, wiring.NO_MODEL)
    try:
        # The memory would have to be asked about a text that it knows.
        for pool_member in pools.models:
            member = pool_member.member
            ok, said = await _asked(pool_member.client)
            yield Check(f"member {member.name}", ok, f"{said} (family {member.family})")
    finally:
        await pools.aclose()


async def _asked(client: ModelClient) -> tuple[bool, str]:
    loop = asyncio.get_running_loop()
    tokens, first = 0, None
    try:
        async with asyncio.timeout(PATIENCE_S):
            await client.prepare()
            start = loop.time()
            async for chunk in client.stream(PROBE):
                first = loop.time() if first is None else first
                tokens += chunk.tokens if chunk.text else 0
    except TimeoutError:
        return False, f"no answer in {PATIENCE_S:.0f} s"
    except ModelFailure as failure:
        return False, str(failure)
    if first is None or not tokens:
        return False, "answered nothing"
    rate = tokens / max(loop.time() - first, 1e-3)
    return True, f"first token after {(first - start) * 1000:.0f} ms, {rate:.0f} tokens/s"
