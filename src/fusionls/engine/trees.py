"""The newest parse of each open document, made while nobody waits for it."""

import asyncio
from collections import OrderedDict

from fusionls.core.languages import language_for
from fusionls.core.text import DocumentSnapshot
from fusionls.core.validation import Hole, open_hole

# Trees take about ten times the text. People work in a few documents at a time; the tree of one that was
# left is made anew when they come back.
MOST_TREES = 32
# A request that comes with its change parses for itself, beside the members' work. Only where the client
# waits before it asks, as most do for 75 ms and more, is there time to parse ahead.
IDLE_S = 0.03


class Trees:
    """Holes by document; the one that was used longest ago is dropped first."""

    def __init__(self) -> None:
        self._holes: OrderedDict[str, tuple[int, Hole]] = OrderedDict()
        self._timers: dict[str, asyncio.TimerHandle] = {}

    def latest(self, uri: str) -> Hole | None:
        """Return the newest hole of ``uri``, whose tree makes the next parse incremental."""
        kept = self._holes.get(uri)
        return kept[1] if kept else None

    def keep(self, document: DocumentSnapshot, hole: Hole) -> None:
        """Remember the hole that was opened in ``document``."""
        self._holes[document.uri] = (document.version, hole)
        self._holes.move_to_end(document.uri)
        while len(self._holes) > MOST_TREES:
            self._holes.popitem(last=False)

    def parse_soon(self, document: DocumentSnapshot) -> None:
        """Parse ``document`` when nothing has happened to it for a moment, unless it was parsed."""
        self._stop(document.uri)
        loop = asyncio.get_running_loop()
        self._timers[document.uri] = loop.call_later(IDLE_S, self._parse, document)

    def forget(self, uri: str) -> None:
        """Drop what is kept of a closed document."""
        self._stop(uri)
        self._holes.pop(uri, None)

    def clear(self) -> None:
        """Drop everything, and parse nothing more."""
        for timer in self._timers.values():
            timer.cancel()
        self._timers.clear()
        self._holes.clear()

    def _parse(self, document: DocumentSnapshot) -> None:
        del self._timers[document.uri]
        kept = self._holes.get(document.uri)
        language = language_for(document.language_id, document.uri)
        if language is None or (kept and kept[0] == document.version):
            return
        self.keep(document, open_hole(language, document.text, "", kept[1] if kept else None))

    def _stop(self, uri: str) -> None:
        timer = self._timers.pop(uri, None)
        if timer is not None:
            timer.cancel()
