"""What the engine needs to read and fuse edits, as protocols."""

from collections.abc import Mapping, Sequence
from typing import Protocol

from fusionls.core.editing.edit import Hunk
from fusionls.core.editing.formats import FormAnswer
from fusionls.core.editing.orders import (
    Decision,
    EditOrder,
    Opened,
    PromptOrder,
    Reading,
    ReadOrder,
    Rebased,
)
from fusionls.core.prompt import RenderedPrompt


class EditDesk(Protocol):
    """Where the answers for one request are read and fused. Raises DeskFailed where it cannot."""

    async def open(self, order: EditOrder) -> Opened:
        """Take the request."""

    async def prompt(self, order: PromptOrder) -> RenderedPrompt | str:
        """Return what a member is asked, or why it cannot be, in a sentence for people."""

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


class FormStore(Protocol):
    """Keeps how members answered, for the next session and other servers of the person."""

    def keep_answer(self, answer: FormAnswer, project: str) -> None:
        """Keep ``answer``. Returns at once and never raises.

        ``project`` is the folder that the person may want to have forgotten.
        """

    async def answers(self, newest: int) -> list[FormAnswer]:
        """Return the ``newest`` of each member and format, oldest first; none if that fails. Never raises."""


class DeskFailed(Exception):
    """A desk could not do its work: its process ended, or did not answer in time. The message has no code."""
