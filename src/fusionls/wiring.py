"""The composition root: the only place that knows every ring."""

from collections.abc import Awaitable, Callable, Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from fusionls.core.families import families, family_for
from fusionls.core.member import Caps, Member, Privacy, PromptBudget
from fusionls.engine.pipeline import CompletionEngine
from fusionls.engine.ports import Endpoint, EndpointSource, Pool, PoolMember
from fusionls.local.catalogue import catalogue
from fusionls.local.install import installed, weights_path
from fusionls.local.keeper import KeeperOptions, LlamaKeeper
from fusionls.providers.client import FixedEndpoint, HttpModelClient
from fusionls.providers.http import open_client
from fusionls.providers.wires import wires
from fusionls.settings.loading import KnownNames, Settings, SettingsError, key_of, load
from fusionls.settings.paths import config_file, data_folder
from fusionls.settings.schema import MemberBlock

# The wire name of a model that runs here; what it speaks is llama.cpp's dialect.
EMBEDDED = "embedded"
EMBEDDED_WIRE = "llamacpp"
# On two cores a model of this size reads about 300 tokens a second: 900 characters are what it can take
# in cold within a second, and a keystroke then costs one token or two.
EMBEDDED_BUDGET = PromptBudget(prefix=900, suffix=400, snippets=0, window_lines=12)
# What is assumed of a model that nothing is known of.
UNKNOWN_PRIOR = 0.3
NO_MODEL = (
    "fusionls has no model to ask. Install one with: fusionls models install smollm2-135m "
    "(93 MB, no account needed), or name a server in the settings file."
)


class _Closable(Protocol):
    async def aclose(self) -> None: ...


@dataclass(frozen=True, slots=True)
class ConfiguredPools:
    """One pool for every document, and what its members share."""

    pool: Pool
    shared: tuple[_Closable, ...]

    def pool_for(self, uri: str) -> Pool:
        """Return the pool that serves ``uri``: so far one for all documents."""
        return self.pool

    async def aclose(self) -> None:
        """Close the members and the local servers behind them. Never raises."""
        for part in self.shared:
            await part.aclose()


def load_settings() -> Settings:
    """Return the user's settings. Raises SettingsError."""
    known = KnownNames(
        wires=frozenset({*wires(), EMBEDDED}),
        families=frozenset(families()),
        models=frozenset(catalogue()),
    )
    return load(config_file(), known)


def open_engine() -> tuple[CompletionEngine, tuple[str, ...]]:
    """Return an engine for the user's settings, and notices for the person.

    A broken settings file is a notice, and the built-in settings serve: the server does not die of it.
    """
    notices = []
    try:
        settings = load_settings()
    except SettingsError as error:
        notices.append(f"fusionls uses its built-in settings until this is mended. {error}")
        settings = Settings.built_in()
    pools = open_pools(settings)
    if not pools.pool.members:
        notices.append(NO_MODEL)
    return CompletionEngine(pools), tuple(notices)


def open_pools(settings: Settings) -> ConfiguredPools:
    """Return the pool that ``settings`` name; without any, the installed models. Starts nothing."""
    return _opened(_wanted(settings), _caps(settings))


def open_demo_pools(settings: Settings) -> ConfiguredPools:
    """Return the pool for the demo: that of ``settings``, but never of one voice only.

    A single embedded model is asked twice, with two shapes of prompt, so that there is something to
    fuse. Both have one maker and count as about one vote.
    """
    blocks = _wanted(settings)
    if len(blocks) == 1:
        [(name, block)] = blocks.items()
        if block.wire == EMBEDDED:
            blocks[f"{name}/suffix-first"] = block.model_copy(update={"family": "suffix-first"})
    return _opened(blocks, _caps(settings))


def _wanted(settings: Settings) -> dict[str, MemberBlock]:
    """Return the blocks of the pool's members, in the pool's order."""
    blocks = _with_installed(settings.user.members)
    name = settings.user.completion.pool
    if name in settings.user.pools:
        wanted = settings.user.pools[name].members
    else:
        wanted = [*settings.user.members] or sorted(installed(data_folder()))
    return {name: blocks[name] for name in wanted}


def _caps(settings: Settings) -> Caps:
    completion = settings.user.completion
    return Caps(float(completion.budget_ms), float(completion.manual_budget_ms))


def _with_installed(members: dict[str, MemberBlock]) -> dict[str, MemberBlock]:
    """Return ``members`` with the catalogue's models, that need no block of their own."""
    return {name: MemberBlock(wire=EMBEDDED, model=name) for name in catalogue()} | members


def _opened(blocks: dict[str, MemberBlock], caps: Caps) -> ConfiguredPools:
    client = open_client()
    keepers: dict[Path, LlamaKeeper] = {}
    members = []
    for name, block in blocks.items():
        if "completion" not in block.roles:
            continue
        source: EndpointSource
        if block.wire == EMBEDDED:
            weights = _weights(block.model)
            if weights not in keepers:
                keepers[weights] = _keeper(block.model, _sharers(weights, blocks.values()))
            source = keepers[weights]
        else:
            key = key_of(block.key.env) if block.key else ""
            source = FixedEndpoint(Endpoint(block.endpoint, key))
        wire = wires()[EMBEDDED_WIRE if block.wire == EMBEDDED else block.wire]
        members.append(
            PoolMember(_member(name, block), HttpModelClient(source, wire, block.model, client))
        )
    shared: tuple[_Closable, ...] = (*(m.client for m in members), _Closing(client.aclose))
    return ConfiguredPools(Pool(tuple(members), caps), shared)


@dataclass(frozen=True, slots=True)
class _Closing:
    """A closing function as something that can be closed."""

    close: Callable[[], Awaitable[None]]

    async def aclose(self) -> None:
        await self.close()


def _weights(model: str) -> Path:
    """Return the path of an embedded model's weights: a catalogue name, or the user's own file."""
    if model in catalogue():
        return weights_path(model, data_folder())
    return Path(model).expanduser()


def _keeper(model: str, slots: int) -> LlamaKeeper:
    """Return the keeper of an embedded model, with the options that the catalogue knows for it."""
    known = catalogue().get(model)
    if known is None:
        return LlamaKeeper(_weights(model), KeeperOptions(slots=slots))
    options = KeeperOptions(
        context=known.context, swa_full=known.swa_full, cache_reuse=known.cache_reuse, slots=slots
    )
    return LlamaKeeper(_weights(model), options)


def _sharers(weights: Path, blocks: Iterable[MemberBlock]) -> int:
    """Return how many members ask the model with these ``weights``: each gets a slot of its own."""
    return sum(b.wire == EMBEDDED and _weights(b.model) == weights for b in blocks)


def _member(name: str, block: MemberBlock) -> Member:
    known = catalogue().get(block.model) if block.wire == EMBEDDED else None
    family = block.family or (known.family if known else family_for(block.model).name)
    prior = block.prior if block.prior is not None else known.prior if known else UNKNOWN_PRIOR
    return Member(
        name=name,
        family=family,
        maker=block.maker or (known.maker if known else ""),
        prior=prior,
        privacy=block.privacy or (Privacy.LOCAL if block.is_loopback else Privacy.CLOUD),
        budget=EMBEDDED_BUDGET if block.wire == EMBEDDED else PromptBudget(),
    )


def serve_stdio(client_pid: int | None = None, record: Path | None = None) -> None:
    """Serve one LSP client on stdin and stdout. Ends the process.

    ``client_pid`` is the editor's process, whose end ends the session; ``record`` takes a transcript.
    """
    from fusionls.lsp.serving import run_stdio

    run_stdio(open_engine, client_pid=client_pid, record=record)
