"""What the engine needs from the outside, as protocols."""

import asyncio
from collections.abc import AsyncGenerator, Sequence
from dataclasses import dataclass, field, replace
from typing import Protocol

from fusionls.core.editing.orders import Style
from fusionls.core.feedback import FeedbackEvent
from fusionls.core.kept_in import Keep
from fusionls.core.member import Caps, Member
from fusionls.core.panel import Panel
from fusionls.core.prompt import RenderedPrompt
from fusionls.core.reply import Chunk, Failure
from fusionls.core.stopping.problem import Problem
from fusionls.core.stopping.table import CutoffTable
from fusionls.core.text import DocumentSnapshot
from fusionls.core.trace import Trace
from fusionls.core.weights import SHIPPED, Weights
from fusionls.core.wish import SWITCHED_OFF, ReadWish, Wish


class ModelFailure(Exception):
    """A member could not answer. The only exception that a ModelClient may raise."""

    def __init__(self, failure: Failure) -> None:
        super().__init__(f"{failure.kind.value}: {failure.message}")
        self.failure = failure


@dataclass(frozen=True, slots=True)
class Endpoint:
    """Where a model's server is reached. ``key`` goes only to this origin and is never printed."""

    url: str
    key: str = field(default="", repr=False)


class EndpointSource(Protocol):
    """Knows where a model's server is, starting it if need be."""

    async def endpoint(self) -> Endpoint:
        """Return the endpoint, waiting until it is ready. Raises ModelFailure."""

    async def aclose(self) -> None:
        """Free what is held. Never raises."""


class ModelClient(Protocol):
    """The way to one model. Closing the iterator closes the connection."""

    def stream(self, prompt: RenderedPrompt) -> AsyncGenerator[Chunk, None]:
        """Yield the answer to ``prompt`` piece by piece. Raises ModelFailure and nothing else."""

    def expected_ms(self, prompt: RenderedPrompt) -> float | None:
        """Return when the answer may begin (ms from now), None if that is not known."""

    async def warm(self, prompt: RenderedPrompt) -> None:
        """Have the server read ``prompt`` if that makes the next answer faster. Never raises.

        Returns when it was read. A newer prompt takes the place of one that waits to be read.
        """

    async def prepare(self) -> None:
        """Make ready what takes long: start a process, open a connection. Raises ModelFailure."""

    async def aclose(self) -> None:
        """Free what is held. Never raises."""


@dataclass(frozen=True, slots=True)
class PoolMember:
    """A member and the way to it."""

    member: Member
    client: ModelClient


@dataclass(frozen=True, slots=True)
class Pool:
    """The members asked for a document, in the order of the settings, and the hard caps.

    ``off`` says why nobody is to be asked at all, empty if the pool serves. ``generation`` changes when
    the settings do. What is shown while somebody types is right with at least the chance ``threshold``
    (0 to 1), None for the usual one. ``weights`` say how answers are scored.
    ``debounce`` says that a key's request may wait for the next key.
    """

    members: tuple[PoolMember, ...]
    caps: Caps
    off: str = ""
    generation: int = 0
    threshold: float | None = 0.0
    weights: Weights = SHIPPED
    debounce: bool = True

    def within(self, wish: Wish) -> "Pool":
        """Return the pool within the caps of ``wish``, or switched off. Its members are the same."""
        caps = Caps(
            min(self.caps.automatic_ms, wish.automatic_ms or self.caps.automatic_ms),
            min(self.caps.manual_ms, wish.manual_ms or self.caps.manual_ms),
        )
        return replace(self, caps=caps, off=self.off if wish.enabled else SWITCHED_OFF)


@dataclass(frozen=True, slots=True)
class EditMember:
    """A member that can be asked for edits, and the way to it.

    ``tokens`` is how much its model takes, question and answer together, 0 where that is not known.
    ``cannot`` says why it cannot be asked for edits at all, "" where it can. ``member.prior`` is its prior
    for edits.
    """

    member: Member
    client: ModelClient
    style: Style = Style.CHAT
    tokens: int = 0
    special_tokens: tuple[str, ...] = ()
    cannot: str = ""


