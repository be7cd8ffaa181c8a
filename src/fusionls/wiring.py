"""The composition root: the only place that knows every ring."""

from collections.abc import Mapping
from pathlib import Path

from fusionls.core.families import families, family_for, family_for_weights
from fusionls.core.member import Caps, Member, Privacy, PromptBudget
from fusionls.core.text import DocumentSnapshot
from fusionls.core.wish import NO_WISH, ReadWish, Wish
from fusionls.engine.pipeline import CompletionEngine
from fusionls.engine.ports import (
    BackgroundReading,
    Endpoint,
    EndpointSource,
    ModelClient,
    Pool,
    PoolMember,
)
from fusionls.engine.recorded import RecordedPools, Write
from fusionls.engine.turns import Turns
from fusionls.engine.warm_client import WarmClient
from fusionls.local.catalogue import catalogue
from fusionls.local.gguf_header import HeaderError, header_of
from fusionls.local.install import installed, weights_path
from fusionls.local.keeper import KeeperOptions, LlamaKeeper
from fusionls.local.memory import WorkspaceMemory
from fusionls.providers.client import FixedEndpoint, HttpModelClient
from fusionls.providers.http import open_client
from fusionls.providers.wires import wires
from fusionls.settings.loading import KnownNames, Settings, SettingsError, key_of, load
from fusionls.settings.narrowing import read_wish
from fusionls.settings.paths import config_file, data_folder
from fusionls.settings.schema import MemberBlock, UserFile

# The wire name of a model that runs here; what it speaks is llama.cpp's dialect.
EMBEDDED = "embedded"
EMBEDDED_WIRE = "llamacpp"
# A model of this size reads about 300 tokens a second on one core: this is what it can take in cold in one to
# one and a half seconds, and a keystroke then costs one token or two. With 900 code points SmolLM2 got
# 34 % of 167 missing lines right, with 1,800 it was 41 %.
EMBEDDED_BUDGET = PromptBudget(prefix=1600, suffix=400, snippets=0)
# The wire name of the workspace memory, its family's, and the name of the member that needs no block.
MEMORY = "memory"
# It reads its tokens back to some forty; what follows it looks up itself.
MEMORY_BUDGET = PromptBudget(prefix=2000, suffix=0, snippets=0)
# What is assumed of a model that nothing is known of.
UNKNOWN_PRIOR = 0.3
NO_MODEL = (
    "fusionls has no model to ask. Install one with: fusionls models install smollm2-135m "
    "(93 MB, no account needed), or name a server in the settings file."
)

# The part of a wish that says who is asked.
Choice = tuple[str, tuple[str, ...] | None]


class ConfiguredPools:
    """The pools that the settings name.

    ``usual`` are the blocks of the members that are asked where the editor wishes nothing else. A
    member is opened when a pool first needs it, and shared by all pools.
    """

    def __init__(self, settings: Settings, usual: Mapping[str, MemberBlock]) -> None:
        self._user = settings.user
        self._usual = usual
        self._http = open_client()
        self._keepers: dict[Path, LlamaKeeper] = {}
        self._turns = Turns()
        self._memory = WorkspaceMemory()
        # The documents whose pools the memory is in.
        self._remembered: set[str] = set()
        self._opened: dict[str, PoolMember] = {}
        self._chosen: dict[Choice, Mapping[str, MemberBlock]] = {}
        self.pool = self.pool_for("", NO_WISH)

    def pool_for(self, uri: str, wish: Wish) -> Pool:
        """Return the pool that serves ``uri`` within ``wish``."""
        choice = (wish.pool, wish.members)
        if choice not in self._chosen:
            self._chosen[choice] = self._blocks(wish)
        blocks = self._chosen[choice]
        completing = {n: b for n, b in blocks.items() if "completion" in b.roles}
        if any(block.wire == MEMORY for block in completing.values()):
            self._remembered.add(uri)
        else:
            self._remembered.discard(uri)
        members = tuple(self._member(name, block) for name, block in completing.items())
        return Pool(members, _caps(self._user)).within(wish)

    def read_wish(self, block: object) -> ReadWish:
        """Return what can be used of settings that came from an editor."""
        in_pools = (name for pool in self._user.pools.values() for name in pool.members)
        names = {*self._user.members, *self._usual, *in_pools, *installed(data_folder()), MEMORY}
        return read_wish(self._user, names, block)

    @property
    def models(self) -> tuple[PoolMember, ...]:
        """The members of the usual pool that are models, and not the memory."""
        return tuple(m for m in self.pool.members if m.member.family != MEMORY)

    @property
    def reading(self) -> tuple[BackgroundReading, ...]:
        """The folders that are being read into the memory."""
        return self._memory.reading

    @property
    def reads_files(self) -> bool:
        """Whether folders were read into the memory."""
        return self._memory.reads_files

    def document_changed(self, snapshot: DocumentSnapshot) -> None:
        """Let the memory know, if it is in the document's pool."""
        if snapshot.uri in self._remembered:
            self._memory.document_changed(snapshot)

    def document_closed(self, uri: str) -> None:
        """Let the memory know."""
        self._remembered.discard(uri)
        self._memory.document_closed(uri)

    def folders_changed(self, folders: tuple[str, ...]) -> None:
        """Let the memory know."""
        self._memory.folders_changed(folders)

    def files_changed(self, uris: tuple[str, ...]) -> None:
        """Let the memory know."""
        self._memory.files_changed(uris)

    async def aclose(self) -> None:
        """Close the members and the local servers behind them. Never raises."""
        await self._memory.aclose()
        for pool_member in self._opened.values():
            await pool_member.client.aclose()
        await self._http.aclose()

    def _blocks(self, wish: Wish) -> Mapping[str, MemberBlock]:
        if wish.members is not None:
            known = {**_with_installed(self._user.members), **self._usual}
            return {name: known[name] for name in wish.members}
        return _wanted(self._user, wish.pool) if wish.pool else self._usual

    def _member(self, name: str, block: MemberBlock) -> PoolMember:
        if name not in self._opened and block.wire == MEMORY:
            self._opened[name] = PoolMember(_member(name, block), self._memory)
        if name not in self._opened:
            wire = wires()[EMBEDDED_WIRE if block.wire == EMBEDDED else block.wire]
            client: ModelClient = HttpModelClient(
                self._source(block), wire, block.model, self._http
            )
            if wire.name == EMBEDDED_WIRE:
                # Its server keeps what it has read; others do not, or do not let anybody know.
                # What a server elsewhere reads does not keep this machine busy.
                client = WarmClient(client, self._turns if block.wire == EMBEDDED else None)
            self._opened[name] = PoolMember(_member(name, block), client)
        return self._opened[name]

    def _source(self, block: MemberBlock) -> EndpointSource:
        if block.wire != EMBEDDED:
            key = key_of(block.key.env) if block.key else ""
            return FixedEndpoint(Endpoint(block.endpoint, key))
        weights = _weights(block.model)
        if weights not in self._keepers:
            self._keepers[weights] = _keeper(block.model)
        return self._keepers[weights]


