"""The Messages API, by a transcript in the form of the vendor's documentation (unverified)."""

import pytest

from fusionls.core.prompt import ChatMessage, RenderedPrompt
from fusionls.core.reply import FailureKind
from fusionls.engine.ports import ModelFailure
from tests.support.scripted_transport import Raw, Script, event
from tests.unit.test_providers_client import KEY, TEXT, ask, failure_of

CHAT = RenderedPrompt(
    messages=(ChatMessage("system", "only code"), ChatMessage("user", "add two numbers")),
    stop=("\n", "END"),
)
TRANSCRIPT = [
    {"type": "message_start", "message": {"usage": {"input_tokens": 25, "output_tokens": 1}}},
    {"type": "content_block_start", "index": 0, "content_block": {"type": "text", "text": ""}},
    {"type": "ping"},
    {"type": "content_block_delta", "index": 0, "delta": {"type": "text_delta", "text": "a "}},
    {"type": "content_block_delta", "index": 0, "delta": {"type": "text_delta", "text": "+ b"}},
    {"type": "content_block_stop", "index": 0},
    {"type": "message_delta", "delta": {"stop_reason": "end_turn"}, "usage": {"output_tokens": 7}},
    {"type": "message_stop"},
]


def script(*payloads):
    named = (f"event: {p['type']}\n".encode() + event(p) for p in payloads)
    return Script((Raw(b"".join(named)),))


def test_a_healthy_answer():
    chunks, transport = ask(script(*TRANSCRIPT), "anthropic", CHAT)
    assert "".join(chunk.text for chunk in chunks) == "a + b"
    assert [c.tokens_in for c in chunks if c.tokens_in is not None] == [25]
    assert [c.tokens_out for c in chunks if c.tokens_out is not None] == [7]
    [seen] = transport.requests
    assert seen.path == "/v1/messages"
    assert seen.headers["x-api-key"] == KEY and "authorization" not in seen.headers
    assert seen.json["system"] == "only code"
    assert seen.json["stop_sequences"] == ["END"]
    assert [message["role"] for message in seen.json["messages"]] == ["user"]


def test_an_error_after_the_answer_has_begun():
    overloaded = {"type": "error", "error": {"type": "overloaded_error", "message": "Overloaded"}}
    failure = failure_of(script(*TRANSCRIPT[:4], overloaded), "anthropic", CHAT)
    assert failure.kind is FailureKind.OVERLOADED


def test_a_family_that_does_not_chat_is_told_what_to_do():
    with pytest.raises(ModelFailure, match='set family = "chat"'):
        ask(script(*TRANSCRIPT), "anthropic", TEXT)


@pytest.mark.parametrize("payload", [{"type": "content_block_delta", "delta": 7}, {"type": 3}])
def test_malformed_events(payload):
    assert failure_of(script(payload), "anthropic", CHAT).kind is FailureKind.MALFORMED
