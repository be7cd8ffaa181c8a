"""What a keeper process and the servers that share it agree on: names, proofs, and when it is over.

A lease is an open loopback connection. Both sides prove that they know the secret of the keeper's record,
which only its user can read: otherwise whoever got a dead keeper's port could pose as the keeper, and be sent
code. The secret itself never travels.
"""

import hashlib
import hmac
import json
import secrets
from dataclasses import asdict, dataclass, field

from fusionls.local.child_lines import Order

# Counted up whenever keepers and servers of two versions would misunderstand each other: they then do not
# meet, and the older keeper ends when its last server does.
PROTOCOL = 1
# A window that is closed and opened again finds its model warm; what nobody needs is not kept much longer.
IDLE_S = 30.0
# Whoever started a keeper is waiting and leases it within milliseconds; after a start so slow that IDLE_S is
# over already, it still gets this long.
FIRST_LEASE_S = 5.0
_IDENTITY_DIGITS = 24
_SERVER, _KEEPER = "server", "keeper"


@dataclass(frozen=True, slots=True)
class Record:
    """Where a keeper process hands out leases: its process, its loopback port and its secret."""

    pid: int
    port: int
    secret: str = field(repr=False)


def record_text(record: Record) -> str:
    """Return the record as it stands in its file."""
    return json.dumps(asdict(record))


def record_from(text: str) -> Record | None:
    """Read a record; None stands for one that is broken."""
    try:
        record = Record(**json.loads(text))
        return record if 0 < record.port < 65536 and record.secret else None
    except (ValueError, TypeError):
        return None


def identity_of(order: Order, size: int, modified_ns: int, llama_version: str) -> str:
    """Return the name of the keeper for ``order``: what differs in anything must not share one process.

    ``size`` and ``modified_ns`` are those of the weights, so weights that change get another keeper.
    """
    wanted = asdict(order)
    del wanted["key"]
    facts = json.dumps([PROTOCOL, wanted, size, modified_ns, llama_version], sort_keys=True)
    return hashlib.sha256(facts.encode()).hexdigest()[:_IDENTITY_DIGITS]


@dataclass(frozen=True, slots=True)
class Knock:
    """A server's first line on a connection to a keeper."""

    nonce: str
    proof: str


@dataclass(frozen=True, slots=True)
class Welcome:
    """The keeper's only line: where llama.cpp is reached, and the proof that it is the keeper who says so."""

    port: int
    key: str = field(repr=False)
    proof: str


def knock_line(secret: str) -> tuple[str, bytes]:
    """Return a fresh nonce and the line that asks for a lease."""
    nonce = secrets.token_urlsafe(16)
    knock = Knock(nonce, _proof(secret, _SERVER, nonce))
    return nonce, json.dumps(asdict(knock)).encode() + b"\n"


def welcome_line(secret: str, knock: bytes, port: int, key: str) -> bytes | None:
    """Return the answer to the line ``knock``, or None if it does not show the secret."""
    try:
        asked = Knock(**json.loads(knock))
        if not hmac.compare_digest(asked.proof, _proof(secret, _SERVER, asked.nonce)):
            return None
    except (ValueError, TypeError):
        return None
    welcome = Welcome(port, key, _proof(secret, _KEEPER, asked.nonce, str(port), key))
    return json.dumps(asdict(welcome)).encode() + b"\n"


def welcome_from(secret: str, nonce: str, line: bytes) -> Welcome | None:
    """Read the answer to a knock with ``nonce``; None if it did not come from the keeper."""
    try:
        welcome = Welcome(**json.loads(line))
        proof = _proof(secret, _KEEPER, nonce, str(welcome.port), welcome.key)
        return welcome if hmac.compare_digest(welcome.proof, proof) else None
    except (ValueError, TypeError):
        return None


def _proof(secret: str, *said: str) -> str:
    return hmac.new(secret.encode(), "\n".join(said).encode(), "sha256").hexdigest()


class Lifetime:
    """Decides when a keeper is no longer needed. Times are seconds on one monotonic clock."""

    def __init__(self, started_s: float, ready_s: float) -> None:
        self._leases = 0
        self._until_s = max(started_s + IDLE_S, ready_s + FIRST_LEASE_S)

    @property
    def leased(self) -> bool:
        """Tell whether anybody holds a lease."""
        return self._leases > 0

    def opened(self) -> None:
        """Count a lease."""
        self._leases += 1

    def closed(self, now_s: float) -> None:
        """Count the end of a lease at ``now_s``."""
        self._leases -= 1
        self._until_s = now_s + IDLE_S

    def over(self, now_s: float) -> bool:
        """Tell whether the keeper is to end at ``now_s``."""
        return not self.leased and now_s >= self._until_s
