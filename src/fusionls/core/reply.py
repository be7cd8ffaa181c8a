"""What came back from a member, whole or so far."""

from dataclasses import dataclass
from enum import StrEnum


class FailureKind(StrEnum):
    """Why a member has no answer. Each is data for the decision, not an exception."""

    UNREACHABLE = "unreachable"
    REFUSED = "refused"
    AUTHENTICATION = "authentication"
    RATE_LIMITED = "rate limited"
    OUT_OF_CREDIT = "out of credit"
    NOT_FOUND = "not found"
    TOO_LONG = "prompt too long"
    OVERLOADED = "overloaded"
    SERVER_ERROR = "server error"
    REDIRECT = "redirect refused"
    DROPPED = "connection dropped"
    MALFORMED = "malformed answer"
    TOO_LARGE = "answer too large"
    NOT_INSTALLED = "not installed"
    SUPERSEDED = "superseded"
    BUG = "internal error"


@dataclass(frozen=True, slots=True)
class Failure:
    """A failure in words for people; ``message`` never holds code, prompts or keys.

    ``retry_after_s`` is how long the server asked to be left alone (seconds, None if it did not say so or
    not sanely), ``status`` the status of its HTTP answer, None if it gave none.
    """

    kind: FailureKind
    message: str
    retry_after_s: float | None = None
    status: int | None = None


@dataclass(frozen=True, slots=True)
class Chunk:
    """A piece of a streamed answer.

    ``tokens`` is how many tokens it stands for, ``logprob`` the sum of their log-probabilities if the
    endpoint gives them. The counts of the whole request come with the last chunk, where given. ``recycled``
    says that it answers an older request; ``unread``, of the first chunk, how many code points of the prompt
    were new to the server, where that is known.
    """

    text: str
    tokens: int = 1
    logprob: float | None = None
    tokens_in: int | None = None
    tokens_out: int | None = None
    recycled: bool = False
    unread: int | None = None


class ReplyState(StrEnum):
    """How far a member has come; the words of the trace."""

    ASKED = "asked"
    PARTIAL = "partial"
    ANSWERED = "answered"
    FAILED = "failed"
    CANCELLED = "cancelled"
    SKIPPED = "skipped"
    LATE = "late"


@dataclass(frozen=True, slots=True)
class Reply:
    """The state of one member's answer. Times are milliseconds since the request was read.

    ``line_ms`` is when its first finished line had come, ``token_ms`` when each of its tokens, where that is
    recorded. ``prompt`` is the length of what it was asked (code points), ``unread`` how much of that was new
    to its server, where that is known; ``recycled`` says that the answer is one to an older request. ``note``
    says in words why it was not asked, or not waited for.
    """

    member: str
    state: ReplyState
    text: str = ""
    asked_ms: float | None = None
    first_token_ms: float | None = None
    done_ms: float | None = None
    tokens_in: int | None = None
    tokens_out: int = 0
    logprob: float | None = None
    failure: Failure | None = None
    note: str = ""
    line_ms: float | None = None
    token_ms: tuple[float, ...] = ()
    prompt: int | None = None
    unread: int | None = None
    recycled: bool = False

    @property
    def mean_logprob(self) -> float | None:
        """The mean log-probability of a token, or None if the endpoint gave none."""
        if self.logprob is None or not self.tokens_out:
            return None
        return self.logprob / self.tokens_out


def grown(reply: Reply, chunk: Chunk, now_ms: float) -> Reply:
    """Return ``reply`` with ``chunk`` added, that came at ``now_ms`` (milliseconds)."""
    logprob = reply.logprob
    if chunk.logprob is not None:
        logprob = (logprob or 0.0) + chunk.logprob
    counted = reply.tokens_out + (chunk.tokens if chunk.text else 0)
    first_line = reply.line_ms is None and ends_a_line((reply.text + chunk.text).lstrip())
    # Spelled out: this is done for every token, and ``replace`` takes five times as long.
    return Reply(
        member=reply.member,
        state=ReplyState.PARTIAL,
        text=reply.text + chunk.text,
        asked_ms=reply.asked_ms,
        first_token_ms=now_ms if reply.first_token_ms is None else reply.first_token_ms,
        done_ms=reply.done_ms,
        tokens_in=reply.tokens_in if chunk.tokens_in is None else chunk.tokens_in,
        tokens_out=counted if chunk.tokens_out is None else chunk.tokens_out,
        logprob=logprob,
        failure=reply.failure,
        note=reply.note,
        line_ms=now_ms if first_line else reply.line_ms,
        token_ms=reply.token_ms,
        prompt=reply.prompt,
        unread=reply.unread if chunk.unread is None else chunk.unread,
        recycled=reply.recycled or (chunk.recycled and reply.first_token_ms is None),
    )


def ends_a_line(text: str) -> bool:
    """Tell whether a line ends in ``text``."""
    return "\n" in text or "\r" in text
