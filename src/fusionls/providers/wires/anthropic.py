"""Anthropic's Messages API, streamed (docs.anthropic.com, "Messages" and "Streaming messages").

Written from the vendor's documentation and not run against the vendor.
"""

from fusionls.core.prompt import RenderedPrompt
from fusionls.core.reply import Chunk
from fusionls.providers.events import Event
from fusionls.providers.wire import Parsed, Wire, WireRequest, key_header, probe_at
from fusionls.providers.wires._payload import (
    count_at,
    object_at,
    payload_of,
    temperature_of,
    text_at,
    withheld_answer,
)

_VERSION = "2023-06-01"
_MOST_TEMPERATURE = 1.0


def _request(prompt: RenderedPrompt, model: str, key: str) -> WireRequest:
    body: dict[str, object] = {
        "model": model,
        "max_tokens": prompt.max_tokens,
        "temperature": temperature_of(prompt, _MOST_TEMPERATURE),
        "stream": True,
        "system": "\n".join(m.content for m in prompt.messages if m.role == "system"),
        "messages": [
            {"role": m.role, "content": m.content} for m in prompt.messages if m.role != "system"
        ],
    }
    # A stop text must hold more than white space, or the request is refused.
    stop = [text for text in prompt.stop if text.strip()]
    body |= {"stop_sequences": stop} if stop else {}
    return WireRequest("/v1/messages", _headers(key), body)


def _headers(key: str) -> dict[str, str]:
    return {"anthropic-version": _VERSION, **key_header("x-api-key", key)}


def _parse(event: Event) -> Parsed:
    payload = payload_of(event) or {}
    kind = text_at(payload, "type")
    if kind == "content_block_delta":
        text = text_at(object_at(payload, "delta"), "text")
        return Parsed((Chunk(text),) if text else ())
    if kind == "message_start":
        usage = object_at(object_at(payload, "message"), "usage")
        return Parsed((Chunk("", 0, tokens_in=count_at(usage, "input_tokens")),))
    if kind == "message_delta":
        if object_at(payload, "delta").get("stop_reason") == "refusal":
            raise withheld_answer()
        usage = object_at(payload, "usage")
        return Parsed((Chunk("", 0, tokens_out=count_at(usage, "output_tokens")),))
    return Parsed(ends=kind == "message_stop")


def _family(_model: str) -> str:
    return "chat"


WIRE = Wire(
    name="anthropic",
    request=_request,
    parse=_parse,
    probe=probe_at("/v1/models", _headers),
    family=_family,
    continues=False,
)
