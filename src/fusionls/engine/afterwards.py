"""Members that are let run on when an answer was given: to learn from, and for the next key's sake.

What they say changes nothing that is on the screen. One straggler, or in an exploration everybody, runs to
its end, for a bounded time; a newer request of the document ends that early.
"""

import asyncio
import logging
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

from fusionls.core.candidate import Candidate
from fusionls.core.choice import Choice
from fusionls.core.further import is_sound
from fusionls.core.request import CompletionRequest
from fusionls.core.suggestion import Offer
from fusionls.core.trace import Trace
from fusionls.engine.answers import Answers
from fusionls.engine.bugs import where_it_broke
from fusionls.engine.ports import Pool

log = logging.getLogger(__name__)

# Who has not ended by then hangs: the slowest answer of a hosted model that was recorded took 9 s.
LONGEST_S = 10.0
# One that is running, and one that is let run on: more than two requests of a document are a flood.
MOST_OF_A_DOCUMENT = 1
# A request's task wakes in one turn of the loop; its members' tasks are cancelled in the next, and end then.
TURNS_TO_HANG_UP = 4


@dataclass(frozen=True, slots=True, eq=False)
class Rest:
    """A request that was answered, of which somebody still runs.

    ``stopped`` is when waiting ended (milliseconds since the request) and why, ``came`` whose answers had
    been read by then.
    """

    request: CompletionRequest
    pool: Pool
    answers: Answers
    choice: Choice
    stopped: tuple[float, str]
    came: frozenset[str]
    choose: Callable[[Sequence[Candidate]], Choice]
    tell: Callable[[Choice, Sequence[Candidate], tuple[float, str]], Trace]

    async def run(self) -> None:
        """Read what comes until everybody has ended."""
        fan_out = self.answers.fan_out
        try:
            async with asyncio.timeout(LONGEST_S):
                await fan_out.ask_the_rest()
                while fan_out.running_ms:
                    reply = await fan_out.next_reply(LONGEST_S)
                    if reply is not None:
                        self.answers.read(reply)
        except TimeoutError:
            pass
        finally:
            fan_out.hang_up()

    def trace(self) -> Trace:
        """Return the trace of the request with what came late."""
        candidates = self.answers.candidates()
        told = self.tell(self.choice, candidates, self.stopped)
        if not told.explored:
            return told
        whole = self.choose(candidates)
        return replace(told, whole=(whole.key, whole.p) if whole.key else None)

    def late_offers(self) -> tuple[Offer, ...]:
        """Return what those said who came late, where the gate calls it sound."""
        return tuple(
            Offer(candidate.text, (candidate.member.name,), candidate.key)
            for candidate in self.answers.candidates()
            if candidate.key and candidate.reply.member not in self.came and is_sound(candidate)
        )

    def leave(self) -> None:
        """Hang up on everybody: the document was closed."""
        self.answers.fan_out.hang_up()

    def leave_local(self) -> None:
        """Hang up on members of this machine: a newer request needs it."""
        self.answers.fan_out.hang_up_local()


class Afterwards:
    """Lets members run on, and says when they have ended."""

    def __init__(self, ended: Callable[[Rest], None]) -> None:
        self._ended = ended
        self._running: dict[asyncio.Task[None], Rest] = {}

    def take(self, rest: Rest) -> None:
        """Let those who stay in ``rest`` run on; the oldest of its document give way."""
        task = asyncio.create_task(self._run(rest), name="afterwards")
        self._running[task] = rest
        uri = rest.request.document.uri
        of_it = [t for t, one in self._running.items() if one.request.document.uri == uri]
        for older in of_it[:-MOST_OF_A_DOCUMENT]:
            older.cancel()

    def make_room(self) -> None:
        """Leave this machine's members to a newer request, which may take up what they are saying."""
        for rest in self._running.values():
            rest.leave_local()

    def end(self, chosen: Callable[[str], bool]) -> None:
        """End what runs on in the documents whose URI is ``chosen``."""
        for task, rest in list(self._running.items()):
            if chosen(rest.request.document.uri):
                task.cancel()

    async def end_now(self, uri: str) -> None:
        """End what runs on in the document ``uri``, and return once members were hung up on.

        That holds for whatever was ended just now, too.
        """
        self.end(lambda one: one == uri)
        for _ in range(TURNS_TO_HANG_UP):
            await asyncio.sleep(0)

    async def aclose(self) -> None:
        """End all of it. Never raises."""
        self.end(lambda uri: True)
        if self._running:
            await asyncio.wait(list(self._running))

    async def _run(self, rest: Rest) -> None:
        task = asyncio.current_task()
        try:
            await rest.run()
        except Exception as error:
            # A bug in reading one late answer must not end the server.
            log.error("reading a late answer failed: %s", where_it_broke(error))
        finally:
            if task is not None:
                self._running.pop(task, None)
            self._ended(rest)
