"""Azure OpenAI's deployments (Microsoft Learn, "Azure OpenAI in Azure AI Foundry Models REST API reference").

``model`` is the name of the deployment, and the endpoint "https://RESOURCE.openai.azure.com". The
address without deployments, "https://RESOURCE.openai.azure.com/openai/v1", speaks the wire "openai".
Written from the documentation, not run against the vendor.
"""

from urllib.parse import quote

from fusionls.core.prompt import RenderedPrompt
from fusionls.providers.events import Event
from fusionls.providers.wire import Parsed, Wire, WireRequest, key_header, probe_at
from fusionls.providers.wires._openai_events import chat_body, completion_body, parse_openai
from fusionls.providers.wires._payload import payload_of, seed_of

# The newest that is not a preview; ``query = { api-version = "..." }`` in the settings asks for another.
_API_VERSION = "2024-10-21"


def _request(prompt: RenderedPrompt, model: str, key: str) -> WireRequest:
    deployment = f"/openai/deployments/{quote(model, safe='')}"
    if prompt.messages:
        # The deployment knows its model; the name only tells which fields it takes.
        body = {k: v for k, v in chat_body(prompt, model).items() if k != "model"}
        body |= seed_of(prompt)
        return WireRequest(f"{deployment}/chat/completions", _key(key), body)
    body = {**completion_body(prompt, ""), **seed_of(prompt)}
    return WireRequest(f"{deployment}/completions", _key(key), body)


def _key(key: str) -> dict[str, str]:
    return key_header("api-key", key)


def _parse(event: Event) -> Parsed:
    return parse_openai(payload_of(event))


def _family(_model: str) -> str:
    # A deployment may have any name, and nearly all of them chat.
    return "chat"


WIRE = Wire(
    name="azure",
    request=_request,
    parse=_parse,
    probe=probe_at("/openai/models", _key),
    family=_family,
    query={"api-version": _API_VERSION},
    fills_in=True,
)
