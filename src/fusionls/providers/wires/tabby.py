"""A Tabby server (tabby.tabbyml.com/api, "/v1/completions"): it fills in, and knows its model's format.

It answers in one piece, says nothing of tokens, and decides itself where to stop. Written from the
documentation, not run against the server.
"""

from fusionls.core.prompt import FillIn, RenderedPrompt
from fusionls.providers.events import Event
from fusionls.providers.wire import Parsed, Wire, WireRequest, bearer, probe_at
from fusionls.providers.wires._openai_events import COMPLETIONS_PATH
from fusionls.providers.wires._payload import (
    objects_at,
    payload_of,
    seed_of,
    temperature_of,
    text_at,
    whole_parsed,
)


def _request(prompt: RenderedPrompt, model: str, key: str) -> WireRequest:
    gap = prompt.fill_in or FillIn(prompt.text, "")
    segments: dict[str, object] = {"prefix": gap.prefix, "suffix": gap.suffix}
    if gap.path:
        segments["filepath"] = gap.path
    if gap.snippets:
        # Ours come best first, and that is all that the score is used for.
        segments["relevant_snippets_from_changed_files"] = [
            {"filepath": s.path, "body": s.text, "score": 1 / (place + 1)}
            for place, s in enumerate(gap.snippets)
        ]
    body: dict[str, object] = {
        "segments": segments,
        "temperature": temperature_of(prompt),
        **seed_of(prompt),
    }
    if gap.language:
        body["language"] = gap.language
    return WireRequest(COMPLETIONS_PATH, bearer(key), body)


def _parse(event: Event) -> Parsed:
    payload = payload_of(event) or {}
    if "choices" not in payload:
        return Parsed()
    choices = objects_at(payload, "choices")
    return whole_parsed(text_at(choices[0], "text") if choices else "")


def _family(_model: str) -> str:
    return "endpoint"


WIRE = Wire(
    name="tabby",
    request=_request,
    parse=_parse,
    probe=probe_at("/v1/health"),
    family=_family,
    framing="json",
    continues=False,
    chats=False,
    fills_in=True,
)
