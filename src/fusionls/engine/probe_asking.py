"""One probe to one member: the prompt, the answer with its times, and the candidate that it comes to."""

import asyncio
from contextlib import aclosing
from dataclasses import dataclass, replace

from fusionls.core.candidate import Candidate
from fusionls.core.cleanup import CleaningContext
from fusionls.core.context import CompletionContext, gather
from fusionls.core.extent import extent_of
from fusionls.core.families import family_for
from fusionls.core.languages import languages
from fusionls.core.member import Member
from fusionls.core.missing_line import missing_line
from fusionls.core.probes import Probe
from fusionls.core.prompt import Family, RenderedPrompt
from fusionls.core.reading import Reading
from fusionls.core.reply import Reply, ReplyState, grown
from fusionls.core.request import CompletionRequest, Extent, Trigger
from fusionls.core.text import DocumentSnapshot
from fusionls.core.validation import open_hole
from fusionls.engine.ports import ModelClient

# From fewer tokens, or from such as came at one moment (ms), no pace can be told.
LEAST_TOKENS = 4
LEAST_WRITING_MS = 2.0


@dataclass(frozen=True, slots=True)
class Heard:
    """A whole answer. ``last_ms`` is when its last text came, in milliseconds since it was asked for."""

    reply: Reply
    last_ms: float

    @property
    def first_ms(self) -> float:
        """When its first token came; of an empty answer, when it ended."""
        return self.last_ms if self.reply.first_token_ms is None else self.reply.first_token_ms

    @property
    def tokens_per_s(self) -> float | None:
        """How fast it was written, None if that cannot be told."""
        took_ms = self.last_ms - self.first_ms
        if self.reply.tokens_out < LEAST_TOKENS or took_ms < LEAST_WRITING_MS:
            return None
        return (self.reply.tokens_out - 1) * 1000 / took_ms


@dataclass(frozen=True, slots=True)
class Asked:
    """A probe as the engine asks it: the request, its prompt, and how much is wanted."""

    request: CompletionRequest
    prompt: RenderedPrompt
    extent: Extent
    needed: tuple[str, ...] = ()


async def heard(client: ModelClient, prompt: RenderedPrompt) -> Heard:
    """Return the answer to ``prompt``. Raises ModelFailure."""
    loop = asyncio.get_running_loop()
    start_s = loop.time()
    reply, last_ms = Reply("", ReplyState.ASKED, asked_ms=0.0), None
    async with aclosing(client.stream(prompt)) as chunks:
        async for chunk in chunks:
            now_ms = (loop.time() - start_s) * 1000
            first = reply.first_token_ms
            reply = grown(reply, chunk, now_ms)
            if chunk.text:
                last_ms = now_ms
            else:
                # Counts are no tokens.
                reply = replace(reply, first_token_ms=first)
    ended_ms = (loop.time() - start_s) * 1000
    reply = replace(reply, state=ReplyState.ANSWERED, done_ms=ended_ms)
    return Heard(reply, ended_ms if last_ms is None else last_ms)


def plain_prompt(member: Member, family: Family, probe: Probe, extent: Extent) -> RenderedPrompt:
    """Return the prompt for ``probe`` in the format of ``family``, and with nothing else to hold it."""
    return family.render(_context(member, _request(probe)), extent)[0]


def asked_as_usual(member: Member, probe: Probe) -> Asked:
    """Return ``probe`` as the engine would ask it, with all that it knows of the line."""
    request = _request(probe)
    extent, context = extent_of(request), _context(member, request)
    needed: tuple[str, ...] = ()
    if member.obeys:
        after = probe.suffix if extent is Extent.LINE else ""
        missing = missing_line(languages()[probe.language], probe.prefix, after)
        context, needed = replace(context, missing=missing), missing.needed
    prompt = family_for("", member.family).render(context, extent)[0]
    return Asked(request, prompt, extent, needed)


def read(member: Member, asked: Asked, reply: Reply) -> Candidate:
    """Return what ``reply`` comes to after the engine's own cleaning and parse gate."""
    request, family = asked.request, family_for("", member.family)
    language = languages()[request.document.language_id]
    cleaning = CleaningContext(
        prefix=request.prefix,
        suffix=request.suffix,
        extent=asked.extent,
        withheld=asked.prompt.withheld,
        special_tokens=family.special_tokens,
        language=language,
    )
    hole = open_hole(language, request.prefix, request.suffix)
    reading = Reading(member, cleaning, hole, asked.prompt, asked.needed, talks=family.chat)
    return reading.candidate(reply)


def _request(probe: Probe) -> CompletionRequest:
    ending = languages()[probe.language].extensions[0]
    uri = f"file:///probes/{probe.name.replace(' ', '_')}{ending}"
    document = DocumentSnapshot(uri, probe.language, 1, probe.prefix + probe.suffix)
    return CompletionRequest("doctor", document, len(probe.prefix), Trigger.AUTOMATIC)


def _context(member: Member, request: CompletionRequest) -> CompletionContext:
    language = languages()[request.document.language_id]
    return gather(request, member.budget, language.name, language.line_comment)
