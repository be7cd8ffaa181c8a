"""A desk inside of this process, for where it cannot have its own: a parser that hangs holds all up."""

from collections.abc import Mapping, Sequence

from fusionls.core.editing.desk import Desk
from fusionls.core.editing.edit import Hunk
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


class InlineDesk:
    """A ``Desk`` as the engine asks it. Never raises DeskFailed."""

    def __init__(self) -> None:
        self._desk = Desk()

    async def open(self, order: EditOrder) -> Opened:
        """Take the request."""
        return self._desk.open(order)

    async def prompt(self, order: PromptOrder) -> RenderedPrompt | str:
        """Return what a member is asked, or why it cannot be."""
        return self._desk.prompt(order)

    async def read(self, order: ReadOrder) -> Reading:
        """Take in an answer."""
        return self._desk.read(order)

    async def decide(self, within_ms: float) -> Decision:
        """Choose among what was read and merge it."""
        return self._desk.decide(within_ms)

    async def judge_prompt(self, order: PromptOrder) -> RenderedPrompt | None:
        """Return what a judge is asked, None where there is nothing to judge."""
        return self._desk.judge_prompt(order)

    async def rebase(self, hunks: Sequence[Hunk], now: Mapping[str, str]) -> Rebased:
        """Return ``hunks`` in the files as they are ``now``."""
        return self._desk.rebase(hunks, now)

    async def aclose(self) -> None:
        """Free what is held: nothing."""


class InlineDesks:
    """Desks inside of this process."""

    def desk(self) -> InlineDesk:
        """Return a desk of its own."""
        return InlineDesk()

    async def aclose(self) -> None:
        """End all of them: nothing runs."""