def load_settings() -> Settings:
    """Return the user's settings. Raises SettingsError."""
    known = KnownNames(
        wires=frozenset({*wires(), EMBEDDED, MEMORY}),
        families=frozenset(families()),
        models=frozenset({*catalogue(), MEMORY}),
    )
    return load(config_file(), known)


def open_engine(write: Write | None = None) -> tuple[CompletionEngine, tuple[str, ...]]:
    """Return an engine for the user's settings, and notices for the person.

    ``write`` takes what the members say, for a transcript. A broken settings file is a notice, and the
    built-in settings serve: the server does not die of it.
    """
    notices = []
    try:
        settings = load_settings()
    except SettingsError as error:
        notices.append(f"fusionls uses its built-in settings until this is mended. {error}")
        settings = Settings.built_in()
    pools = open_pools(settings)
    if not pools.models:
        notices.append(NO_MODEL)
    engine = CompletionEngine(RecordedPools(pools, write) if write else pools)
    return engine, tuple(notices)


def open_pools(settings: Settings) -> ConfiguredPools:
    """Return the pool that ``settings`` name; without any, the installed models. Starts nothing."""
    return ConfiguredPools(settings, _wanted(settings.user, settings.user.completion.pool))


def _wanted(user: UserFile, pool: str) -> dict[str, MemberBlock]:
    """Return the blocks of the members of ``pool``, in its order."""
    blocks = _with_installed(user.members)
    if pool in user.pools:
        wanted = user.pools[pool].members
    else:
        # The catalogue names the fastest first: it is the first to read.
        wanted = [*user.members] or [MEMORY, *installed(data_folder())]
    return {name: blocks[name] for name in wanted}


def _caps(user: UserFile) -> Caps:
    return Caps(float(user.completion.budget_ms), float(user.completion.manual_budget_ms))


def _with_installed(members: dict[str, MemberBlock]) -> dict[str, MemberBlock]:
    """Return ``members`` with the catalogue's models, that need no block of their own."""
    known = {name: MemberBlock(wire=EMBEDDED, model=name) for name in catalogue()}
    return {MEMORY: MemberBlock(wire=MEMORY), **known, **members}


def _weights(model: str) -> Path:
    """Return the path of an embedded model's weights: a catalogue name, or the user's own file."""
    if model in catalogue():
        return weights_path(model, data_folder())
    return Path(model).expanduser()


def _keeper(model: str) -> LlamaKeeper:
    """Return the keeper of an embedded model, with the options that the catalogue knows for it."""
    known = catalogue().get(model)
    if known is None:
        return LlamaKeeper(_weights(model))
    options = KeeperOptions(
        context=known.context, swa_full=known.swa_full, cache_reuse=known.cache_reuse
    )
    return LlamaKeeper(_weights(model), options)


def _family(block: MemberBlock) -> str:
    """Return the family of a model that the catalogue does not know."""
    if block.wire != EMBEDDED:
        return family_for(block.model).name
    weights = _weights(block.model)
    try:
        header = header_of(weights)
    except (HeaderError, OSError):
        # The keeper says what is wrong with the file, when it is asked.
        return family_for_weights(weights.stem, "", "").name
    names = f"{weights.stem} {header.name}"
    return family_for_weights(names, header.tokenizer, header.fill_in).name


def _member(name: str, block: MemberBlock) -> Member:
    if block.wire == MEMORY:
        prior = UNKNOWN_PRIOR if block.prior is None else block.prior
        return Member(
            name,
            family=MEMORY,
            maker=block.maker or MEMORY,
            prior=prior,
            budget=MEMORY_BUDGET,
            calibrated=True,
        )
    known = catalogue().get(block.model) if block.wire == EMBEDDED else None
    family = block.family or (known.family if known else _family(block))
    prior = block.prior if block.prior is not None else known.prior if known else UNKNOWN_PRIOR
    return Member(
        name=name,
        family=family,
        maker=block.maker or (known.maker if known else ""),
        prior=prior,
        privacy=block.privacy or (Privacy.LOCAL if block.is_loopback else Privacy.CLOUD),
        budget=EMBEDDED_BUDGET if block.wire == EMBEDDED else PromptBudget(),
        obeys=block.wire in (EMBEDDED, EMBEDDED_WIRE),
    )
