"""A desk whose answers say themselves what they are worth, so that a test of who is asked needs no code.

"edit NAME" passes and is of the class NAME, "doubt NAME" passes with a doubt, "fails NAME" does not pass;
anything else is no edit.
"""

import asyncio
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from fusionls.core.editing.edit import Hunk
from fusionls.core.editing.orders import (
    Decision,
    EditClass,
    EditOrder,
    Opened,
    PromptOrder,
    Reading,
    ReadOrder,
    Rebased,
)
from fusionls.core.prompt import ChatMessage, RenderedPrompt
from fusionls.engine.edit_ports import DeskFailed

PASSING = ("edit", "doubt")


@dataclass(slots=True, eq=False)
class FakeDesk:
    """``fails`` names what raises DeskFailed, ``takes_s`` how long things take (seconds).

    ``poison`` is an answer that nobody can read. ``open_says`` refuses.
    """

    fails: frozenset[str] = frozenset()
    takes_s: Mapping[str, float] = field(default_factory=dict)
    poison: str = ""
    open_says: str = ""
    prompts: list[PromptOrder] = field(default_factory=list)
    reads: list[ReadOrder] = field(default_factory=list)
    readings: list[Reading] = field(default_factory=list)
    order: EditOrder | None = None
    closed: bool = False

    async def _work(self, name: str) -> None:
        if seconds := self.takes_s.get(name, 0.0):
            await asyncio.sleep(seconds)
        if name in self.fails:
            raise DeskFailed("the process that reads answers ended")

    async def open(self, order: EditOrder) -> Opened:
        await self._work("open")
        self.order = order
        return Opened("Make it better", "python", refusal=self.open_says)

    async def prompt(self, order: PromptOrder) -> RenderedPrompt | str:
        await self._work("prompt")
        self.prompts.append(order)
        return _prompt(f"sample {order.sample}, share {order.share}")

    async def read(self, order: ReadOrder) -> Reading:
        await self._work("read")
        if self.poison and self.poison in order.text:
            raise DeskFailed("the process that reads answers ended")
        self.reads.append(order)
        reading = read(order)
        self.readings.append(reading)
        return reading

    async def decide(self, within_ms: float) -> Decision:
        await self._work("decide")
        assert self.order is not None
        classes: dict[str, list[tuple[str, int]]] = defaultdict(list)
        for one in sorted(self.readings, key=lambda one: (one.member, one.sample)):
            if one.passes:
                classes[one.klass].append((one.member, one.sample))
        if not classes:
            return Decision((), why="no edit passes the gate")
        best = sorted(classes, key=lambda klass: (-len({m for m, _ in classes[klass]}), klass))
        listed = tuple(
            EditClass(k, tuple(classes[k]), float(len(classes[k])), k == best[0]) for k in best
        )
        name = self.order.first
        members = tuple(dict.fromkeys(member for member, _ in classes[best[0]]))
        hunk = Hunk(name, 0, len(self.order.files[name]), best[0], members, len(members) == 1)
        why = "most members want it"
        return Decision((hunk,), why=why, chosen=classes[best[0]][0], classes=listed)

    async def judge_prompt(self, order: PromptOrder) -> RenderedPrompt | None:
        await self._work("judge_prompt")
        return _prompt("compare them")

    async def rebase(self, hunks: Sequence[Hunk], now: Mapping[str, str]) -> Rebased:
        await self._work("rebase")
        assert self.order is not None
        old = self.order.files[self.order.first]
        found = now[self.order.first].find(old)
        if found < 0:
            return Rebased((), "the lines that it changes were changed meanwhile")
        moved = [Hunk(h.file, h.start + found, h.end + found, h.text, h.members) for h in hunks]
        return Rebased(tuple(moved))

    async def aclose(self) -> None:
        self.closed = True


def read(order: ReadOrder) -> Reading:
    """Return what an answer says that it is worth."""
    verdict, _, klass = order.text.strip().partition(" ")
    doubts = ("it lacks a name that was asked for",) if verdict == "doubt" else ()
    if verdict not in (*PASSING, "fails"):
        why = ("there is no code in it",)
        return Reading(order.member, order.sample, False, why=why, weight=order.weight)
    passes = verdict in PASSING
    broken = () if passes else ("it changes nothing",)
    return Reading(order.member, order.sample, passes, klass, broken, doubts, "", order.weight)


@dataclass(slots=True, eq=False)
class FakeDesks:
    """Gives out ``waiting`` one after the other, and then ordinary ones."""

    waiting: list[FakeDesk] = field(default_factory=list)
    given: list[FakeDesk] = field(default_factory=list)
    closed: bool = False

    def desk(self) -> FakeDesk:
        desk = self.waiting.pop(0) if self.waiting else FakeDesk()
        self.given.append(desk)
        return desk

    async def aclose(self) -> None:
        self.closed = True


def _prompt(text: str) -> RenderedPrompt:
    message = ChatMessage("user", text)
    return RenderedPrompt(messages=(message,), max_tokens=500, edits=True)
