"""The OpenAI dialect, which most servers speak: continuation with or without a suffix, and chat.

Sources: OpenAI's API reference ("Create completion", "Create chat completion") and the pages of the
servers below. It was run here against llama.cpp's server; the vendors are written from the
documentation and were not run against.

What works by settings alone; an ``endpoint`` may end in its version or not:

- OpenAI, Groq ("https://api.groq.com/openai/v1"), Together, Fireworks, Azure's "/openai/v1" and most
  others: ``family = "chat"``. For models that think first ``body = { reasoning_effort = "minimal" }``.
- DeepSeek: chat at "https://api.deepseek.com"; fill-in at "https://api.deepseek.com/beta" with
  ``family = "endpoint"``.
- vLLM, LM Studio, LiteLLM and llama.cpp's server: the family of the model, or "chat". Not "endpoint":
  vLLM refuses a suffix and llama.cpp's server leaves it out here, but fills in on the wire "llamacpp".
- TGI ("/v1"): ``family = "chat"``; for the model's own fill-in format the wire "huggingface".
- Gemini's and Ollama's compatible addresses: "https://.../v1beta/openai", "http://localhost:11434".

A seed is not sent: some of the vendors and gateways behind this dialect refuse fields that they do not
know, and samples differ without one. Log-probabilities are read where they are sent, but not asked for,
for the same reason:
``body = { logprobs = true }`` asks a chat for them, ``body = { logprobs = 1 }`` a continuation.
"""

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


WIRE = Wire(name="openai", request=_request, parse=_parse, fills_in=True)
