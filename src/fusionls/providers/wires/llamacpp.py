"""llama.cpp's own dialect: it gives log-probabilities, keeps the prompt's cache and obeys a grammar."""

from collections.abc import Mapping

from fusionls.core.prompt import RenderedPrompt
from fusionls.core.reply import Chunk
from fusionls.providers.events import Event
from fusionls.providers.wire import Parsed, Wire, WireRequest, bearer
from fusionls.providers.wires._openai_events import (
    CHAT_PATH,
    chat_body,
    logprobs_in,
    parse_openai,
    total,
)
from fusionls.providers.wires._payload import count_at, objects_at, payload_of, text_at

COMPLETION_PATH = "/completion"


def _request(prompt: RenderedPrompt, model: str, key: str) -> WireRequest:
    if prompt.messages:
        body = {**chat_body(prompt, model), "logprobs": True, "top_logprobs": 1}
        return WireRequest(CHAT_PATH, bearer(key), {**body, **_own_options(prompt)})
    body = {
        "prompt": prompt.text,
        "n_predict": prompt.max_tokens,
        "temperature": 0,
        "stop": list(prompt.stop),
        "stream": True,
        # One alternative is the fewest for which the log-probability of the token itself is sent.
        "n_probs": 1,
    }
    return WireRequest(COMPLETION_PATH, bearer(key), {**body, **_own_options(prompt)})


def _own_options(prompt: RenderedPrompt) -> dict[str, object]:
    options: dict[str, object] = {"cache_prompt": True}
    return {**options, "grammar": prompt.grammar} if prompt.grammar else options


def _parse(event: Event) -> Parsed:
    payload = payload_of(event)
    if payload is None or "choices" in payload:
        return parse_openai(payload)
    return _parse_completion(payload)


def _parse_completion(payload: Mapping[str, object]) -> Parsed:
    text = text_at(payload, "content")
    logprobs = logprobs_in(objects_at(payload, "completion_probabilities"))
    ends = payload.get("stop") is True
    if not text and not ends:
        return Parsed()
    chunk = Chunk(
        text=text,
        tokens=len(logprobs) or int(bool(text)),
        logprob=total(logprobs),
        tokens_in=count_at(payload, "tokens_evaluated") if ends else None,
        tokens_out=count_at(payload, "tokens_predicted") if ends else None,
    )
    return Parsed((chunk,), ends)


WIRE = Wire(name="llamacpp", request=_request, parse=_parse, probe_path="/health")
