"""The rules of waiting that recorded panels can be replayed under, by name."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol

from fusionls.core.launching import LaunchPlan, Machine, Wave
from fusionls.core.panel import Panel, PanelAnswer
from fusionls.simulating.scoring import Survival, alive


@dataclass(frozen=True, slots=True)
class View:
    """What a rule sees at ``now_ms``: who has ended (in the order of time) and who has not."""

    now_ms: float
    cap_ms: float
    ended: tuple[PanelAnswer, ...]
    pending: tuple[str, ...]

    @property
    def sound(self) -> tuple[PanelAnswer, ...]:
        """Who has ended with something that can be shown."""
        return tuple(answer for answer in self.ended if answer.klass)


@dataclass(frozen=True, slots=True)
class Circumstances:
    """What a rule may know of the setting beforehand; ``machine`` is None if nothing is shared."""

    members: tuple[str, ...]
    cap_ms: float
    survival: Survival
    machine: Machine | None = None


class Policy(Protocol):
    """When to stop, and what to show then. It learns from what it is handed after each request."""

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

    def foresees(self, panel: Panel) -> None:
        """See the whole request before it begins. Nobody but the clairvoyant looks."""


@dataclass(frozen=True, slots=True)
class PolicyForm:
    """One rule: its name, what it does in words, its parameters with their defaults, how it is made."""

    name: str
    about: str
    parameters: Mapping[str, float | str]
    make: Callable[..., Policy]
    fixed: bool = True


class FixedRule:
    """What rules that learn nothing have in common: most say it, and whoever said it first."""

    learns = "nothing"

    def stops_at(self, view: View) -> float:
        """Wait for all, until the cap."""
        return view.cap_ms

    def shows(self, view: View) -> str:
        """Return the class that most stand behind, of several the one that came first."""
        votes: dict[str, int] = {}
        for answer in view.sound:
            votes[answer.klass] = votes.get(answer.klass, 0) + 1
        return max(votes, key=lambda klass: votes[klass], default="")

    def plan(self) -> LaunchPlan | None:
        """Ask all at once."""
        return None

    def explores(self, number: int) -> bool:
        """Cut off whoever is late, always."""
        return False

    def learn(self, panel: Panel) -> None:
        """Learn nothing."""

    def foresees(self, panel: Panel) -> None:
        """Do not look."""


class First(FixedRule):
    """Shows the first answer that can be shown."""

    def stops_at(self, view: View) -> float:
        """Stop at the first sound answer."""
        return view.now_ms if view.sound else view.cap_ms


class Wait(FixedRule):
    """Waits for a fixed time."""

    def __init__(self, ms: float) -> None:
        self._ms = ms

    def stops_at(self, view: View) -> float:
        """Stop when the time is over."""
        return min(view.cap_ms, self._ms)


class Quorum(FixedRule):
    """Waits for so many sound answers and then a grace."""

    def __init__(self, count: float, grace_ms: float) -> None:
        self._count, self._grace_ms = max(1, int(count)), grace_ms

    def stops_at(self, view: View) -> float:
        """Stop a grace after the quorum."""
        if len(view.sound) < self._count:
            return view.cap_ms
        reached = view.sound[self._count - 1].at_ms
        return min(view.cap_ms, (view.now_ms if reached is None else reached) + self._grace_ms)


class Agree(FixedRule):
    """Stops at the first two that agree: the rule of the first 200 requests of a pool."""

    def stops_at(self, view: View) -> float:
        """Stop once a class has two behind it."""
        classes = [answer.klass for answer in view.sound]
        return view.now_ms if len(set(classes)) < len(classes) else view.cap_ms


class Single(FixedRule):
    """Asks one member and nobody else."""

    def __init__(self, member: str) -> None:
        self._member = member

    def plan(self) -> LaunchPlan | None:
        """Ask that one."""
        return LaunchPlan((Wave((self._member,)),))

    def stops_at(self, view: View) -> float:
        """Stop when it has ended."""
        ended = any(answer.member == self._member for answer in view.ended)
        return view.now_ms if ended else view.cap_ms


class Clairvoyant(FixedRule):
    """Knows every answer before: stops when the one comes that is worth most, at once if none is right."""

    def __init__(self, survival: Survival) -> None:
        self._survival = survival
        self._when, self._klass = 0.0, ""

    def foresees(self, panel: Panel) -> None:
        """See which answer is worth most."""
        self._when, self._klass = 0.0, ""
        most = 0.0
        for answer in panel.answers:
            if answer.at_ms is None or not answer.klass or answer.at_ms > panel.cap_ms:
                continue
            worth = (answer.right or 0.0) * alive(self._survival, answer.at_ms)
            if worth > most:
                most, self._when, self._klass = worth, answer.at_ms, answer.klass

    def stops_at(self, view: View) -> float:
        """Stop when the best one comes."""
        return min(view.cap_ms, self._when)

    def shows(self, view: View) -> str:
        """Return the best one if it has come."""
        return self._klass if any(answer.klass == self._klass for answer in view.ended) else ""


def policies() -> dict[str, PolicyForm]:
    """Return every rule by its name."""
    from fusionls.simulating.tabled import Tabled

    forms = (
        PolicyForm("first", "the first answer that can be shown", {}, lambda _: First()),
        PolicyForm("wait", "a fixed time", {"ms": 300.0}, lambda _, ms: Wait(ms)),
        PolicyForm(
            "quorum",
            "so many answers that can be shown, and a grace after them",
            {"count": 2.0, "grace_ms": 50.0},
            lambda _, count, grace_ms: Quorum(count, grace_ms),
        ),
        PolicyForm("all", "everybody, until the cap", {}, lambda _: FixedRule()),
        PolicyForm("agree", "the first two that agree", {}, lambda _: Agree()),
        PolicyForm("best", "one member alone, the best in hindsight", {"member": ""}, _best),
        PolicyForm(
            "table",
            "as long as waiting is worth it, by what earlier requests taught",
            {"learns": "panels"},
            Tabled,
            fixed=False,
        ),
        PolicyForm(
            "clairvoyant",
            "the first right answer, known before: nobody can do better",
            {},
            lambda where: Clairvoyant(where.survival),
            fixed=False,
        ),
    )
    return {form.name: form for form in forms}


def _best(_: Circumstances, member: str) -> Policy:
    return Single(member)


def policy_named(text: str) -> tuple[PolicyForm, dict[str, float | str]]:
    """Return the rule that ``text`` names, and its parameters, as in ``wait:300`` or ``table:own``.

    Raises ValueError that says what is possible.
    """
    name, *given = text.split(":")
    form = policies().get(name)
    if form is None:
        raise ValueError(f"no policy is called {name!r}; there are: {', '.join(policies())}")
    if len(given) > len(form.parameters):
        raise ValueError(f"{name} takes {_named(form)}, not {':'.join(given)!r}")
    parameters: dict[str, float | str] = dict(form.parameters)
    for key, value in zip(form.parameters, given, strict=False):
        parameters[key] = _parameter(form, key, value)
    return form, parameters


def _parameter(form: PolicyForm, key: str, value: str) -> float | str:
    if isinstance(form.parameters[key], str):
        if key == "learns" and value not in LEARNS:
            raise ValueError(f"{form.name} learns {' or '.join(LEARNS)}, not {value!r}")
        return value
    try:
        number = float(value)
    except ValueError:
        number = -1.0
    if not 0 <= number < float("inf"):
        raise ValueError(f"{key} of {form.name} is a number from 0 up, not {value!r}")
    return number


def _named(form: PolicyForm) -> str:
    return " and ".join(form.parameters) or "no parameter"


# What a rule that learns may learn from: the full panels of earlier requests, or only what it saw itself.
LEARNS: Sequence[str] = ("panels", "own")
