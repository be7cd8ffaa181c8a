"""OpenRouter (openrouter.ai/docs, "API Reference", "Streaming", "Errors"): many vendors behind one key.

Its own fusion of models, and its routers, are models like any other. While a vendor is slow the server
sends comments; an error after the answer has begun comes as an event. Written from the documentation,
not run against the vendor.
"""

from fusionls.core.prompt import RenderedPrompt
from fusionls.providers.events import Event
from fusionls.providers.wire import Parsed, Wire, WireRequest, bearer, probe_at
from fusionls.providers.wires._openai_events import limits, messages_of, parse_openai
from fusionls.providers.wires._payload import payload_of, seed_of

_ROOT = "/api/v1"


def _request(prompt: RenderedPrompt, model: str, key: str) -> WireRequest:
    said: dict[str, object] = {"prompt": prompt.text}
    path = f"{_ROOT}/completions"
    if prompt.messages:
        said = {"messages": messages_of(prompt)}
        path = f"{_ROOT}/chat/completions"
    # Fields that a vendor does not know are left out by the router. Usage comes without being asked for.
    body = {**said, **limits(prompt, model), **seed_of(prompt), "stream": True}
    return WireRequest(path, bearer(key), body)


def _parse(event: Event) -> Parsed:
    return parse_openai(payload_of(event))


def _family(_model: str) -> str:
    # Which vendor answers, and whether it leaves a text as it is, is not known: all of them chat.
    return "chat"


WIRE = Wire(
    name="openrouter",
    request=_request,
    parse=_parse,
    # The list of models is long and open to everybody; this says something of the key in a few bytes.
    probe=probe_at(f"{_ROOT}/key"),
    family=_family,
)
