"""How the server is, in one word and one sentence: ``fusionls.status`` and ``fusionls/status``."""

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Any


class Standing(StrEnum):
    """How a member was when it was last heard of."""

    IDLE = "idle"
    STARTING = "starting"
    READY = "ready"
    FAILED = "failed"


class StatusKind(StrEnum):
    """The server as a whole."""

    READY = "ready"
    BUSY = "busy"
    PAUSED = "paused"
    ERROR = "error"


@dataclass(frozen=True, slots=True)
class MemberStatus:
    """A member by name, and how it is."""

    name: str
    state: Standing


@dataclass(frozen=True, slots=True)
class Status:
    """How the server is. ``message`` is a sentence for a status line, without any code."""

    kind: StatusKind
    message: str
    members: tuple[MemberStatus, ...]

    def to_json(self) -> dict[str, Any]:
        """Return the JSON object of docs/protocol.md."""
        members = [{"name": m.name, "state": m.state.value} for m in self.members]
        return {"kind": self.kind.value, "message": self.message, "members": members}


def status_of(members: Sequence[MemberStatus], off: str) -> Status:
    """Return the status of a pool. ``off`` says why nobody is asked, empty if somebody is."""
    starting = _names(members, Standing.STARTING)
    failed = _names(members, Standing.FAILED)
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


def _names(members: Sequence[MemberStatus], state: Standing) -> list[str]:
    return [member.name for member in members if member.state is state]
