"""Who is asked: members, pools and their budgets."""

from dataclasses import dataclass, field
from enum import StrEnum


class Privacy(StrEnum):
    """How far a member's machine is from the user."""

    LOCAL = "local"
    PRIVATE = "private"
    CLOUD = "cloud"


@dataclass(frozen=True, slots=True)
class PromptBudget:
    """How much text a member is given, in code points.

    Of ``prefix`` a third is always used where there is so much; its start moves rarely, so that a model
    server's prompt cache stays warm (``core/windows.py``).
    """

    prefix: int = 6000
    suffix: int = 2000
    snippets: int = 3000

    def shrunk(self, share: float) -> "PromptBudget":
        """Return the share (0 to 1) of the budget that a member can take."""
        if share >= 1:
            return self
        return PromptBudget(
            int(self.prefix * share), int(self.suffix * share), int(self.snippets * share)
        )


@dataclass(frozen=True, slots=True)
class Price:
    """What a member takes, in money of ``currency`` for a million tokens."""

    input: float = 0.0
    output: float = 0.0
    currency: str = "USD"

    def of(self, tokens_in: int, tokens_out: int) -> float:
        """Return what a request costs."""
        return (tokens_in * self.input + tokens_out * self.output) / 1_000_000


@dataclass(frozen=True, slots=True)
class Member:
    """One model of a pool, as the deciding code sees it.

    ``prior`` is how often its answers are right (0 to 1) before anything is known of this user;
    members of one ``maker`` count as about one vote; ``family`` names the prompt format. ``obeys`` says
    that its answers can be held to a grammar, ``calibrated`` that its log-probability is the measured
    chance that it is right. Members with the same word in ``shares`` slow each other down.
    """

    name: str
    family: str = "plain"
    maker: str = ""
    prior: float = 0.3
    privacy: Privacy = Privacy.LOCAL
    budget: PromptBudget = field(default_factory=PromptBudget)
    obeys: bool = False
    calibrated: bool = False
    shares: str = ""
    price: Price | None = None

    @property
    def is_local(self) -> bool:
        """Whether what it is sent stays on this machine."""
        return self.privacy is Privacy.LOCAL

    @property
    def knows_its_chance(self) -> bool:
        """Whether its log-probabilities tell how likely it is right, as measured of what runs embedded."""
        return self.obeys or self.calibrated


@dataclass(frozen=True, slots=True)
class Caps:
    """The hard caps per trigger, in milliseconds: no answer leaves later."""

    automatic_ms: float = 350.0
    manual_ms: float = 1500.0
