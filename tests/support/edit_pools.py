"""Pools for edits whose members are scripted hosts, and one request to them in virtual time."""

import asyncio
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field

from fusionls.core.member import Caps, Member
from fusionls.core.refactoring import EditFile, EditSuggestion, RefactorRequest
from fusionls.core.text import DocumentSnapshot
from fusionls.core.trace import Trace
from fusionls.core.wish import NO_WISH, ReadWish, Wish
from fusionls.engine.deaf import Deaf
from fusionls.engine.edit_ports import EditDesks
from fusionls.engine.ports import EditMember, EditPool, Endpoint, Pool
from fusionls.engine.refactoring import EditEngine
from fusionls.engine.scopes import Scopes
from fusionls.engine.standings import Standings
from fusionls.providers.client import FixedEndpoint, HttpModelClient
from fusionls.providers.http import open_client
from fusionls.providers.wires import wires
from tests.support.scripted_transport import Script, ScriptedTransport
from tests.support.virtual_time import run_virtual

URI = "file:///w/a.py"


@dataclass(slots=True)
class EditPools(Deaf):
    """One pool for edits, for every file."""

    pool: EditPool
    transport: ScriptedTransport

    def pool_for(self, uri: str, wish: Wish = NO_WISH, language_id: str = "") -> Pool:
        return Pool((), Caps())

    def read_wish(self, block: object) -> ReadWish:
        return ReadWish(None)

    async def aclose(self) -> None:
        pass

    def edit_pool_for(
        self, uris: Sequence[str], wish: Wish = NO_WISH, language_id: str = ""
    ) -> EditPool:
        return self.pool


@dataclass(slots=True)
class Kept:
    """Keeps traces."""

    traces: list[Trace] = field(default_factory=list)

    def keep(self, trace: Trace) -> None:
        self.traces.append(trace)

    def close(self) -> None:
        pass


def edit_pools(
    scripts: Mapping[str, Script | list[Script]],
    members: Mapping[str, Member] | None = None,
    *,
    judge: str = "",
    **options: object,
) -> EditPools:
    """Return a pool with a member for each script; ``options`` are those of EditPool.

    ``judge`` names the one of them that is asked at the end only.
    """
    transport = ScriptedTransport(scripts)
    http = open_client(transport)
    found: dict[str, EditMember] = {}
    for name in scripts:
        endpoint = FixedEndpoint(Endpoint(f"http://{name}.test"))
        client = HttpModelClient(endpoint, wires()["openai"], name, http)
        member = (members or {}).get(name) or Member(name, maker=name, prior=0.5)
        found[name] = EditMember(member, client)
    asked = tuple(one for name, one in found.items() if name != judge)
    pool = EditPool(asked, judge=found.get(judge), **options)  # type: ignore[arg-type]  # by name
    return EditPools(pool, transport)


def request_for(
    text: str, instruction: str = "make it better", *, version: int = 1, id: str = "e1"
) -> RefactorRequest:
    """A request for all of one Python file."""
    file = EditFile("a.py", DocumentSnapshot(URI, "python", version, text))
    return RefactorRequest(id, (file,), 0, len(text), instruction)


@dataclass(slots=True)
class Asked:
    """What came of a request; ``seconds`` is how long it took."""

    suggestion: EditSuggestion
    transport: ScriptedTransport
    seconds: float
    told: list[str]
    standings: Standings
    kept: Kept

    @property
    def states(self) -> dict[str, str]:
        """How each answer ended, by name."""
        return {one.name: one.state for one in self.suggestion.trace.members}

    @property
    def why(self) -> dict[str, str]:
        """What is said of each answer, by name."""
        return {one.name: one.why for one in self.suggestion.trace.members}

    @property
    def verdicts(self) -> dict[str, str | None]:
        """The verdict on each answer, by name."""
        return {one.name: one.verdict for one in self.suggestion.trace.members}

    @property
    def texts(self) -> tuple[str, ...]:
        """What the hunks put in."""
        return tuple(hunk.text for hunk in self.suggestion.hunks)


def ask_for_edit(
    pools: EditPools,
    request: RefactorRequest,
    *,
    desks: EditDesks | None = None,
    now: Callable[[str], DocumentSnapshot | None] = lambda uri: None,
    chance: float = 1.0,
    standings: Standings | None = None,
    settle_s: float = 0.2,
) -> Asked:
    """Ask once in virtual time, and wait a moment for hang-ups to reach the other end."""
    known, told, kept = standings or Standings(), list[str](), Kept()

    async def both() -> tuple[EditSuggestion, float]:
        loop = asyncio.get_running_loop()
        engine = EditEngine(pools, known, Scopes(), desks, keeper=kept, chance=lambda: chance)
        began = loop.time()
        suggestion = await engine.refactor(request, told.append, now)
        took = loop.time() - began
        await asyncio.sleep(settle_s)
        await engine.aclose()
        return suggestion, took

    suggestion, seconds = run_virtual(both())
    return Asked(suggestion, pools.transport, seconds, told, known, kept)


def newer(text: str, version: int = 2) -> Callable[[str], DocumentSnapshot | None]:
    """The document as it is meanwhile."""
    document = DocumentSnapshot(URI, "python", version, text)
    return lambda uri: document if uri == URI else None
