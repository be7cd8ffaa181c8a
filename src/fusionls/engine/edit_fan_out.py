"""One task for each member of an edit, and how long they are waited for."""

import asyncio
from collections.abc import Callable, Sequence
from contextlib import suppress
from types import TracebackType
from typing import Self

from fusionls.core.edit_tracing import Heard
from fusionls.core.editing.waiting import Voice, asks_on, waiting_stops
from fusionls.core.trace import MemberTrace
from fusionls.engine.edit_proposing import Proposing
from fusionls.engine.edit_round import Round
from fusionls.engine.ports import EditMember

Adopt = Callable[[asyncio.Task[None]], None]


def seen(task: asyncio.Task[None]) -> None:
    """Take note of how ``task`` ended: a key that interrupts all has been told of already."""
    if not task.cancelled():
        task.exception()


class EditFanOut:
    """Asks ``members`` for edits. Leaving the block hangs up on whoever has not ended, at the socket.

    ``report`` is told how far they are, in a sentence; ``adopt`` takes tasks that are still closing when
    the block is left, and awaits them.
    """

    def __init__(
        self,
        members: Sequence[EditMember],
        round_: Round,
        budget_ms: float,
        report: Callable[[str], None],
        adopt: Adopt,
    ) -> None:
        self._round = round_
        self._budget_ms = budget_ms
        self._report = report
        self._adopt = adopt
        self._moved = asyncio.Event()
        self._told = ""
        self._proposing = [Proposing(member, round_) for member in members]
        self._tasks: dict[str, asyncio.Task[None]] = {}
        self._paid = {one.member.name for one in members if one.member.price is not None}
        round_.moved = self._moved.set
        round_.asks_on = self._asks_on

    async def __aenter__(self) -> Self:
        for one in self._proposing:
            task = asyncio.create_task(one.run(), name=f"edit {one.name}")
            task.add_done_callback(seen)
            self._tasks[one.name] = task
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        for one in self._proposing:
            one.hang_up()
        for task in self._tasks.values():
            if not task.done():
                task.cancel()
                self._adopt(task)

    @property
    def heard(self) -> tuple[Heard, ...]:
        """What came of each member, in the order of the pool."""
        return tuple(heard for one in self._proposing for heard in one.heard)

    @property
    def ends(self) -> list[MemberTrace]:
        """How each member's last answer ended."""
        return [
            MemberTrace(one.name, one.heard[-1].reply.state.value)
            for one in self._proposing
            if one.heard
        ]

    @property
    def voices(self) -> list[Voice]:
        """The members, for who decides about waiting."""
        return [one.voice for one in self._proposing]

    async def waited(self) -> str:
        """Wait until no more answers are worth it, and return why. Never longer than the budget."""
        while True:
            self._moved.clear()
            self._tell()
            stop = waiting_stops(self.voices, self._round.now_ms(), self._budget_ms)
            left_s = (stop.at_ms - self._round.now_ms()) / 1000
            if left_s <= 0:
                return stop.why
            with suppress(TimeoutError):
                async with asyncio.timeout(left_s):
                    await self._moved.wait()

    async def hang_up(self, reading_ms: float) -> None:
        """Ask for no more; answers that are whole are read to the end, for ``reading_ms`` at most."""
        reading = set[asyncio.Task[None]]()
        for one in self._proposing:
            task = self._tasks[one.name]
            one.hang_up()
            if one.reads:
                reading.add(task)
            else:
                task.cancel()
        if reading:
            await asyncio.wait(reading, timeout=reading_ms / 1000)

    def _asks_on(self, name: str) -> bool:
        return asks_on(self.voices, name, paid=name in self._paid)

    def _tell(self) -> None:
        asked = [one for one in self._proposing if not one.was_skipped]
        answered = sum(any(heard.reading for heard in one.heard) for one in asked)
        fit = sum(bool(one.voice.given) for one in asked)
        said = f"{answered} of {len(asked)} have answered, {fit} {'fits' if fit == 1 else 'fit'}"
        if asked and said != self._told:
            self._told = said
            self._report(said)