@dataclass(frozen=True, slots=True)
class EditPool:
    """Who is asked for edits of some files, and for how long (milliseconds) at most.

    ``samples`` is how many answers a member is asked for, ``judge`` who compares them at the end, None for
    nobody. ``off`` says why nobody is to be asked, "" if somebody is.
    """

    members: tuple[EditMember, ...]
    budget_ms: float = 20_000.0
    samples: int = 3
    judge: EditMember | None = None
    off: str = ""
    generation: int = 0


class NoFile(Exception):
    """A file that cannot be had. The message says why, in a sentence for people."""


class Listener(Protocol):
    """Hears what happens to documents and files. All methods return at once and never raise."""

    def document_changed(self, snapshot: DocumentSnapshot) -> None:
        """Take the newest version of an open document; the first one is that it was opened with."""

    def document_closed(self, uri: str) -> None:
        """Note that the document ``uri`` is not open any more."""

    def folders_changed(self, folders: tuple[str, ...]) -> None:
        """Take the URIs of the workspace folders that are open now."""

    def files_changed(self, uris: tuple[str, ...]) -> None:
        """Note that files or folders came, changed or went on disk."""


class BackgroundReading(Protocol):
    """A folder that is being read. ``files`` is how many were read so far, ``stopped`` says why not all."""

    folder: str
    files: int
    stopped: str
    task: asyncio.Task[None]

    def stop(self) -> None:
        """Read no more; what was read so far is kept."""


class TraceKeeper(Protocol):
    """Keeps the traces of suggestions for later questions. Its methods return at once and never raise."""

    def keep(self, trace: Trace) -> None:
        """Keep the trace of a suggestion that was made."""

    def close(self) -> None:
        """Keep nothing more."""


class LearnedStore(Protocol):
    """Keeps what was learned from requests, for the next session and other servers of the person."""

    def keep(self, pool: str, project: str, panel: Panel) -> None:
        """Keep a panel of the pool ``pool``. Returns at once and never raises.

        ``project`` is the folder that the person may want to have forgotten.
        """

    async def panels(self, pool: str, newest: int = 1000) -> list[Panel]:
        """Return the ``newest`` panels of ``pool``, oldest first; none if that fails. Never raises."""

    def close(self) -> None:
        """Write what is left, within a second, and keep nothing more. Never raises."""


class Solver(Protocol):
    """Works out when to stop waiting, without holding up the event loop."""

    async def solve(self, problem: Problem) -> CutoffTable | None:
        """Return the table for ``problem``, None if there will be none. Raises nothing of its own."""

    async def aclose(self) -> None:
        """End what runs, and solve nothing more. Never raises."""


class TraceRecorder(TraceKeeper, Protocol):
    """Records traces, and what became of what was suggested."""

    def judge(self, event: FeedbackEvent) -> None:
        """Record what the person did with a suggestion."""


class PoolSource(Listener, Protocol):
    """Knows which pool serves a document, and passes on what happens to documents."""

    @property
    def reading(self) -> tuple[BackgroundReading, ...]:
        """The folders that are being read in the background."""

    def pool_for(self, uri: str, wish: Wish, language_id: str = "") -> Pool:
        """Return the pool for the document ``uri``, within ``wish``. Never raises.

        Its members may be none. ``language_id`` is the editor's, empty if it is not known.
        """

    def edit_pool_for(self, uris: Sequence[str], wish: Wish, language_id: str = "") -> EditPool:
        """Return who is asked to edit the files ``uris``, the one asked in first. Never raises.

        Whoever may not be shown one of them is not in it. ``language_id`` is the first one's.
        """

    async def file_at(self, uri: str, *, must_exist: bool = True) -> DocumentSnapshot:
        """Return a file that is not open, with version -1; one that need not exist with an empty text.

        Raises NoFile for one that is outside the workspace folders, secret, ignored, no text or too long.
        """

    def keep_of(self, uri: str, wish: Wish) -> Keep:
        """Return to whom the open document ``uri`` may be shown beside another one. Never raises."""

    def news(self) -> tuple[str, ...]:
        """Return what the person has to know of their settings, in sentences, each of them once."""

    @property
    def reads_files(self) -> bool:
        """Whether folders were read, so that changes in them are of use."""

    def read_wish(self, block: object) -> ReadWish:
        """Return what can be used of settings that came from an editor. Never raises."""

    async def aclose(self) -> None:
        """Close every member. Never raises."""
