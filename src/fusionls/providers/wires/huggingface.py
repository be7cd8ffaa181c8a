"""Hugging Face: its text-generation-inference server, and the chat of its inference providers.

Sources: "Text Generation Inference API" (``/generate_stream``), and "Chat Completion" of "Inference
Providers" (endpoint "https://router.huggingface.co/v1"). A model of one's own is asked in the format of
its family, with log-probabilities. Written from the documentation, not run against the server.
"""

from fusionls.core.families import family_for, talks
from fusionls.core.prompt import RenderedPrompt
from fusionls.core.reply import Chunk
from fusionls.providers.events import Event
from fusionls.providers.wire import Parsed, Wire, WireRequest, bearer
from fusionls.providers.wires._openai_events import CHAT_PATH, limits, messages_of, parse_openai
from fusionls.providers.wires._payload import (
    count_at,
    logprob_at,
    object_at,
    payload_of,
    seed_of,
    temperature_of,
    text_at,
)

_GENERATE_PATH = "/generate_stream"
# What the server allows unless it was started otherwise.
_MOST_STOPS = 4


def _request(prompt: RenderedPrompt, model: str, key: str) -> WireRequest:
    if prompt.messages:
        chat = {
            "messages": messages_of(prompt),
            **limits(prompt, model, _MOST_STOPS),
            **seed_of(prompt),
            "stream": True,
            "stream_options": {"include_usage": True},
        }
        return WireRequest(CHAT_PATH, bearer(key), chat)
    parameters: dict[str, object] = {
        "max_new_tokens": prompt.max_tokens,
        "do_sample": False,
        "return_full_text": False,
        "details": True,
    }
    if prompt.temperature > 0:
        # A temperature of nothing is refused.
        drawn = {"do_sample": True, "temperature": temperature_of(prompt)}
        parameters |= {**drawn, **seed_of(prompt)}
    if prompt.stop:
        parameters["stop"] = list(prompt.stop[:_MOST_STOPS])
    body = {"inputs": prompt.text, "parameters": parameters}
    return WireRequest(_GENERATE_PATH, bearer(key), body)


def _parse(event: Event) -> Parsed:
    payload = payload_of(event)
    if payload is None or "choices" in payload:
        return parse_openai(payload)
    token, details = object_at(payload, "token"), object_at(payload, "details")
    text = "" if token.get("special") is True else text_at(token, "text")
    ends = isinstance(payload.get("generated_text"), str)
    chunk = Chunk(
        text=text,
        tokens=int(bool(text)),
        logprob=logprob_at(token) if text else None,
        tokens_in=count_at(details, "input_length"),
        tokens_out=count_at(details, "generated_tokens"),
    )
    return Parsed((chunk,) if text or details else (), ends)


def _family(model: str) -> str:
    if talks(model):
        return "chat"
    family = family_for(model)
    # A model with an owner's name that no family knows is one that the router offers: those chat.
    return "chat" if "/" in model and not family.models else family.name


WIRE = Wire(name="huggingface", request=_request, parse=_parse, family=_family)
