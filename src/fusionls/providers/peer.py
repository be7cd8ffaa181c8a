"""Which machines a request may reach, decided on the address that is connected to.

A name says nothing: it may be looked up to any address, and to another one a second later. So the
address itself is checked when its socket is made, before the first packet, and once more on the
connected socket before a request is written to it.

Invariant: under LOOPBACK nothing leaves the machine, not even a question to a name server.
"""

import ipaddress
import re
import socket
from collections.abc import Callable
from enum import Enum
from functools import lru_cache
from typing import Any

import aiohttp
from aiohttp.abc import AbstractResolver, ResolveResult

from fusionls.core.member import Privacy

_LOOPBACK = (ipaddress.ip_network("127.0.0.0/8"), ipaddress.ip_network("::1/128"))
_LINK_LOCAL_V6 = ipaddress.ip_network("fe80::/10")
_PRIVATE = (
    *_LOOPBACK,
    ipaddress.ip_network("10.0.0.0/8"),
    ipaddress.ip_network("172.16.0.0/12"),
    ipaddress.ip_network("192.168.0.0/16"),
    ipaddress.ip_network("169.254.0.0/16"),
    # Shared address space: the machines of many private overlay networks have addresses from it.
    ipaddress.ip_network("100.64.0.0/10"),
    ipaddress.ip_network("fc00::/7"),
    _LINK_LOCAL_V6,
)
_LOCALHOST = re.compile(r"([a-z0-9-]+\.)*localhost\.?", re.IGNORECASE)
# A name that ends in a number is an address in an old notation (octal, hexadecimal, too short).
_ENDS_IN_NUMBER = re.compile(r"(.*\.)?(\d+|0x[0-9a-f]*)\.*", re.IGNORECASE)


class Reach(Enum):
    """How far a request may go."""

    # 127.0.0.0/8 and ::1.
    LOOPBACK = "this machine"
    # The same and private, unique local, link-local and shared (100.64.0.0/10) addresses.
    PRIVATE = "the private network"
    ANY = "any machine"

    # Enum's own hash goes through Python code, and a reach is looked up with every request.
    __hash__ = object.__hash__


class PeerRefused(OSError):
    """An address that the reach of a request does not allow. Its text is a sentence for people."""


def reach_for(privacy: Privacy, local_only: bool) -> Reach:
    """Return how far requests to a member of this tier may go; ``local_only`` binds every tier."""
    if local_only or privacy is Privacy.LOCAL:
        return Reach.LOOPBACK
    return Reach.PRIVATE if privacy is Privacy.PRIVATE else Reach.ANY


@lru_cache(maxsize=256)
def allows(reach: Reach, address: str) -> bool:
    """Tell whether ``reach`` covers ``address``, a numeric one as a socket shows it.

    What is not an address in its one usual notation is not covered by any reach: a name here would be
    looked up again, and be another one.
    """
    try:
        ip = ipaddress.ip_address(address)
    except ValueError:
        return False
    if reach is Reach.ANY:
        return True
    if isinstance(ip, ipaddress.IPv6Address):
        if ip.ipv4_mapped is not None and ip.scope_id is None:
            # What the socket connects to is the IPv4 address inside.
            ip = ip.ipv4_mapped
        elif ip.scope_id is not None and ip not in _LINK_LOCAL_V6:
            # A scope chooses the network card, and would take even ::1 out of it.
            return False
    covered = _LOOPBACK if reach is Reach.LOOPBACK else _PRIVATE
    return any(ip in network for network in covered)


def check_peer(reach: Reach, address: str) -> None:
    """Raise PeerRefused if ``reach`` does not cover ``address``."""
    if not allows(reach, address):
        raise PeerRefused(f"refused: this member may only reach {reach.value}, not {address}")


def is_loopback_host(host: str) -> bool:
    """Tell whether ``host`` of a URL is this machine by its writing alone, without looking it up."""
    return bool(_LOCALHOST.fullmatch(host)) or allows(Reach.LOOPBACK, host.strip("[]"))


def socket_within(reach: Reach) -> Callable[[Any], socket.socket]:
    """Return what makes the sockets of a connector, and refuses an address outside ``reach``."""

    def make(addr_info: tuple[int, int, int, str, tuple[Any, ...]]) -> socket.socket:
        family, kind, protocol, _, address = addr_info
        check_peer(reach, address[0])
        return socket.socket(family, kind, protocol)

    return make


def request_within(reach: Reach) -> type[aiohttp.ClientRequest]:
    """Return the class of requests that look at the connected socket before they are written."""
    if reach is Reach.ANY:
        return aiohttp.ClientRequest

    class CheckedRequest(aiohttp.ClientRequest):
        async def send(self, conn: Any) -> aiohttp.ClientResponse:
            peer = conn.transport and conn.transport.get_extra_info("peername")
            check_peer(reach, peer[0] if peer else "an unknown peer")
            return await super().send(conn)

    return CheckedRequest


class NamesWithin(AbstractResolver):
    """Looks names up for requests of one ``reach``, and leaves out the addresses outside it.

    ``localhost`` is this machine and is never asked of anybody. ``lookup`` replaces the system's.
    """

    def __init__(self, reach: Reach, lookup: AbstractResolver | None = None) -> None:
        self._reach = reach
        self._lookup = lookup

    async def resolve(
        self, host: str, port: int = 0, family: socket.AddressFamily = socket.AF_UNSPEC
    ) -> list[ResolveResult]:
        """Return the addresses of ``host`` that may be reached. Raises OSError, if none may PeerRefused."""
        if _LOCALHOST.fullmatch(host):
            return [_numeric(host, "127.0.0.1", port), _numeric(host, "::1", port)]
        if _ENDS_IN_NUMBER.fullmatch(host):
            raise PeerRefused("refused: the address is written in a notation that hides what it is")
        if self._reach is Reach.LOOPBACK:
            # Asking for a name is a message to another machine already.
            raise PeerRefused(
                "refused: this member may only reach this machine, so its host must be "
                "localhost, 127.0.0.1 or [::1]"
            )
        if self._lookup is None:
            # It binds itself to the running loop.
            self._lookup = aiohttp.ThreadedResolver()
        found = await self._lookup.resolve(host, port, family)
        within = [one for one in found if allows(self._reach, one["host"])]
        if not within:
            for one in found:
                check_peer(self._reach, one["host"])
            raise OSError("the name has no address")
        return within

    async def close(self) -> None:
        """Close what looks names up."""
        if self._lookup is not None:
            await self._lookup.close()


def _numeric(host: str, address: str, port: int) -> ResolveResult:
    family = socket.AF_INET6 if ":" in address else socket.AF_INET
    flags = socket.AI_NUMERICHOST | socket.AI_NUMERICSERV
    return ResolveResult(
        hostname=host, host=address, port=port, family=family, proto=0, flags=flags
    )
