"""What the members of one request have said so far, read as candidates."""

from collections.abc import Mapping

from fusionls.core.candidate import Candidate, Gate
from fusionls.core.reading import Reading
from fusionls.core.reply import Reply, ReplyState
from fusionls.engine.fan_out import FanOut


class Answers:
    """The candidates of a request, by the names of the prompts that they answer."""

    def __init__(self, fan_out: FanOut, readings: Mapping[str, Reading]) -> None:
        self.fan_out = fan_out
        self._readings = readings
        self._candidates: dict[str, Candidate] = {}

    def candidates(self) -> list[Candidate]:
        """Return the candidates in the order of the pool, which settles ties: arrival times must not."""
        return [self._candidates[name] for name in self.fan_out.replies if name in self._candidates]

    def classes(self) -> dict[str, str]:
        """Return the class of each member's answer, of its first prompt if that has one."""
        found: dict[str, str] = {}
        for candidate in self.candidates():
            if candidate.key and candidate.verdict.gate is not Gate.BROKEN:
                found.setdefault(candidate.member.name, candidate.key)
        return found

    def gone(self) -> set[str]:
        """Return the members from whom nothing more comes in time."""
        awaited = {
            reading.member.name
            for name, reading in self._readings.items()
            if self.fan_out.is_awaited(name)
        }
        return {reading.member.name for reading in self._readings.values()} - awaited

    def read(self, reply: Reply, *, hurry: bool = False) -> None:
        """Read what ``reply`` brings; hang up on who has said all that was asked for."""
        reading = self._readings[reply.member]
        if not reading.is_readable(reply):
            return
        candidate = reading.candidate(reply, hurry=hurry)
        if candidate.key or reply.state is ReplyState.ANSWERED:
            self._candidates[reply.member] = candidate
        if reply.state is ReplyState.PARTIAL and reading.is_enough(candidate):
            self.fan_out.enough(reply.member)
