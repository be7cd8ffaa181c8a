"""From a settings block to a member that can be asked. Members are shared by everybody who names the same."""

import asyncio
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass, replace
from functools import lru_cache
from pathlib import Path

from fusionls.core.families import family_for_weights
from fusionls.core.member import Member, Price, Privacy, PromptBudget
from fusionls.core.priors import UNKNOWN_PRIOR, maker_of, prior_of
from fusionls.core.reply import Failure, FailureKind
from fusionls.engine.ports import Endpoint, EndpointSource, ModelClient, ModelFailure, PoolMember
from fusionls.engine.turns import Turns
from fusionls.engine.warm_client import WarmClient
from fusionls.local.catalogue import catalogue
from fusionls.local.gguf_header import Header, HeaderError, header_of
from fusionls.local.install import installed, weights_path
from fusionls.local.keeper import KeeperOptions, LlamaKeeper
from fusionls.local.memory import WorkspaceMemory
from fusionls.local.memory_scope import RulesOf
from fusionls.providers.client import HttpModelClient
from fusionls.providers.http import Way, open_client
from fusionls.providers.peer import Reach, reach_for
from fusionls.providers.wire import RequestOptions, Wire
from fusionls.providers.wires import default_family, wires
from fusionls.settings.keys import KeySource, KeySources, KeyUnavailable
from fusionls.settings.paths import data_folder
from fusionls.settings.resolved import Settings
from fusionls.settings.schema import MemberBlock, NetworkBlock
from fusionls.wiring.keepers import Keepers

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
# Requests that began with the old settings end with them: the longest takes 20 s, a refactoring.
GRACE_S = 30.0
# Embedded models that one person has.
MOST_HEADERS = 32


@dataclass(frozen=True, slots=True)
class Wanted:
    """A member as the settings want it. Two that are equal are one."""

    name: str
    spelled: str
    network: NetworkBlock
    local_only: bool
    currency: str

    @property
    def block(self) -> MemberBlock:
        """The block of the settings."""
        return MemberBlock.model_validate_json(self.spelled)


class Members:
    """Opens members when they are first wanted, and closes them when nobody wants them any more."""

    def __init__(self, rules_of: RulesOf) -> None:
        """``rules_of`` returns the privacy rules of the project that a URI lies in."""
        self.memory = WorkspaceMemory(rules_of=rules_of)
        self._http = open_client()
        self._keys = KeySources()
        self._turns = Turns()
        self._keepers = Keepers()
        self._opened: dict[Wanted, PoolMember] = {}
        self._closing: set[asyncio.Task[None]] = set()

    def get(self, wanted: Wanted) -> PoolMember:
        """Return the member, opened if need be. Starts nothing."""
        if wanted not in self._opened:
            self._opened[wanted] = self._open(wanted)
        return self._opened[wanted]

    def keep_only(self, wanted: Collection[Wanted]) -> None:
        """Close the others, once the requests that may still use them have ended."""
        left = [one for one in self._opened if one not in wanted]
        clients = [self._opened.pop(one).client for one in left]
        closing = [client for client in clients if client is not self.memory]
        if closing:
            task = asyncio.get_running_loop().create_task(_close_later(closing))
            self._closing.add(task)
            task.add_done_callback(self._closing.discard)

    async def aclose(self) -> None:
        """Close all of them and the local servers behind them. Never raises."""
        for task in self._closing:
            task.cancel()
        await asyncio.gather(*self._closing, return_exceptions=True)
        await self.memory.aclose()
        for pool_member in self._opened.values():
            await pool_member.client.aclose()
        await self._keys.aclose()
        await self._http.aclose()

    def _open(self, wanted: Wanted) -> PoolMember:
        block = wanted.block
        member = member_of(wanted.name, block, wanted.currency)
        if block.wire == MEMORY:
            return PoolMember(member, self.memory)
        client: ModelClient = self.client_of(wanted)
        if wire_of(block).name == EMBEDDED_WIRE:
            # Its server keeps what it has read; others do not, or do not let anybody know.
            # What a server elsewhere reads does not keep this machine busy.
            client = WarmClient(client, self._turns if block.wire == EMBEDDED else None)
        return PoolMember(member, client)

    def client_of(self, wanted: Wanted) -> HttpModelClient:
        """Return one more client for a member that is no memory; whoever gets it closes it."""
        block = wanted.block
        network = block.network or wanted.network
        reach = reach_for(privacy_of(block), wanted.local_only)
        way = Way(
            reach,
            ca_file=network.ca_file,
            client_certificate=network.client_certificate,
            client_key=network.client_key,
            proxy=network.proxy if reach is Reach.ANY else "",
        )
        options = RequestOptions(headers=block.headers, body=block.body, query=block.query)
        return HttpModelClient(
            self._source(block), wire_of(block), block.model, self._http, way=way, options=options
        )

    def readers(self, server: str) -> Iterator[WarmClient]:
        """Yield those that know what ``server`` has read; ``server_of`` names it."""
        for wanted, opened in self._opened.items():
            if isinstance(opened.client, WarmClient) and server_of(wanted.block) == server:
                yield opened.client

    def _source(self, block: MemberBlock) -> EndpointSource:
        if block.wire != EMBEDDED:
            return KeyedEndpoint(block.endpoint, self._keys.source_for(block.key, block.endpoint))
        return self._keepers.lease(weights_of(block.model), lambda: _keeper(block))


