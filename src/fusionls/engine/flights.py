"""Requests that members work on: the newest of each document and surface, and one that it outran.

A newer key does not end what the last one asked as long as the person may be typing its answer. The editor
is answered at once; what the members say is used for the newer key if it fits.
"""

import asyncio
import logging
from collections.abc import Callable, Coroutine
from dataclasses import dataclass, field
from typing import Any

from fusionls.core.answer_cache import Key, types_on
from fusionls.core.request import CompletionRequest
from fusionls.core.suggestion import Suggestion
from fusionls.engine.bugs import where_it_broke
from fusionls.engine.newest import Ticket
from fusionls.engine.remembering import key_of

log = logging.getLogger(__name__)

# Some editors cancel a request with every key and ask anew, at once or 50 ms later. After that and the grace
# of a client the connection is closed, all within a tenth of a second.
LET_GO_S = 0.06
# What is asked now and what it outran.
MOST_OF_A_DOCUMENT = 2


@dataclass(slots=True, eq=False)
class Flight:
    """One request that members work on. Who waits for its ``answer`` (``awaited``) is woken by it."""

    request: CompletionRequest
    began_s: float
    ticket: Ticket = field(default_factory=Ticket)
    awaited: bool = True
    task: asyncio.Task[Suggestion] = field(init=False)
    timer: asyncio.TimerHandle | None = None
    answer: Suggestion | None = None
    wake: Callable[[], None] = lambda: None

    def land(self, answer: Suggestion) -> None:
        """Hand the answer over; what is done with it else is done behind that."""
        self.answer = answer
        self.wake()

    def end(self) -> None:
        """Hang up on the members."""
        self.stay()
        self.ticket.supersede()

    def stay(self) -> None:
        """Go on, whatever was said before."""
        if self.timer is not None:
            self.timer.cancel()
            self.timer = None


class Flights:
    """What is in flight, at most two requests of a document."""

    def __init__(self) -> None:
        self._newest: dict[Key, Flight] = {}
        self._older: dict[str, Flight] = {}
        self._running: set[Flight] = set()
        self._began_s: dict[str, float] = {}

    def begin(
        self,
        request: CompletionRequest,
        work: Callable[[Flight], Coroutine[Any, Any, Suggestion]],
    ) -> Flight:
        """Begin ``work`` for the newest request; whoever gets it awaits its task."""
        now_s = asyncio.get_running_loop().time()
        flight = Flight(request, now_s)
        uri = request.document.uri
        if self.is_crowded(uri) and uri in self._older:
            self._older.pop(uri).end()
        self._newest[key_of(request)] = flight
        self._running.add(flight)
        self._began_s[uri] = now_s
        flight.task = asyncio.create_task(work(flight), name=f"complete {request.id}")
        flight.task.add_done_callback(lambda _: self._ended(flight))
        return flight

    def outrun(self, newer: CompletionRequest) -> None:
        """Take note of a newer request. What cannot fit it any more is ended."""
        uri = newer.document.uri
        older, last = self._older.pop(uri, None), self._newest.pop(key_of(newer), None)
        if last is not None:
            last.awaited = False
        # Of two that may fit, the one that was asked later knows more of what was typed.
        for flight in (last, older):
            if flight is None:
                continue
            if uri not in self._older and types_on(flight.request, newer):
                flight.stay()
                self._older[uri] = flight
            else:
                flight.end()

    def may_serve(self, request: CompletionRequest) -> bool:
        """Tell whether an older request is running whose answer the person may be typing."""
        return request.document.uri in self._older

    def let_go(self, request: CompletionRequest) -> None:
        """End what ran for ``request``, which was cancelled, unless a newer one takes it over soon."""
        flight = self._newest.get(key_of(request))
        if flight is not None and flight.request is request:
            flight.awaited = False
        loop = asyncio.get_running_loop()
        for one in self._of(request.document.uri):
            if not one.awaited and one.timer is None:
                one.timer = loop.call_later(LET_GO_S, one.end)

    def settle(self, uri: str) -> None:
        """A request of the document ``uri`` has its answer: end what nobody waits for."""
        for one in self._of(uri):
            if not one.awaited:
                one.end()

    def unasked_ms(self, uri: str) -> float | None:
        """Return for how long (ms) nothing was asked for a document, None if never."""
        began_s = self._began_s.get(uri)
        now_s = asyncio.get_running_loop().time()
        return None if began_s is None else (now_s - began_s) * 1000

    def is_running(self, uri: str) -> bool:
        """Tell whether members work on the document ``uri``."""
        return bool(self._of(uri))

    def is_crowded(self, uri: str) -> bool:
        """Tell whether as many requests of the document ``uri`` run as may."""
        return len(self._of(uri)) >= MOST_OF_A_DOCUMENT

    def end(self, chosen: Callable[[str], bool]) -> None:
        """End what runs in the documents whose URI is ``chosen``, and forget them."""
        for flight in list(self._running):
            if chosen(flight.request.document.uri):
                flight.end()
        for uri in [uri for uri in self._began_s if chosen(uri)]:
            del self._began_s[uri]

    async def aclose(self) -> None:
        """End everything. Never raises."""
        self.end(lambda _: True)
        if self._running:
            await asyncio.wait([flight.task for flight in self._running])

    def _of(self, uri: str) -> list[Flight]:
        return [flight for flight in self._running if flight.request.document.uri == uri]

    def _ended(self, flight: Flight) -> None:
        flight.stay()
        self._running.discard(flight)
        key = key_of(flight.request)
        if self._newest.get(key) is flight:
            del self._newest[key]
        if self._older.get(key[0]) is flight:
            del self._older[key[0]]
        if (
            not flight.task.cancelled()
            and not flight.awaited
            and (error := flight.task.exception())
        ):
            # Nobody waits for this one, who would tell.
            log.error("a request failed: %s", where_it_broke(error))
