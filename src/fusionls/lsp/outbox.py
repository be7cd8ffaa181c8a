"""What waits to be written, when the client reads more slowly than we answer."""

from collections import deque
from dataclasses import dataclass, field

# A pipe holds 64 KiB; a client that lets this much pile up behind it does not read at all.
MOST_WAITING_BYTES = 16 * 1024 * 1024


@dataclass(slots=True)
class Outgoing:
    """One frame. ``stale`` is what goes out in its place once something newer waits behind it.

    An answer cannot be left out, because every request gets one, but a completion that has waited
    while the person typed on is worth no more than null. ``droppable`` frames may be left out.
    """

    frame: bytes = field(repr=False)
    stale: bytes | None = field(default=None, repr=False)
    droppable: bool = False


class Outbox:
    """A queue in order. When it backs up, old completions shrink to null and reports are left out."""

    def __init__(self) -> None:
        self._waiting: deque[Outgoing] = deque()
        self._bytes = 0

    def __len__(self) -> int:
        return len(self._waiting)

    @property
    def overflowing(self) -> bool:
        """Whether more waits than a client that still reads would let pile up."""
        return self._bytes > MOST_WAITING_BYTES

    def put(self, outgoing: Outgoing) -> None:
        """Queue a frame. What it makes stale or superfluous gives way."""
        if outgoing.droppable and self._waiting:
            return
        if outgoing.stale is not None:
            for earlier in self._waiting:
                self._make_stale(earlier)
        self._waiting.append(outgoing)
        self._bytes += len(outgoing.frame)

    def take(self) -> bytes:
        """Return the next frame, ``b""`` if none waits."""
        if not self._waiting:
            return b""
        outgoing = self._waiting.popleft()
        self._bytes -= len(outgoing.frame)
        return outgoing.frame

    def _make_stale(self, outgoing: Outgoing) -> None:
        if outgoing.stale is not None:
            self._bytes -= len(outgoing.frame) - len(outgoing.stale)
            outgoing.frame, outgoing.stale = outgoing.stale, None
