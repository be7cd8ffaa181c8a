"""What a member said to one prompt, when, and how it goes to and from the journal."""

import asyncio
from collections.abc import AsyncGenerator, Mapping
from dataclasses import asdict, dataclass
from typing import Any

from fusionls.core.prompt import RenderedPrompt
from fusionls.core.reply import Chunk, Failure, FailureKind
from fusionls.engine.ports import ModelFailure


@dataclass(frozen=True, slots=True)
class Said:
    """One answer in full: its chunks, each with the milliseconds since it was asked for.

    ``shape``, ``withheld`` and ``given`` are the prompt's; ``expected_ms`` is what the client expected.
    ``ended_ms`` is when it was over, with ``failure`` if it did not end well.
    """

    member: str
    shape: str
    withheld: str
    given: str
    expected_ms: float | None
    chunks: tuple[tuple[float, Chunk], ...]
    ended_ms: float
    failure: Failure | None = None

    @property
    def text(self) -> str:
        """All that was said."""
        return "".join(chunk.text for _, chunk in self.chunks)

    def to_json(self) -> dict[str, Any]:
        """Return the row of the journal."""
        return asdict(self)

    @classmethod
    def from_json(cls, row: Mapping[str, Any]) -> "Said":
        """Return what ``to_json`` gave. Raises KeyError, TypeError or ValueError for anything else."""
        failure = row["failure"]
        return cls(
            member=str(row["member"]),
            shape=str(row["shape"]),
            withheld=str(row["withheld"]),
            given=str(row["given"]),
            expected_ms=row["expected_ms"],
            chunks=tuple((float(ms), Chunk(**chunk)) for ms, chunk in row["chunks"]),
            ended_ms=float(row["ended_ms"]),
            failure=Failure(**{**failure, "kind": FailureKind(failure["kind"])})
            if failure
            else None,
        )


class SaidAgain:
    """A model client that says what its member said, shape by shape, at the same times."""

    def __init__(self, answers: Mapping[str, Said]) -> None:
        """``answers`` are by the shape of the prompt."""
        self._answers = answers

    def expected_ms(self, prompt: RenderedPrompt) -> float | None:
        """Return what was expected then."""
        said = self._answers.get(prompt.shape)
        return said.expected_ms if said else None

    async def warm(self, prompt: RenderedPrompt) -> None:
        """Nothing to read."""

    async def stream(self, prompt: RenderedPrompt) -> AsyncGenerator[Chunk, None]:
        """Yield what was said. Raises ModelFailure where it failed then, and for what was never asked."""
        said = self._answers.get(prompt.shape)
        if said is None:
            raise ModelFailure(Failure(FailureKind.BUG, "this prompt was never asked"))
        loop = asyncio.get_running_loop()
        start = loop.time()
        for at_ms, chunk in said.chunks:
            await asyncio.sleep(max(0.0, start + at_ms / 1000 - loop.time()))
            yield chunk
        await asyncio.sleep(max(0.0, start + said.ended_ms / 1000 - loop.time()))
        if said.failure is not None:
            raise ModelFailure(said.failure)

    async def prepare(self) -> None:
        """Nothing to make ready."""

    async def aclose(self) -> None:
        """Nothing to close."""
