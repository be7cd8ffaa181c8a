"""The two JSON lines between whoever starts llama.cpp and its process: an order, and an answer.

The order travels on the child's standard input, because other users can read a command line.
"""

import json
from dataclasses import asdict, dataclass, field


@dataclass(frozen=True, slots=True)
class Order:
    """What the child is to serve. ``context`` is in tokens; ``key`` is asked of every request."""

    model: str
    key: str = field(repr=False)
    context: int
    threads: int
    reading_threads: int
    swa_full: bool
    cache_reuse: int
    cache_mib: int
    slots: int


@dataclass(frozen=True, slots=True)
class Answer:
    """What became of an order: the ``port`` on the loopback address, or an ``error`` in words.

    ``missing`` says that the package with llama.cpp is not installed, ``busy`` that another process keeps
    this model already. ``key`` is the key of a model that was started for somebody else, else empty.
    """

    port: int = 0
    error: str = ""
    missing: bool = False
    busy: bool = False
    key: str = field(default="", repr=False)


def line_of(message: Order | Answer) -> bytes:
    """Return the message as one line of JSON."""
    return json.dumps(asdict(message)).encode() + b"\n"


def order_from(line: bytes) -> Order:
    """Read an order. Raises ValueError or TypeError if it is none."""
    return Order(**json.loads(line))


def answer_from(line: bytes) -> Answer:
    """Read an answer. Raises ValueError or TypeError if it is none."""
    return Answer(**json.loads(line))
