"""The state file as a server uses it: nothing here waits for the disk, and nothing raises."""

import asyncio
import logging
import threading
import time
from collections import deque
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import TypeVar

from fusionls.core.editing.formats import FormAnswer
from fusionls.core.panel import Panel
from fusionls.engine.beside import beside
from fusionls.engine.bugs import where_it_broke
from fusionls.state.edit_answers import AnswerSeen
from fusionls.state.ledger import Ledger, Observation
from fusionls.state.opening import StateTrouble

log = logging.getLogger(__name__)

# Written behind the answers' backs, several at a time.
WRITTEN_AFTER_S = 0.7
# More than a minute of the fastest typing; what the disk does not take by then is lost, the oldest first.
MOST_WAITING = 1_000
# A disk that is full or a file that is held is tried again so much later.
AGAIN_AFTER_S = 60.0
# What is left is written within this, or not at all: an editor waits for the end of its server.
CLOSED_WITHIN_S = 1.0
# A disk that does not answer by then is asleep or gone; nobody learns from it in this session.
READ_WITHIN_S = 10.0

T = TypeVar("T")


class StateFile:
    """What the servers of a user have learned, in ``file``, which need not exist. No method raises.

    Nothing is imported, opened or started before the first use.
    """

    def __init__(self, file: Path) -> None:
        self._file = file
        self._waiting: deque[Observation | AnswerSeen] = deque(maxlen=MOST_WAITING)
        self._news = threading.Event()
        self._closing = threading.Event()
        self._writer: threading.Thread | None = None
        self._said = ""
        self._again_at_s = 0.0

    def keep(self, pool: str, project: str, panel: Panel) -> None:
        """Keep ``panel`` of the pool and project; it is on the disk within a second."""
        self._take(Observation(pool, project, time.time(), panel))

    def keep_answer(self, answer: FormAnswer, project: str) -> None:
        """Keep how a member answered an edit in ``project``; it is on the disk within a second."""
        self._take(AnswerSeen(project, time.time(), answer))

    def _take(self, seen: Observation | AnswerSeen) -> None:
        if self._closing.is_set():
            return
        self._waiting.append(seen)
        if self._writer is None:
            self._writer = threading.Thread(
                target=self._write_on, name="fusionls-state", daemon=True
            )
            self._writer.start()
        self._news.set()

    async def panels(self, pool: str, newest: int = 1000) -> list[Panel]:
        """Return the ``newest`` panels of ``pool``, oldest first; none if they cannot be read."""
        return await self._asked(lambda ledger: ledger.read(pool, newest))

    async def answers(self, newest: int) -> list[FormAnswer]:
        """Return the ``newest`` answers of each member and format, oldest first; none if that fails."""
        return await self._asked(lambda ledger: ledger.answers(newest))

    async def _asked(self, ask: Callable[[Ledger], list[T]]) -> list[T]:
        if self._closing.is_set():
            return []
        try:
            async with asyncio.timeout(READ_WITHIN_S):
                return await beside(partial(self._read, ask), "fusionls-state-reading")
        except TimeoutError:
            self._say(StateTrouble("the disk does not answer"))
            return []

    def close(self) -> None:
        """Write what is left, within CLOSED_WITHIN_S, and keep nothing more."""
        self._closing.set()
        self._news.set()
        if self._writer is not None:
            self._writer.join(CLOSED_WITHIN_S)

    def _read(self, ask: Callable[[Ledger], list[T]]) -> list[T]:
        ledger = Ledger(self._file)
        try:
            return ask(ledger)
        except StateTrouble as trouble:
            self._say(trouble)
        except Exception as error:
            log.error("reading what was learned failed: %s", where_it_broke(error))
        finally:
            ledger.close()
        return []

    def _write_on(self) -> None:
        ledger = Ledger(self._file)
        while not self._closing.is_set():
            self._news.wait()
            # More may come; and where the last attempt failed, the disk is left alone for a while.
            self._closing.wait(max(WRITTEN_AFTER_S, self._again_at_s - time.monotonic()))
            self._news.clear()
            self._write(ledger)
        # What came while the last of it was written.
        self._write(ledger)
        ledger.close()

    def _write(self, ledger: Ledger) -> None:
        batch = []
        while self._waiting:
            batch.append(self._waiting.popleft())
        if not batch:
            return
        try:
            ledger.write(batch)
            self._said = ""
        except StateTrouble as trouble:
            self._say(trouble)
            # Behind what came meanwhile there is room for the newest of them.
            room = MOST_WAITING - len(self._waiting)
            self._waiting.extendleft(reversed(batch[-room:] if room else []))
            self._again_at_s = time.monotonic() + AGAIN_AFTER_S
            self._news.set()
        except Exception as error:
            log.error("writing what was learned failed: %s", where_it_broke(error))
            self._again_at_s = time.monotonic() + AGAIN_AFTER_S

    def _say(self, trouble: StateTrouble) -> None:
        """Log the trouble once, and again only after the file could be used."""
        if str(trouble) != self._said:
            self._said = str(trouble)
            log.warning("%s: %s. fusionls works without it.", self._file, trouble)
