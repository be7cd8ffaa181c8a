"""A cleaned answer that may be shown, and what is known about it."""

from dataclasses import dataclass
from enum import StrEnum

from fusionls.core.member import Member
from fusionls.core.reply import Reply


class Gate(StrEnum):
    """The verdicts of the parse gate (docs/architecture.md, "Validate")."""

    VALID = "valid"
    INCOMPLETE = "incomplete"
    BROKEN = "broken"
    UNCHECKED = "unchecked"


@dataclass(frozen=True, slots=True)
class Verdict:
    """What the gate says of a candidate, and in words why."""

    gate: Gate
    why: str = ""


@dataclass(frozen=True, slots=True)
class Candidate:
    """A member's answer after cleaning: ``text`` is what would be inserted at the cursor.

    ``cleaned`` names the filters that changed it, in order. ``key`` is its class: candidates of equal
    key agree on the first line. ``trust`` is that of its prompt. A ``copy``
    holds nothing but what stands behind the cursor already: it has a text and no key, so it is no vote.
    """

    member: Member
    reply: Reply
    text: str
    verdict: Verdict
    key: str
    cleaned: tuple[str, ...] = ()
    trust: float = 1.0
    copy: bool = False
