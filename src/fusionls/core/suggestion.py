"""What is offered to the person."""

from dataclasses import dataclass

from fusionls.core.trace import Trace


@dataclass(frozen=True, slots=True)
class Offer:
    """One text to insert at the request's offset, and the members that support its class, ``key``."""

    text: str
    members: tuple[str, ...]
    key: str = ""


@dataclass(frozen=True, slots=True)
class Suggestion:
    """The answer to a request: offers, best first (possibly none), and the trace that explains it.

    ``superseded`` says that a newer request took this one's place and that nothing was decided,
    ``declined`` that nobody was asked because the settings say so, ``hasty`` that somebody was still
    reading, who may know better in a moment. ``further`` are texts that were not shown, best first: they
    may be what the person types, or goes on with.
    """

    offers: tuple[Offer, ...]
    trace: Trace
    superseded: bool = False
    declined: bool = False
    hasty: bool = False
    further: tuple[Offer, ...] = ()
