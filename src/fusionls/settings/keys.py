"""Keys of members: each belongs to one origin, is read when it is first needed, and is never shown.

Invariant: a key is given out for an address of its own origin only, and stands in no repr and no error.
"""

import asyncio
import ipaddress
import re
from collections.abc import Awaitable, Callable
from functools import lru_cache

from fusionls.settings.key_reading import read_key
from fusionls.settings.key_text import KeyUnavailable as KeyUnavailable
from fusionls.settings.key_text import Outcome, why_not
from fusionls.settings.schema import KeyBlock

# A command or a keyring may ask the person to unlock something. After a failure it is not asked again with
# the next keystroke, but only when this many seconds are over.
RETRY_S = 60.0
_URL = re.compile(
    r"(?P<scheme>https?)://"
    r"(?P<host>\[[0-9a-f:.]+\]|[a-z0-9_-]+(?:\.[a-z0-9_-]+)*)\.?"
    r"(?::(?P<port>[0-9]{1,5}))?(?:[/?][!-\[\]-~]*)?",
    re.IGNORECASE | re.ASCII,
)
_ENDS_IN_NUMBER = re.compile(r"(?:.*\.)?(?:[0-9]+|0x[0-9a-f]*)")
_USUAL_PORT = {"http": 80, "https": 443}
_LAST_PORT = 65535

Read = Callable[[KeyBlock], Awaitable[str]]


@lru_cache(maxsize=256)
def origin_of(url: str) -> str:
    """Return ``scheme://host:port`` of ``url``: lower case, with the port, without a final dot.

    Raises ValueError for what two programs may read differently: a name or a password in it, a backslash,
    blanks, letters beyond ASCII, numbers for an address in any notation but the usual one.
    """
    found = _URL.fullmatch(url)
    if found is None:
        raise ValueError(
            'the address must be a plain URL like "https://api.example.com/v1" '
            "(a name with other letters is written as xn--...)"
        )
    scheme, host = found["scheme"].lower(), found["host"].lower()
    if host.startswith("["):
        host = f"[{ipaddress.IPv6Address(host[1:-1]).compressed}]"
    elif _ENDS_IN_NUMBER.fullmatch(host):
        host = str(ipaddress.IPv4Address(host))
    port = int(found["port"]) if found["port"] else _USUAL_PORT[scheme]
    if not 1 <= port <= _LAST_PORT:
        raise ValueError("the address has a port that does not exist")
    return f"{scheme}://{host}:{port}"


class KeySource:
    """The key that ``block`` names, for addresses of ``origin`` (any URL of it) alone.

    Without a ``block`` there is none, and the key is empty. Raises ValueError if ``origin`` is no plain
    URL. ``read`` gets the key; tests replace it.
    """

    def __init__(self, block: KeyBlock | None, origin: str, read: Read = read_key) -> None:
        self.origin = origin_of(origin)
        self._block = block
        self._read = read
        self._reading: asyncio.Task[Outcome] | None = None
        self._outcome: Outcome | None = Outcome() if block is None else None
        self._failed_s = 0.0

    def __repr__(self) -> str:
        return f"<KeySource for {self.origin}>"

    async def key_for(self, url: str) -> str:
        """Return the key for a request to ``url``. Raises KeyUnavailable, also for another origin."""
        try:
            theirs = origin_of(url)
        except ValueError as error:
            raise KeyUnavailable(str(error)) from None
        if theirs != self.origin:
            raise KeyUnavailable(f"the key is for {self.origin} and is not given to {theirs}")
        return await self.key()

    async def key(self) -> str:
        """Return the key, reading it if need be. Raises KeyUnavailable.

        Reading goes on if the caller is cancelled, so that a slow keyring is there for the next request.
        """
        outcome = self._outcome
        if outcome is not None and outcome.why_not and self._failed_long_ago():
            outcome = None
        if outcome is None:
            outcome = await asyncio.shield(self._started())
        return outcome.get().decode()

    def forget(self) -> None:
        """Forget the key, for instance after the server has refused it; it is read anew when needed."""
        if self._block is not None:
            self._reading = self._outcome = None

    async def aclose(self) -> None:
        """End a reading that is under way. Never raises."""
        if self._reading is not None:
            self._reading.cancel()
            await asyncio.wait([self._reading])

    def _started(self) -> asyncio.Task[Outcome]:
        if self._reading is None or self._reading.done():
            self._reading = asyncio.create_task(self._read_once())
        return self._reading

    def _failed_long_ago(self) -> bool:
        return asyncio.get_running_loop().time() - self._failed_s >= RETRY_S

    async def _read_once(self) -> Outcome:
        outcome = Outcome()
        try:
            if self._block is not None:
                outcome = Outcome((await self._read(self._block)).encode())
        except Exception as error:
            outcome = Outcome(why_not=why_not(error))
        if self._reading is asyncio.current_task():
            self._outcome = outcome
            self._failed_s = asyncio.get_running_loop().time()
        return outcome


class KeySources:
    """One source for each block and origin, kept when settings are saved: nobody is asked to unlock twice."""

    def __init__(self) -> None:
        self._sources: dict[tuple[str, str], KeySource] = {}

    def source_for(self, block: KeyBlock | None, origin: str) -> KeySource:
        """Return the source for ``block`` and ``origin``, any URL of it. Raises ValueError."""
        at = (block.model_dump_json() if block else "", origin_of(origin))
        if at not in self._sources:
            self._sources[at] = KeySource(block, origin)
        return self._sources[at]

    async def aclose(self) -> None:
        """End all readings. Never raises."""
        for source in self._sources.values():
            await source.aclose()
