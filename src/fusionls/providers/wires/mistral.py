"""Mistral (docs.mistral.ai, "Fill in the middle" and "Chat Completions" of the API reference).

Its fill-in endpoint serves Codestral. Fields that it does not know are an error there, so usage is not
asked for; it comes with the last event anyway. Written from the documentation, not run against the
vendor.
"""

from fusionls.core.prompt import RenderedPrompt
from fusionls.providers.events import Event
from fusionls.providers.wire import Parsed, Wire, WireRequest, bearer
from fusionls.providers.wires._openai_events import CHAT_PATH, limits, messages_of, parse_openai
from fusionls.providers.wires._payload import payload_of, seed_of

_FILL_IN_PATH = "/v1/fim/completions"


def _request(prompt: RenderedPrompt, model: str, key: str) -> WireRequest:
    rest = {**limits(prompt, model), **seed_of(prompt, "random_seed"), "stream": True}
    if prompt.fill_in is None:
        return WireRequest(CHAT_PATH, bearer(key), {"messages": messages_of(prompt), **rest})
    gap = prompt.fill_in
    body = {"prompt": gap.whole_prefix, "suffix": gap.suffix, **rest}
    return WireRequest(_FILL_IN_PATH, bearer(key), body)


def _parse(event: Event) -> Parsed:
    return parse_openai(payload_of(event))


def _family(model: str) -> str:
    return "endpoint" if "codestral" in model.lower() else "chat"


WIRE = Wire(
    name="mistral",
    request=_request,
    parse=_parse,
    family=_family,
    continues=False,
    fills_in=True,
)
