"""Ollama (docs.ollama.com, "Generate a completion", "Generate a chat message", "Streaming", "Errors").

An answer is JSON in lines. With a suffix the template of the model puts its fill-in markers in, and a
model without any is refused; a prompt of one of our families goes in as it is. Written from the
documentation, not run against the server.
"""

from fusionls.core.prompt import RenderedPrompt
from fusionls.core.reply import Chunk
from fusionls.providers.events import Event
from fusionls.providers.wire import Parsed, Wire, WireRequest, bearer, probe_at
from fusionls.providers.wires._openai_events import messages_of
from fusionls.providers.wires._payload import (
    count_at,
    logprob_at,
    object_at,
    objects_at,
    payload_of,
    seed_of,
    temperature_of,
    text_at,
    total,
)

_GENERATE_PATH = "/api/generate"
_CHAT_PATH = "/api/chat"


def _request(prompt: RenderedPrompt, model: str, key: str) -> WireRequest:
    path, said = _said(prompt)
    options: dict[str, object] = {
        "temperature": temperature_of(prompt),
        "num_predict": prompt.max_tokens,
        **seed_of(prompt),
    }
    if prompt.stop:
        options["stop"] = list(prompt.stop)
    body = {
        "model": model,
        **said,
        "stream": True,
        # Servers before 0.12.11 do not know this and leave it out.
        "logprobs": True,
        "options": options,
    }
    return WireRequest(path, bearer(key), body)


def _said(prompt: RenderedPrompt) -> tuple[str, dict[str, object]]:
    gap = prompt.fill_in
    if prompt.messages:
        return _CHAT_PATH, {"messages": messages_of(prompt)}
    if gap is None:
        return _GENERATE_PATH, {"prompt": prompt.text, "raw": True}
    # Without a suffix the template would take the code for something that is said to the model.
    return _GENERATE_PATH, {"prompt": gap.whole_prefix, "suffix": gap.suffix or "\n"}


def _parse(event: Event) -> Parsed:
    payload = payload_of(event) or {}
    said = object_at(payload, "message")
    text = text_at(said, "content") if said else text_at(payload, "response")
    ends = payload.get("done") is True
    if not text and not ends:
        return Parsed()
    logprobs = [logprob_at(token) for token in objects_at(payload, "logprobs")]
    chunk = Chunk(
        text=text,
        tokens=len(logprobs) or int(bool(text)) if text else 0,
        logprob=total(logprobs) if text else None,
        tokens_in=count_at(payload, "prompt_eval_count") if ends else None,
        tokens_out=count_at(payload, "eval_count") if ends else None,
    )
    return Parsed((chunk,), ends)


WIRE = Wire(
    name="ollama",
    request=_request,
    parse=_parse,
    probe=probe_at("/api/version"),
    framing="ndjson",
    fills_in=True,
)
