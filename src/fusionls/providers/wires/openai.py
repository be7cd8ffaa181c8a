"""The OpenAI dialect, which most servers speak: text continuation and chat."""

from fusionls.core.prompt import RenderedPrompt
from fusionls.providers.events import Event
from fusionls.providers.wire import Parsed, Wire, WireRequest, bearer
from fusionls.providers.wires._openai_events import (
    CHAT_PATH,
    COMPLETIONS_PATH,
    chat_body,
    completion_body,
    parse_openai,
)
from fusionls.providers.wires._payload import payload_of


def _request(prompt: RenderedPrompt, model: str, key: str) -> WireRequest:
    if prompt.messages:
        return WireRequest(CHAT_PATH, bearer(key), chat_body(prompt, model))
    return WireRequest(COMPLETIONS_PATH, bearer(key), completion_body(prompt, model))


def _parse(event: Event) -> Parsed:
    return parse_openai(payload_of(event))


WIRE = Wire(name="openai", request=_request, parse=_parse)
