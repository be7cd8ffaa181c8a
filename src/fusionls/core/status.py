"""How the server is, in one word and one sentence: ``fusionls.status`` and ``fusionls/status``."""

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Any


class Standing(StrEnum):
    """How a member was when it was last heard of.

    A parked one is left alone for a while, one that is off until its settings or its key change.
    """

    IDLE = "idle"
    STARTING = "starting"
    READY = "ready"
    FAILED = "failed"
    PARKED = "parked"
    OFF = "off"


class StatusKind(StrEnum):
    """The server as a whole."""

    READY = "ready"
    BUSY = "busy"
    PAUSED = "paused"
    ERROR = "error"


@dataclass(frozen=True, slots=True)
class MemberStatus:
    """A member by name, and how it is; ``why`` says in a word or two why it is not asked."""

    name: str
    state: Standing
    why: str = ""

    def to_json(self) -> dict[str, str]:
        """Return the JSON object of docs/protocol.md."""
        told = {"name": self.name, "state": self.state.value}
        return told | {"why": self.why} if self.why else told

    @property
    def described(self) -> str:
        """The member for a status line."""
        return f"{self.name} ({self.why})" if self.why else self.name


@dataclass(frozen=True, slots=True)
class Status:
    """How the server is. ``message`` is a sentence for a status line, without any code."""

    kind: StatusKind
    message: str
    members: tuple[MemberStatus, ...]

    def to_json(self) -> dict[str, Any]:
        """Return the JSON object of docs/protocol.md."""
        members = [member.to_json() for member in self.members]
        return {"kind": self.kind.value, "message": self.message, "members": members}


def status_of(members: Sequence[MemberStatus], off: str) -> Status:
    """Return the status of a pool. ``off`` says why nobody is asked, empty if somebody is."""
    starting = _names(members, Standing.STARTING)
    failed = _names(members, Standing.FAILED, Standing.PARKED, Standing.OFF)
    if off:
        kind, message = StatusKind.PAUSED, off
    elif not members:
        kind, message = StatusKind.ERROR, "there is no model to ask"
    elif starting:
        kind, message = StatusKind.BUSY, f"starting {', '.join(starting)}"
    elif len(failed) == len(members):
        kind, message = StatusKind.ERROR, f"no answer from {', '.join(failed)}"
    else:
        kind = StatusKind.READY
        message = f"ready, without {', '.join(failed)}" if failed else "ready"
    return Status(kind, message, tuple(members))


def _names(members: Sequence[MemberStatus], *states: Standing) -> list[str]:
    return [member.described for member in members if member.state in states]
