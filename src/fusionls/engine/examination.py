"""What was found out about a member by asking it."""

from dataclasses import dataclass

from fusionls.core.candidate import Candidate, Gate
from fusionls.core.family_fit import FillIn, Fit
from fusionls.core.kinship import Said
from fusionls.core.member import Member
from fusionls.core.probes import Probe
from fusionls.core.reply import Failure


@dataclass(frozen=True, slots=True)
class Speed:
    """Times in milliseconds. ``warm_ms`` and ``tokens_per_s`` are medians, None where nothing tells.

    ``ready_ms`` is the way to the server, starting it if need be; ``cold_ms`` is the first token of a
    prompt that it had not seen.
    """

    ready_ms: float
    cold_ms: float
    warm_ms: float | None = None
    tokens_per_s: float | None = None
    warm_runs: int = 0


@dataclass(frozen=True, slots=True)
class FamilyFinding:
    """Whether the member's family is right. ``better`` is a family with which more was right."""

    fit: Fit
    answers: tuple[FillIn, ...]
    better: str = ""
    suggested: str = ""


@dataclass(frozen=True, slots=True)
class Answer:
    """What came of one probe: a candidate, or a failure."""

    probe: Probe
    candidate: Candidate | None = None
    failure: Failure | None = None

    @property
    def is_well_formed(self) -> bool:
        """Whether there is something to insert, and the document parses with it."""
        found = self.candidate
        return found is not None and bool(found.key) and found.verdict.gate is not Gate.BROKEN

    @property
    def said(self) -> Said | None:
        """The answer for comparing members."""
        found = self.candidate
        return None if found is None else Said(found.key, self.probe.is_right(found.text))


@dataclass(frozen=True, slots=True)
class Examination:
    """What was found out about one member.

    ``failure`` is why it could not be asked at all; ``reached`` says whether its server was there.
    ``left_out`` is in words why some of the questions were not asked.
    """

    member: Member
    reached: bool
    failure: Failure | None = None
    speed: Speed | None = None
    family: FamilyFinding | None = None
    answers: tuple[Answer, ...] = ()
    left_out: str = ""

    @property
    def well_formed(self) -> int:
        """How many answers parse."""
        return sum(answer.is_well_formed for answer in self.answers)
