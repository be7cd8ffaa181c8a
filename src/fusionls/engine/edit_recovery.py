"""A desk that outlives an answer that nobody can read.

What one model wrote may take down the process that reads it. It costs that model its answer, and nobody else
theirs: a fresh desk is opened, and reads what was read before.
"""

import asyncio
from collections.abc import Awaitable, Callable, Mapping, Sequence
from typing import TypeVar

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
from fusionls.engine.edit_ports import DeskFailed, EditDesk, EditDesks

T = TypeVar("T")

# Every fresh desk reads everything again; more than two harmful answers are no accident any more.
MOST_FRESH = 2


class SteadyDesk:
    """A desk of ``desks``, and a fresh one where it fails. Raises DeskFailed where that does not help.

    One thing is done at a time, so that it is known which answer is to blame.
    """

    def __init__(self, desks: EditDesks) -> None:
        self._desks = desks
        self._desk: EditDesk = desks.desk()
        self._order: EditOrder | None = None
        self._taken: list[ReadOrder] = []
        self._turn = asyncio.Lock()
        self._sound = True
        self._fresh = MOST_FRESH

    async def open(self, order: EditOrder) -> Opened:
        """Take the request."""
        self._order = order
        return await self._do(lambda desk: desk.open(order))

    async def prompt(self, order: PromptOrder) -> RenderedPrompt | str:
        """Return what a member is asked, or why it cannot be."""
        return await self._do(lambda desk: desk.prompt(order))

    async def read(self, order: ReadOrder) -> Reading:
        """Take in an answer. One that takes the desk down is no edit."""
        try:
            reading = await self._do(lambda desk: desk.read(order))
        except DeskFailed as error:
            if not self._fresh:
                raise
            why = (str(error),)
            return Reading(order.member, order.sample, False, why=why, weight=order.weight)
        self._taken.append(order)
        return reading

    async def decide(self, within_ms: float) -> Decision:
        """Choose among what was read and merge it."""
        return await self._do(lambda desk: desk.decide(within_ms))

    async def judge_prompt(self, order: PromptOrder) -> RenderedPrompt | None:
        """Return what a judge is asked, None where there is nothing to judge."""
        return await self._do(lambda desk: desk.judge_prompt(order))

    async def rebase(self, hunks: Sequence[Hunk], now: Mapping[str, str]) -> Rebased:
        """Return ``hunks`` of the files as they were in the files as they are ``now``."""
        return await self._do(lambda desk: desk.rebase(hunks, now))

    async def aclose(self) -> None:
        """Free what is held. Never raises."""
        await self._desk.aclose()

    async def _do(self, call: Callable[[EditDesk], Awaitable[T]]) -> T:
        async with self._turn:
            if not self._sound:
                await self._begin_anew()
            try:
                return await call(self._desk)
            except DeskFailed:
                self._sound = False
                raise

    async def _begin_anew(self) -> None:
        """Read all that was read at a fresh desk. Who is cancelled leaves that to the next one."""
        if not self._fresh or self._order is None:
            raise DeskFailed("too many answers could not be read")
        self._fresh -= 1
        await self._desk.aclose()
        self._desk = self._desks.desk()
        await self._desk.open(self._order)
        for order in self._taken:
            await self._desk.read(order)
        self._sound = True
