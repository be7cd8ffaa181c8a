"""What a person did with a suggestion."""

from dataclasses import dataclass
from enum import StrEnum


class FeedbackKind(StrEnum):
    """What happened to a suggestion; the words of ``fusionls/feedback``."""

    SHOWN = "shown"
    ACCEPTED = "accepted"
    PARTLY = "partly"
    TYPED = "typed"
    REJECTED = "rejected"
    KEPT = "kept"


@dataclass(frozen=True, slots=True)
class FeedbackEvent:
    """One thing that happened to the suggestion ``suggestion_id``.

    ``length`` is how much of the offered text it is about, in code points, None if nobody said.
    ``after_ms`` is milliseconds since the suggestion was answered, by the server's clock unless the
    client gave its own.
    """

    suggestion_id: str
    kind: FeedbackKind
    length: int | None = None
    after_ms: float | None = None
