"""llama.cpp's own dialect: it gives log-probabilities, keeps the prompt's cache and obeys a grammar.

Source: the README of its server ("/completion", "/infill", "/v1/chat/completions"). Run here against it.
"""

from collections.abc import Mapping

from fusionls.core.prompt import FillIn, RenderedPrompt
from fusionls.core.reply import Chunk
from fusionls.providers.events import Event
from fusionls.providers.wire import Parsed, Wire, WireRequest, bearer, probe_at
from fusionls.providers.wires._openai_events import CHAT_PATH, chat_body, parse_openai
from fusionls.providers.wires._payload import (
    count_at,
    logprob_at,
    objects_at,
    payload_of,
    seed_of,
    temperature_of,
    text_at,
    total,
)

COMPLETION_PATH = "/completion"
INFILL_PATH = "/infill"


def _request(prompt: RenderedPrompt, model: str, key: str) -> WireRequest:
    if prompt.messages:
        body = {**chat_body(prompt, model), "logprobs": True, "top_logprobs": 1}
        return WireRequest(CHAT_PATH, bearer(key), {**body, **_own_options(prompt)})
    gap = prompt.fill_in
    path = COMPLETION_PATH if gap is None else INFILL_PATH
    body = {
        **({"prompt": prompt.text} if gap is None else _infill(gap)),
        "n_predict": prompt.max_tokens,
        "temperature": temperature_of(prompt),
        "stop": list(prompt.stop),
        "stream": True,
        # One alternative is the fewest for which the log-probability of the token itself is sent.
        "n_probs": 1,
    }
    return WireRequest(path, bearer(key), {**body, **_own_options(prompt)})


def _infill(gap: FillIn) -> dict[str, object]:
    """Return the parts of a gap. What other files say goes where the model was taught to expect it."""
    return {
        "input_prefix": gap.prefix,
        "input_suffix": gap.suffix,
        "input_extra": [{"filename": s.path, "text": s.text} for s in gap.snippets],
    }


def _own_options(prompt: RenderedPrompt) -> dict[str, object]:
    options: dict[str, object] = {"cache_prompt": True, **seed_of(prompt)}
    return {**options, "grammar": prompt.grammar} if prompt.grammar else options


def _parse(event: Event) -> Parsed:
    payload = payload_of(event)
    if payload is None or "choices" in payload:
        return parse_openai(payload)
    return _parse_completion(payload)


def _parse_completion(payload: Mapping[str, object]) -> Parsed:
    text = text_at(payload, "content")
    logprobs = [logprob_at(token) for token in objects_at(payload, "completion_probabilities")]
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


WIRE = Wire(
    name="llamacpp", request=_request, parse=_parse, probe=probe_at("/health"), fills_in=True
)
