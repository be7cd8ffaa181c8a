"""The rules of waiting that recorded panels can be replayed under, by name."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Protocol

from fusionls.core.launching import LaunchPlan
from fusionls.core.panel import Panel, PanelAnswer


@dataclass(frozen=True, slots=True)
class View:
    """What a rule sees at ``now_ms``: who has ended (in the order of time) and who has not."""

    now_ms: float
    cap_ms: float
    ended: tuple[PanelAnswer, ...]
    pending: tuple[str, ...]


class Policy(Protocol):
    """When to stop, and what to show then. It learns from what it is handed after each request."""

    name: str
    # "nothing", "panels" (the full panels of earlier requests) or "own" (only what it saw itself).
    learns: str

    def stops_at(self, view: View) -> float:
        """Return when (ms) to stop if nothing further arrives; ``view.now_ms`` or less is "now"."""

    def shows(self, view: View) -> str:
        """Return the class that is shown if it stops now, "" for none."""

    def plan(self) -> LaunchPlan | None:
        """Return who is asked when; None asks all at once."""

    def explores(self, number: int) -> bool:
        """Whether all may finish in the background in this request."""

    def learn(self, panel: Panel) -> None:
        """Learn from an earlier request."""


@dataclass(frozen=True, slots=True)
class PolicyForm:
    """One rule: its name, what it does in words, its parameters with their defaults, how it is made."""

    name: str
    about: str
    parameters: Mapping[str, float | str]
    make: Callable[..., Policy]


def policies() -> dict[str, PolicyForm]:
    """Return every rule by its name: first, wait, quorum, all, agree, best, table, clairvoyant."""
    raise NotImplementedError


def policy_named(text: str) -> Callable[..., Policy]:
    """Return what makes the policy that ``text`` names, as ``wait:300``, ``quorum:2:50`` or ``table:own``.

    Raises ValueError that says what is possible.
    """
    raise NotImplementedError
