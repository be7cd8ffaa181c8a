"""What a fault is: an answer gone wrong in a wire's own framing, and what must come of it."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from fusionls.core.reply import FailureKind
from tests.contract.asking import Outcome
from tests.contract.speech import Speech
from tests.support.scripted_transport import Head, Raw, Script


@dataclass(frozen=True, slots=True)
class Fault:
    """One row of the fault catalogue.

    ``play`` makes it from a healthy answer. Either the request fails with one of ``kinds``, or, if there is
    none, its text is ``text`` of the healthy answer. ``seen`` is the text that came before a failure, None
    if that does not matter.
    ``requests`` is how often the server is asked, ``retry_after_s`` what the failure says about it, and
    ``cut_s`` when we hang up; then the connection is closed at that moment. ``fits`` tells which answers
    can go wrong in this way.
    """

    row: str
    play: Callable[[Speech], Script | Sequence[Script]]
    kinds: frozenset[FailureKind] = frozenset()
    text: Callable[[Speech], str] = lambda said: said.transcript.text
    seen: Callable[[Speech], str] | None = lambda said: ""
    requests: int = 1
    retry_after_s: float | None = None
    cut_s: float | None = None
    fits: Callable[[Speech], bool] = lambda said: True

    def check(self, said: Speech, outcome: Outcome) -> None:
        """Compare how a request ended with what must come of it."""
        if self.cut_s is not None:
            assert outcome.cut
            self._check_seen(said, outcome)
            return
        assert not outcome.cut
        if self.kinds:
            assert outcome.kind in self.kinds, outcome.failure or outcome.text
            self._check_seen(said, outcome)
            assert outcome.failure is not None
            assert outcome.failure.retry_after_s == self.retry_after_s
        else:
            assert outcome.failure is None, outcome.failure
            assert outcome.text == self.text(said)

    def _check_seen(self, said: Speech, outcome: Outcome) -> None:
        if self.seen is not None:
            assert outcome.text == self.seen(said)


def kinds(*names: FailureKind) -> frozenset[FailureKind]:
    """The kinds of failure that are right for a fault."""
    return frozenset(names)


def plays(
    said: Speech, *bodies: bytes, headers: Mapping[str, str] | None = None, status: int = 200
) -> Script:
    """A script that sends ``bodies`` under the healthy answer's head, with other or more ``headers``."""
    usual = {"content-type": said.transcript.content_type}
    return Script((Head(0, status, {**usual, **(headers or {})}), *(Raw(body) for body in bodies)))


def in_events(said: Speech) -> bool:
    """For faults between events."""
    return said.in_events


def has_parts(said: Speech) -> bool:
    """For faults between the first text and the end."""
    return said.in_events and not said.parsed(said.lines[said.first_text]).ends


def without_first_text(said: Speech) -> str:
    """The text of an answer whose first event with text has none."""
    return said.transcript.text.replace(first_text(said), "", 1)


def first_text(said: Speech) -> str:
    """The text of the first event that has some."""
    return said.text_in(said.lines[said.first_text])
