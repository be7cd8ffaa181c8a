"""What the OpenAI dialect and its relatives share: the bodies, and the events of an answer."""

import re
from collections.abc import Mapping

from fusionls.core.prompt import RenderedPrompt
from fusionls.core.reply import Chunk, Failure, FailureKind
from fusionls.engine.ports import ModelFailure
from fusionls.providers.events import malformed
from fusionls.providers.wire import Parsed
from fusionls.providers.wires._payload import (
    NOTHING,
    as_logprob,
    count_at,
    logprob_at,
    object_at,
    objects_at,
    temperature_of,
    text_at,
    total,
    withheld_answer,
)

COMPLETIONS_PATH = "/v1/completions"
CHAT_PATH = "/v1/chat/completions"
# OpenAI's models that think first: they name the limit otherwise, and refuse a temperature and stops.
_THINKERS = re.compile(r"(?:o[1-9]|gpt-5)(?![a-z0-9])")


def completion_body(prompt: RenderedPrompt, model: str) -> dict[str, object]:
    """Return the body that asks to continue ``prompt.text``, or to fill in where the prompt has a gap."""
    gap = prompt.fill_in
    texts = (
        {"prompt": prompt.text}
        if gap is None
        else {"prompt": gap.whole_prefix, "suffix": gap.suffix}
    )
    return {**texts, **limits(prompt, model), **_STREAMED}


def chat_body(prompt: RenderedPrompt, model: str) -> dict[str, object]:
    """Return the body that asks for an answer to ``prompt.messages``."""
    own = limits(prompt, model)
    if _THINKERS.match(model):
        own = {"model": model, "max_completion_tokens": prompt.max_tokens}
    return {"messages": messages_of(prompt), **own, **_STREAMED}


def messages_of(prompt: RenderedPrompt) -> list[dict[str, str]]:
    """Return the messages of ``prompt`` in the usual form."""
    return [{"role": turn.role, "content": turn.content} for turn in prompt.messages]


def limits(prompt: RenderedPrompt, model: str, most_stops: int | None = None) -> dict[str, object]:
    """Return the fields that say which model writes, how much, and where it stops."""
    body: dict[str, object] = {
        "max_tokens": prompt.max_tokens,
        "temperature": temperature_of(prompt),
    }
    if model:
        body["model"] = model
    if prompt.stop:
        body["stop"] = list(prompt.stop[:most_stops])
    return body


def parse_openai(payload: Mapping[str, object] | None) -> Parsed:
    """Return what a payload of either OpenAI dialect says; None is the mark that ends the answer.

    Only the first choice counts, as one is asked for. Missing choices and null contents are empty.
    Raises ModelFailure: malformed, refused if a filter broke the answer off, or server error if the
    server gave up on it.
    """
    if payload is None:
        return Parsed(ends=True)
    choice = _first_choice(payload)
    finish = choice.get("finish_reason")
    if finish == "error":
        raise ModelFailure(Failure(FailureKind.SERVER_ERROR, "the server gave up on its answer"))
    if finish == "content_filter":
        raise withheld_answer()
    text = _text_of(choice)
    logprobs = _logprobs_of(choice)
    usage = object_at(payload, "usage")
    tokens_in, tokens_out = count_at(usage, "prompt_tokens"), count_at(usage, "completion_tokens")
    chunks: tuple[Chunk, ...] = ()
    if text or usage:
        tokens = len(logprobs) or bool(text)
        chunks = (Chunk(text, int(tokens), total(logprobs), tokens_in, tokens_out),)
    return Parsed(chunks, ends=bool(finish))


_STREAMED: dict[str, object] = {"stream": True, "stream_options": {"include_usage": True}}


def _first_choice(payload: Mapping[str, object]) -> Mapping[str, object]:
    choices = objects_at(payload, "choices")
    return next((c for c in choices if c.get("index") in (None, 0)), NOTHING)


def _text_of(choice: Mapping[str, object]) -> str:
    said = object_at(choice, "delta")
    return _content_of(said) if said else text_at(choice, "text")


def _content_of(said: Mapping[str, object]) -> str:
    """Return the text of a message, which may come in parts, some of them thoughts."""
    if not isinstance(said.get("content"), list):
        return text_at(said, "content")
    parts = objects_at(said, "content")
    return "".join(text_at(part, "text") for part in parts if part.get("type") == "text")


def _logprobs_of(choice: Mapping[str, object]) -> list[float | None]:
    said = object_at(choice, "logprobs")
    older = said.get("token_logprobs")
    if older is None:
        return [logprob_at(token) for token in objects_at(said, "content")]
    if not isinstance(older, list):
        raise malformed("token_logprobs is not a list")
    return [as_logprob(value) for value in older]
