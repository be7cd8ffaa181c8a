"""Gemini (ai.google.dev/api, "Generating content": ``models.streamGenerateContent`` with ``alt=sse``).

There is no mark at the end: the event with a reason to finish is the last. Log-probabilities are read
where they are sent; ``body = { generationConfig = { responseLogprobs = true } }`` asks for them, which
some models refuse. Written from the documentation, not run against the vendor.
"""

from collections.abc import Mapping
from urllib.parse import quote

from fusionls.core.prompt import RenderedPrompt
from fusionls.core.reply import Chunk
from fusionls.providers.events import Event
from fusionls.providers.wire import Parsed, Wire, WireRequest, key_header, probe_at
from fusionls.providers.wires._payload import (
    NOTHING,
    count_at,
    logprob_at,
    object_at,
    objects_at,
    payload_of,
    seed_of,
    temperature_of,
    text_at,
    total,
    withheld_answer,
)

_ROOT = "/v1beta"
_MOST_STOPS = 5
# These think before they answer and can be told not to; with a few dozen tokens nothing else would be left.
_THINKERS_THAT_NEED_NOT = "2.5-flash"
# Reasons to finish that leave a text which may be shown.
_WHOLE = ("STOP", "MAX_TOKENS")
# Their names for who speaks.
_ROLES = {"user": "user", "assistant": "model"}


def _request(prompt: RenderedPrompt, model: str, key: str) -> WireRequest:
    system = [{"text": m.content} for m in prompt.messages if m.role == "system"]
    turns = [m for m in prompt.messages if m.role != "system"]
    settings: dict[str, object] = {
        "temperature": temperature_of(prompt),
        "maxOutputTokens": prompt.max_tokens,
        **seed_of(prompt),
    }
    if prompt.stop:
        settings["stopSequences"] = list(prompt.stop[:_MOST_STOPS])
    if _THINKERS_THAT_NEED_NOT in model:
        settings["thinkingConfig"] = {"thinkingBudget": 0}
    body: dict[str, object] = {
        "contents": [{"role": _ROLES[m.role], "parts": [{"text": m.content}]} for m in turns],
        "generationConfig": settings,
    }
    if system:
        body["systemInstruction"] = {"parts": system}
    # Tuned models have a folder of their own in their name.
    name = quote(model if "/" in model else f"models/{model}", safe="/")
    return WireRequest(f"{_ROOT}/{name}:streamGenerateContent?alt=sse", _key(key), body)


def _key(key: str) -> dict[str, str]:
    return key_header("x-goog-api-key", key)


def _parse(event: Event) -> Parsed:
    payload = payload_of(event) or {}
    if object_at(payload, "promptFeedback").get("blockReason"):
        raise withheld_answer()
    candidate = next(iter(objects_at(payload, "candidates")), NOTHING)
    finish = candidate.get("finishReason")
    if finish and finish not in _WHOLE:
        raise withheld_answer()
    text = _text_of(candidate)
    usage = object_at(payload, "usageMetadata")
    logprobs = _logprobs_of(candidate)
    chunk = Chunk(
        text=text,
        tokens=len(logprobs) or int(bool(text)),
        logprob=total(logprobs),
        tokens_in=count_at(usage, "promptTokenCount"),
        tokens_out=_written(usage),
    )
    return Parsed((chunk,) if text or usage else (), ends=bool(finish))


def _text_of(candidate: Mapping[str, object]) -> str:
    parts = objects_at(object_at(candidate, "content"), "parts")
    return "".join(text_at(part, "text") for part in parts if part.get("thought") is not True)


def _logprobs_of(candidate: Mapping[str, object]) -> list[float | None]:
    chosen = objects_at(object_at(candidate, "logprobsResult"), "chosenCandidates")
    return [logprob_at(token, "logProbability") for token in chosen]


def _written(usage: Mapping[str, object]) -> int | None:
    """Return how many tokens were written, the thoughts among them: they are paid for, too."""
    said, thought = count_at(usage, "candidatesTokenCount"), count_at(usage, "thoughtsTokenCount")
    return None if said is None and thought is None else (said or 0) + (thought or 0)


def _family(_model: str) -> str:
    return "chat"


WIRE = Wire(
    name="gemini",
    request=_request,
    parse=_parse,
    probe=probe_at(f"{_ROOT}/models?pageSize=1", _key),
    family=_family,
    continues=False,
)
