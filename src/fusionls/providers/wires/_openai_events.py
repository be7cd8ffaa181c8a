"""What the OpenAI dialect and its relatives share: the bodies, and the events of an answer."""

from collections.abc import Mapping

from fusionls.core.prompt import RenderedPrompt
from fusionls.core.reply import Chunk, Failure, FailureKind
from fusionls.engine.ports import ModelFailure
from fusionls.providers.wire import Parsed
from fusionls.providers.wires._payload import NOTHING, count_at, object_at, objects_at, text_at

COMPLETIONS_PATH = "/v1/completions"
CHAT_PATH = "/v1/chat/completions"


def completion_body(prompt: RenderedPrompt, model: str) -> dict[str, object]:
    """Return the body that asks for the continuation of ``prompt.text``."""
    return {"prompt": prompt.text, **_common(prompt, model)}


def chat_body(prompt: RenderedPrompt, model: str) -> dict[str, object]:
    """Return the body that asks for an answer to ``prompt.messages``."""
    messages = [{"role": turn.role, "content": turn.content} for turn in prompt.messages]
    return {"messages": messages, **_common(prompt, model)}


def parse_openai(payload: Mapping[str, object] | None) -> Parsed:
    """Return what a payload of either OpenAI dialect says; None is the mark that ends the answer.

    Only the first choice counts, as one is asked for. Missing choices and null contents are empty.
    Raises ModelFailure: malformed, or server error if the answer was given up on.
    """
    if payload is None:
        return Parsed(ends=True)
    choice = _first_choice(payload)
    finish = choice.get("finish_reason")
    if finish == "error":
        raise ModelFailure(Failure(FailureKind.SERVER_ERROR, "the server gave up on its answer"))
    text = _text_of(choice)
    logprobs = _logprobs_of(choice)
    usage = object_at(payload, "usage")
    tokens_in, tokens_out = count_at(usage, "prompt_tokens"), count_at(usage, "completion_tokens")
    chunks: tuple[Chunk, ...] = ()
    if text or usage:
        tokens = len(logprobs) or bool(text)
        chunks = (Chunk(text, int(tokens), total(logprobs), tokens_in, tokens_out),)
    return Parsed(chunks, ends=bool(finish))


def logprobs_in(tokens: list[Mapping[str, object]]) -> list[float | None]:
    """Return the log-probability of each token, None where the server gave no number."""
    values = [token.get("logprob") for token in tokens]
    return [float(v) if isinstance(v, int | float) and v <= 0 else None for v in values]


def total(logprobs: list[float | None]) -> float | None:
    """Return the sum, or None if there is none or one of them is not known."""
    known = [value for value in logprobs if value is not None]
    return sum(known) if known and len(known) == len(logprobs) else None


def _common(prompt: RenderedPrompt, model: str) -> dict[str, object]:
    body: dict[str, object] = {
        "max_tokens": prompt.max_tokens,
        "temperature": 0,
        "stream": True,
        "stream_options": {"include_usage": True},
    }
    if model:
        body["model"] = model
    if prompt.stop:
        body["stop"] = list(prompt.stop)
    return body


def _first_choice(payload: Mapping[str, object]) -> Mapping[str, object]:
    choices = objects_at(payload, "choices")
    return next((c for c in choices if c.get("index") in (None, 0)), NOTHING)


def _text_of(choice: Mapping[str, object]) -> str:
    delta = object_at(choice, "delta")
    return text_at(delta, "content") if delta else text_at(choice, "text")


def _logprobs_of(choice: Mapping[str, object]) -> list[float | None]:
    # The older form lists bare numbers under another key; only the newer one is asked for.
    return logprobs_in(objects_at(object_at(choice, "logprobs"), "content"))
