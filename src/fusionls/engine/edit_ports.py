"""What the engine needs from the outside for edits, as protocols."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol

from fusionls.core.editing.edit import Hunk
from fusionls.core.editing.orders import (
    Decision,
    EditOrder,
    Opened,
    PromptOrder,
    Reading,
    ReadOrder,
    Rebased,
    Style,
)
from fusionls.core.member import Member
from fusionls.core.prompt import RenderedPrompt
from fusionls.core.text import DocumentSnapshot
from fusionls.core.wish import Wish
from fusionls.engine.ports import ModelClient


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


class EditPoolSource(Protocol):
    """Knows who may be asked to edit files, and reads files that the person named."""

    def edit_pool_for(self, uris: Sequence[str], wish: Wish, language_id: str = "") -> EditPool:
        """Return who is asked to edit the files ``uris``, the one asked in first. Never raises.

        Whoever may not be shown one of them is not in it.
        """

    async def file_at(self, uri: str, *, must_exist: bool = True) -> DocumentSnapshot:
        """Return a file that is not open, with version -1; one that need not exist with an empty text.

        Raises NoFile for one that is outside the workspace folders, secret, ignored, no text or too long.
        """


class EditDesk(Protocol):
    """Where the answers for one request are read and fused. Raises DeskFailed where it cannot."""

    async def open(self, order: EditOrder) -> Opened:
        """Take the request."""

    async def prompt(self, order: PromptOrder) -> RenderedPrompt:
        """Return what a member is asked."""

    async def read(self, order: ReadOrder) -> Reading:
        """Take in an answer."""

    async def decide(self, within_ms: float) -> Decision:
        """Choose among what was read and merge it, in ``within_ms`` milliseconds if that can be."""

    async def judge_prompt(self, order: PromptOrder) -> RenderedPrompt | None:
        """Return what a judge is asked, None where there is nothing to judge."""

    async def rebase(self, hunks: Sequence[Hunk], now: Mapping[str, str]) -> Rebased:
        """Return ``hunks`` of the files as they were in the files as they are ``now``."""

    async def aclose(self) -> None:
        """Free what is held. Never raises."""


class EditDesks(Protocol):
    """Opens a desk for each request. Its methods never raise."""

    def desk(self) -> EditDesk:
        """Return a desk of its own. What takes long to start is started now, in the background."""

    async def aclose(self) -> None:
        """End all of them."""


class DeskFailed(Exception):
    """A desk could not do its work: its process ended, or did not answer in time. The message has no code."""