class KeyedEndpoint:
    """An address of the settings, with a key that is fetched when it is first needed."""

    def __init__(self, url: str, keys: KeySource) -> None:
        self._url = url
        self._keys = keys

    async def endpoint(self) -> Endpoint:
        """Return the endpoint. Raises ModelFailure (unreachable) without its key."""
        try:
            return Endpoint(self._url, await self._keys.key_for(self._url))
        except KeyUnavailable as error:
            # A keyring that is locked may be open at the next key.
            raise ModelFailure(Failure(FailureKind.UNREACHABLE, str(error))) from error

    def refused(self) -> None:
        """Fetch the key anew next time: the server did not take it."""
        self._keys.forget()

    async def aclose(self) -> None:
        """Nothing is held: the key is the settings', and serves others."""


async def _close_later(clients: list[ModelClient]) -> None:
    try:
        await asyncio.sleep(GRACE_S)
    finally:
        for client in clients:
            await client.aclose()


def member_of(name: str, block: MemberBlock, currency: str) -> Member:
    """Return what the deciding code has to know of a member."""
    price = Price(block.price.input, block.price.output, currency) if block.price else None
    if block.wire == MEMORY:
        return Member(
            name,
            family=MEMORY,
            maker=block.maker or MEMORY,
            prior=UNKNOWN_PRIOR if block.prior is None else block.prior,
            budget=MEMORY_BUDGET,
            calibrated=True,
        )
    known = catalogue().get(block.model) if block.wire == EMBEDDED else None
    known_prior = known.prior if known else prior_of(block.model)
    return Member(
        name=name,
        family=block.family or (known.family if known else _family(block)),
        maker=block.maker or (known.maker if known else maker_of(block.model)),
        prior=known_prior if block.prior is None else block.prior,
        privacy=privacy_of(block),
        budget=EMBEDDED_BUDGET if block.wire == EMBEDDED else PromptBudget(),
        obeys=block.wire in (EMBEDDED, EMBEDDED_WIRE),
        shares=block.shares,
        price=price,
    )


def privacy_of(block: MemberBlock) -> Privacy:
    """Return how far the member's machine is: what the user says, else what its address says."""
    return block.privacy or (Privacy.LOCAL if block.is_loopback else Privacy.CLOUD)


def weights_of(model: str) -> Path:
    """Return the path of an embedded model's weights: a catalogue name, or the user's own file."""
    if model in catalogue():
        return weights_path(model, data_folder())
    return Path(model).expanduser()


def with_installed(members: Mapping[str, MemberBlock]) -> dict[str, MemberBlock]:
    """Return ``members`` with the memory and the catalogue's models, that need no block of their own."""
    known = {name: MemberBlock(wire=EMBEDDED, model=name) for name in catalogue()}
    return {MEMORY: MemberBlock(wire=MEMORY), **known, **members}


def usual_names(settings: Settings) -> list[str]:
    """Return who is asked where the settings name no pool: the user's members, else what is installed."""
    # The catalogue names the fastest first: it is the first to read.
    return [*settings.members] or [MEMORY, *installed(data_folder())]


def wire_of(block: MemberBlock) -> Wire:
    """Return the dialect that a member is asked in; not for the memory."""
    return wires()[EMBEDDED_WIRE if block.wire == EMBEDDED else block.wire]


def server_of(block: MemberBlock) -> str:
    """Return what is the same for members of one server, that can read one prompt at a time."""
    return str(weights_of(block.model)) if block.wire == EMBEDDED else block.endpoint


def context_of(block: MemberBlock) -> int:
    """Return how many tokens a member takes, question and answer together; 0 where nobody knows."""
    if block.context or block.wire != EMBEDDED:
        return block.context
    known = catalogue().get(block.model)
    return known.context if known else KeeperOptions().context


def _keeper(block: MemberBlock) -> LlamaKeeper:
    """Return the keeper of an embedded model, with the options that the catalogue knows for it."""
    options = KeeperOptions(context=context_of(block))
    if known := catalogue().get(block.model):
        options = replace(options, swa_full=known.swa_full, cache_reuse=known.cache_reuse)
    return LlamaKeeper(weights_of(block.model), options)


def header_at(weights: Path) -> Header | None:
    """Return the header of ``weights``, None if there is none: the keeper says why, when it is asked."""
    try:
        found = weights.stat()
        return _header(weights, (found.st_ino, found.st_mtime_ns, found.st_size))
    except (HeaderError, OSError):
        return None


@lru_cache(MOST_HEADERS)
def _header(weights: Path, stamp: tuple[int, int, int]) -> Header:
    """Return the header of ``weights`` as it is at ``stamp``. Raises HeaderError or OSError."""
    return header_of(weights)


def _family(block: MemberBlock) -> str:
    """Return the family of a model that the catalogue does not know."""
    if block.wire != EMBEDDED:
        return default_family(block.wire, block.model)
    weights = weights_of(block.model)
    header = header_at(weights)
    if header is None:
        return family_for_weights(weights.stem, "", "").name
    names = f"{weights.stem} {header.name}"
    return family_for_weights(names, header.tokenizer, header.fill_in).name
