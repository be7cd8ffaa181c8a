"""What the engine needs from the outside, as protocols."""

from collections.abc import AsyncGenerator
from dataclasses import dataclass, field
from typing import Protocol

from fusionls.core.member import Caps, Member
from fusionls.core.prompt import RenderedPrompt
from fusionls.core.reply import Chunk, Failure
from fusionls.core.wish import SWITCHED_OFF, ReadWish, Wish


class ModelFailure(Exception):
    """A member could not answer. The only exception that a ModelClient may raise."""

    def __init__(self, failure: Failure) -> None:
        super().__init__(f"{failure.kind.value}: {failure.message}")
        self.failure = failure


@dataclass(frozen=True, slots=True)
class Endpoint:
    """Where a model's server is reached. ``key`` goes only to this origin and is never printed."""

    url: str
    key: str = field(default="", repr=False)


class EndpointSource(Protocol):
    """Knows where a model's server is, starting it if need be."""

    async def endpoint(self) -> Endpoint:
        """Return the endpoint, waiting until it is ready. Raises ModelFailure."""

    async def aclose(self) -> None:
        """Free what is held. Never raises."""


class ModelClient(Protocol):
    """The way to one model. Closing the iterator closes the connection."""

    def stream(self, prompt: RenderedPrompt) -> AsyncGenerator[Chunk, None]:
        """Yield the answer to ``prompt`` piece by piece. Raises ModelFailure and nothing else."""

    async def prepare(self) -> None:
        """Make ready what takes long: start a process, open a connection. Raises ModelFailure."""

    async def aclose(self) -> None:
        """Free what is held. Never raises."""


@dataclass(frozen=True, slots=True)
class PoolMember:
    """A member and the way to it."""

    member: Member
    client: ModelClient


@dataclass(frozen=True, slots=True)
class Pool:
    """The members asked for a document, in the order of the settings, and the hard caps.

    ``off`` says why nobody is to be asked at all, empty if the pool serves.
    """

    members: tuple[PoolMember, ...]
    caps: Caps
    off: str = ""

    def within(self, wish: Wish) -> "Pool":
        """Return the pool within the caps of ``wish``, or switched off. Its members are the same."""
        caps = Caps(
            min(self.caps.automatic_ms, wish.automatic_ms or self.caps.automatic_ms),
            min(self.caps.manual_ms, wish.manual_ms or self.caps.manual_ms),
        )
        return Pool(self.members, caps, "" if wish.enabled else SWITCHED_OFF)


class PoolSource(Protocol):
    """Knows which pool serves a document."""

    def pool_for(self, uri: str, wish: Wish) -> Pool:
        """Return the pool for the document ``uri``, within ``wish``. Never raises.

        Its members may be none.
        """

    def read_wish(self, block: object) -> ReadWish:
        """Return what can be used of settings that came from an editor. Never raises."""

    async def aclose(self) -> None:
        """Close every member. Never raises."""
