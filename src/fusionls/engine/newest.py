"""Only the newest request of a document and surface is worth an answer."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager

Key = tuple[str, str]


class Ticket:
    """A running request's right to go on. ``wake`` is called when it is taken away."""

    def __init__(self) -> None:
        self.superseded = False
        self.wake: Callable[[], None] = lambda: None

    def supersede(self) -> None:
        """Take the right away, and wake who is waiting."""
        self.superseded = True
        self.wake()


class NewestOnly:
    """Tells a running request that a newer one has come."""

    def __init__(self) -> None:
        self._running: dict[Key, Ticket] = {}

    @contextmanager
    def admit(self, key: Key) -> Iterator[Ticket]:
        """Supersede the running request of ``key`` and yield a ticket for this one."""
        previous = self._running.get(key)
        if previous is not None:
            previous.supersede()
        ticket = self._running[key] = Ticket()
        try:
            yield ticket
        finally:
            if self._running.get(key) is ticket:
                del self._running[key]

    def end(self, chosen: Callable[[Key], bool]) -> None:
        """Supersede the running requests whose key is ``chosen``."""
        for key, ticket in list(self._running.items()):
            if chosen(key):
                ticket.supersede()
