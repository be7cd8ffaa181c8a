"""How a request waits for its answer: for the next key first, then for its members or for older ones."""

import asyncio
from collections.abc import Callable, Coroutine, Hashable
from typing import Any

from fusionls.core.cutoff import CLOCK_GRAIN_MS, waiting_ends_ms
from fusionls.core.debounce import DecisionTimes, Hand, wait_ms
from fusionls.core.request import CompletionRequest, Trigger
from fusionls.core.suggestion import Suggestion
from fusionls.core.typing_pace import TypingPace
from fusionls.engine.flights import Flight, Flights
from fusionls.engine.newest import Ticket
from fusionls.engine.ports import Pool
from fusionls.engine.remembering import Remembering, pool_key_of
from fusionls.engine.stopwatch import Stopwatch

# Settings may change all day; how fast a pool was an hour ago is of little use.
POOLS_KEPT = 64
# Most decisions take less than so many times the median.
USUALLY_ENOUGH = 1.5


class Awaiting:
    """Has requests wait, and knows how long each pool takes to decide."""

    def __init__(self, remembering: Remembering, flights: Flights) -> None:
        self._remembering = remembering
        self._flights = flights
        self._speeds: dict[Hashable, DecisionTimes] = {}

    def due_ms(self, request: CompletionRequest, pool: Pool, pace: TypingPace) -> float:
        """Return when (ms since it was read) to send ``request``, unless a newer key comes before."""
        if request.trigger is Trigger.MANUAL or not pool.debounce:
            return 0.0
        unasked_ms = self._flights.unasked_ms(request.document.uri)
        hand = Hand(self._remembering.rhythm, pace.next_key_ms, unasked_ms)
        usual_ms = self._speeds.get(pool_key_of(pool), DecisionTimes()).usual_ms
        due_ms = wait_ms(hand, usual_ms, pool.caps.automatic_ms)
        if usual_ms is None or not self._flights.may_serve(request):
            return due_ms
        # What is being said may be what the person types: it is waited for while there is time to ask anew.
        latest_ms = waiting_ends_ms(pool.caps.automatic_ms) - USUALLY_ENOUGH * usual_ms
        return max(due_ms, latest_ms)

    def took(self, request: CompletionRequest, pool: Pool, took_ms: float) -> None:
        """Learn that ``pool`` took so long (ms) to decide."""
        if request.trigger is Trigger.MANUAL:
            return
        key = pool_key_of(pool)
        if key not in self._speeds and len(self._speeds) >= POOLS_KEPT:
            self._speeds.pop(next(iter(self._speeds)))
        self._speeds[key] = self._speeds.get(key, DecisionTimes()).after(took_ms)

    async def answer(
        self,
        request: CompletionRequest,
        ticket: Ticket,
        due: tuple[float, Stopwatch],
        settled: Callable[[], Suggestion | None],
        work: Callable[[Flight], Coroutine[Any, Any, Suggestion]],
    ) -> Suggestion | None:
        """Return what ``work`` brings, None if a newer request took the place of this one.

        It begins when it is ``due`` (ms on that stopwatch). If what an older request brings is the answer,
        as ``settled`` tells, that comes first, and what this one asked is ended.
        """
        news = asyncio.Event()
        ticket.wake = news.set
        with self._remembering.heard(request, news.set):
            try:
                known = await self._waited(ticket, news, due, settled)
                if known is not None or ticket.superseded:
                    return known
                return await self._flown(self._flights.begin(request, work), ticket, news, settled)
            except asyncio.CancelledError:
                self._flights.let_go(request)
                raise

    async def _waited(
        self,
        ticket: Ticket,
        news: asyncio.Event,
        due: tuple[float, Stopwatch],
        settled: Callable[[], Suggestion | None],
    ) -> Suggestion | None:
        """Wait until the request is due; return its answer if that is known before."""
        due_ms, stopwatch = due
        while not ticket.superseded and due_ms - stopwatch.now_ms() > CLOCK_GRAIN_MS:
            heard = await _heard(news, (due_ms - stopwatch.now_ms()) / 1000)
            if heard and not ticket.superseded:
                # If what ran is not the answer, members that are still at it may go on for this request.
                return settled()
        return None

    async def _flown(
        self,
        flight: Flight,
        ticket: Ticket,
        news: asyncio.Event,
        settled: Callable[[], Suggestion | None],
    ) -> Suggestion | None:
        """Wait for the answer of the members, or of an older request."""
        flight.wake = news.set
        flight.task.add_done_callback(lambda _: news.set())
        while flight.answer is None and not flight.task.done():
            await news.wait()
            news.clear()
            if ticket.superseded:
                return None
            if flight.answer is not None:
                break
            if not flight.task.done() and (known := settled()) is not None:
                flight.end()
                return known
        return flight.answer or flight.task.result()


async def _heard(news: asyncio.Event, timeout_s: float) -> bool:
    try:
        async with asyncio.timeout(timeout_s):
            await news.wait()
            news.clear()
            return True
    except TimeoutError:
        return False
