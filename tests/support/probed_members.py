"""Members that know the probes of ``fusionls doctor``, or know them wrongly, in the time of the loop."""

import asyncio
from collections.abc import AsyncGenerator, Callable
from typing import Any

from fusionls.core.member import Member
from fusionls.core.probes import CONTINUATIONS, FILL_INS, PROBES, Probe
from fusionls.core.prompt import RenderedPrompt
from fusionls.core.reply import Chunk, Failure
from fusionls.engine.ports import ModelFailure, PoolMember
from tests.support.bare_client import BareClient

KNOWN = (*FILL_INS, *CONTINUATIONS, *PROBES)
# The speed probes, and whatever else: something to count tokens of.
ANYTHING = "values[0] if values else None"
# What somebody writes where many texts would do. It parses wherever it is put.
TASTE = {
    "a docstring": "Turn a title into a slug.",
    "a message": '"Nothing was found."',
    "a greeting": '"Welcome, " + name',
    "a refusal": 'InvalidOperationException("too little")',
    "a label": "count.to_s",
    "a clean title": "trim($title)",
    "a report": "$file: $(wc -l < $file)",
}

Says = Callable[[RenderedPrompt], "str | Failure | None"]


def sent(prompt: RenderedPrompt) -> str:
    """Everything that a prompt shows the model."""
    return prompt.text + "".join(message.content for message in prompt.messages)


def probe_in(prompt: RenderedPrompt) -> Probe | None:
    """Return the probe that ``prompt`` asks about."""
    found = [probe for probe in KNOWN if probe.prefix.rstrip() in sent(prompt)]
    return max(found, key=lambda probe: len(probe.prefix), default=None)


def right(prompt: RenderedPrompt) -> str:
    """Say what is right, in one's own taste."""
    probe = probe_in(prompt)
    if probe is None:
        return ANYTHING
    text = probe.right[0] if probe.right else TASTE[probe.name]
    return prompt.withheld + text


class ProbedClient(BareClient):
    """A model that ``says`` a text, fails, or (for None) never says anything.

    It is made ready after ``ready_ms``, says the first token of a prompt whose beginning is new to it
    after ``cold_ms`` and of others after ``warm_ms``, and a token every ``token_ms``.
    """

    def __init__(
        self,
        says: Says,
        *,
        ready_ms: float = 200.0,
        cold_ms: float = 400.0,
        warm_ms: float = 50.0,
        token_ms: float = 10.0,
        dead: Failure | None = None,
    ) -> None:
        self._says = says
        self._times = ready_ms, cold_ms, warm_ms, token_ms
        self._dead = dead
        self._heads: set[str] = set()
        self.prompts: list[RenderedPrompt] = []

    async def prepare(self) -> None:
        await asyncio.sleep(self._times[0] / 1000)
        if self._dead is not None:
            raise ModelFailure(self._dead)

    async def stream(self, prompt: RenderedPrompt) -> AsyncGenerator[Chunk, None]:
        self.prompts.append(prompt)
        _, cold_ms, warm_ms, token_ms = self._times
        head = sent(prompt)[:600]
        await asyncio.sleep((warm_ms if head in self._heads else cold_ms) / 1000)
        self._heads.add(head)
        said = self._says(prompt)
        if said is None:
            await asyncio.sleep(3600)
            return
        if isinstance(said, Failure):
            raise ModelFailure(said)
        words = said.split(" ")
        for number, word in enumerate(words[: prompt.max_tokens]):
            if number:
                await asyncio.sleep(token_ms / 1000)
            yield Chunk(f" {word}" if number else word)
        yield Chunk("", tokens=0)


def probed(member: Member, says: Says, **more: Any) -> PoolMember:
    """Return a member behind a client that ``says``."""
    return PoolMember(member, ProbedClient(says, **more))
