"""Who of a pool answered a request with what, and when: what is learned from, replayed and decided by.

A *panel* is a trace without its words. It is full if nobody in it was cut off: then every rule of waiting
can be tried on it.
"""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class PanelAnswer:
    """What one member did. Times are milliseconds since the request was read; None is "never".

    ``at_ms`` is when its answer could vote: its first finished line, or its end. ``klass`` names the class of
    answers that it agrees with, "" if nothing of it could be used, as of one that failed. ``cut_ms`` is when
    it was cut off, if it was: how long it would have taken is not known (it is *censored*). ``token_ms`` are
    the times of its tokens where they were recorded. ``prompt`` is how many code points it was asked,
    ``unread`` how many of them were new to its server, where that is known. What came from an older request
    (``recycled``) says nothing about how fast the member is. ``right`` is the chance (0 to 1) that the
    answer is right, as far as anybody knows: 0 or 1 where it was judged.
    """

    member: str
    at_ms: float | None = None
    klass: str = ""
    asked_ms: float = 0.0
    first_token_ms: float | None = None
    done_ms: float | None = None
    cut_ms: float | None = None
    tokens_out: int = 0
    token_ms: tuple[float, ...] = ()
    prompt: int | None = None
    unread: int | None = None
    recycled: bool = False
    right: float | None = None

    @property
    def is_sound(self) -> bool:
        """Whether it came at all and could be shown."""
        return self.at_ms is not None and bool(self.klass)


@dataclass(frozen=True, slots=True)
class Panel:
    """The members that were asked in one request, in the order of the pool.

    ``chosen`` is the class that was offered first, "" if none, ``p`` how likely it is right, ``decided_ms``
    when waiting ended, ``cap_ms`` when it had to. ``gap_ms`` is the time since the key before, None if that
    was no typing. ``explored``: everybody was let run to the end by lot. A panel that is full because its
    answers disagreed, and all were waited for, tells of disagreement only. ``whole`` is the class that all
    answers together gave, "" where nobody looked.
    """

    id: str
    answers: tuple[PanelAnswer, ...]
    cap_ms: float
    trigger: str = "automatic"
    language: str = ""
    chosen: str = ""
    p: float | None = None
    decided_ms: float | None = None
    gap_ms: float | None = None
    explored: bool = False
    whole: str = ""

    @property
    def full(self) -> bool:
        """Whether nobody was cut off."""
        return all(answer.cut_ms is None for answer in self.answers)

    @property
    def members(self) -> tuple[str, ...]:
        """The names of the members, in the order of the pool."""
        return tuple(answer.member for answer in self.answers)
