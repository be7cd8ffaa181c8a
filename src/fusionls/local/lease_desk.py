"""Where a keeper process hands out leases: a loopback socket, and one loop for all connections."""

import selectors
import socket
import time
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field

from fusionls.local.lease import Lifetime, welcome_line

# How often the desk looks at the clock when nothing happens.
TURN_S = 1.0
# A server that asks for a lease does so in its first packet; what says nothing for so long is no server.
SILENCE_S = 5.0
# An editor window has one server, and every server one lease of a model. Processes of other users can connect
# too, and must not use up our descriptors.
MOST_CONNECTIONS = 128
_KNOCK_BYTES = 1024
# A server that read the record just before it was removed has connected by then.
_LAST_LOOK_S = 0.2


@dataclass(eq=False, slots=True)
class _Guest:
    """A connection, which is a lease once ``proven``."""

    socket: socket.socket
    since_s: float
    proven: bool = False
    said: bytearray = field(default_factory=bytearray)


class LeaseDesk:
    """Hands out leases for the llama.cpp at ``port`` with ``key``, until its lifetime is over.

    Raises OSError if there is no loopback address to listen at.
    """

    def __init__(self, secret: str, port: int, key: str, lifetime: Lifetime) -> None:
        self._secret, self._llama_port, self._key = secret, port, key
        self._lifetime = lifetime
        self._selector = selectors.DefaultSelector()
        self._guests: set[_Guest] = set()
        self._listener = socket.create_server(("127.0.0.1", 0), backlog=64)
        self._listener.setblocking(False)
        self._selector.register(self._listener, selectors.EVENT_READ)

    @property
    def port(self) -> int:
        """The loopback port at which leases are asked for."""
        port: int = self._listener.getsockname()[1]
        return port

    @property
    def leased(self) -> bool:
        """Tell whether anybody holds a lease. May be asked from any thread."""
        return self._lifetime.leased

    def serve(
        self, publish: Callable[[], None], withdraw: Callable[[], None], tick: Callable[[], None]
    ) -> None:
        """Hand out leases until nobody needs any for long enough.

        ``publish`` says where the desk is, ``withdraw`` takes that back, ``tick`` is called at least every
        TURN_S. A server that comes in the very last moment is still served.
        """
        while True:
            publish()
            while not self._lifetime.over(time.monotonic()):
                self._turn(TURN_S)
                tick()
            withdraw()
            deadline = time.monotonic() + _LAST_LOOK_S
            while not self._lifetime.leased and time.monotonic() < deadline:
                self._turn(_LAST_LOOK_S / 4)
            if not self._lifetime.leased:
                self._listener.close()
                return

    def _turn(self, timeout_s: float) -> None:
        for key, _ in self._selector.select(timeout_s):
            if isinstance(key.data, _Guest):
                self._hear(key.data)
            else:
                self._let_in()
        now_s = time.monotonic()
        for guest in [g for g in self._guests if not g.proven and now_s - g.since_s > SILENCE_S]:
            self._show_out(guest)

    def _let_in(self) -> None:
        # Who connected may have hung up already.
        with suppress(OSError):
            connection, _ = self._listener.accept()
            if len(self._guests) >= MOST_CONNECTIONS:
                connection.close()
                return
            connection.setblocking(False)
            guest = _Guest(connection, time.monotonic())
            self._guests.add(guest)
            self._selector.register(connection, selectors.EVENT_READ, guest)

    def _hear(self, guest: _Guest) -> None:
        try:
            said = guest.socket.recv(_KNOCK_BYTES)
        except BlockingIOError:
            return
        except OSError:
            said = b""
        guest.said += said
        if not said or len(guest.said) > _KNOCK_BYTES:
            self._show_out(guest)
        elif not guest.proven and b"\n" in guest.said:
            self._judge(guest)

    def _judge(self, guest: _Guest) -> None:
        line = welcome_line(self._secret, bytes(guest.said), self._llama_port, self._key)
        try:
            if line is None or guest.socket.send(line) != len(line):
                self._show_out(guest)
                return
        except OSError:
            self._show_out(guest)
            return
        guest.proven = True
        self._lifetime.opened()

    def _show_out(self, guest: _Guest) -> None:
        self._selector.unregister(guest.socket)
        guest.socket.close()
        self._guests.discard(guest)
        if guest.proven:
            self._lifetime.closed(time.monotonic())
