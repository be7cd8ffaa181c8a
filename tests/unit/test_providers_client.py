"""A model over HTTP, as the engine sees it: chunks, failures, and connections that are closed."""

import asyncio
import json
from contextlib import aclosing

import httpx
import pytest

from fusionls.core.prompt import ChatMessage, RenderedPrompt
from fusionls.core.reply import Chunk, FailureKind
from fusionls.engine.ports import Endpoint, ModelFailure
from fusionls.providers.client import FixedEndpoint, HttpModelClient
from fusionls.providers.events import Caps
from fusionls.providers.http import FRESH_CONNECTION, open_client
from fusionls.providers.wires import wires
from tests.support.scripted_transport import (
    Break,
    End,
    Hang,
    Head,
    Raw,
    Script,
    ScriptedTransport,
    Token,
    answer,
    end_events,
    event,
    fails,
    hangs,
    token_event,
    unreachable,
)
from tests.support.virtual_time import run_virtual

WIRES = ("llamacpp", "openai")
TEXT = RenderedPrompt(text="def add(a, b):\n    return", stop=("\n",), max_tokens=32)
CHAT = RenderedPrompt(messages=(ChatMessage("user", "add two numbers"),))
KEY = "sk-very-secret"


def client_for(transport, wire="llamacpp", *, url="http://qwen.test", caps=None):
    endpoint = FixedEndpoint(Endpoint(url, KEY))
    return HttpModelClient(endpoint, wires()[wire], "qwen-coder", open_client(transport), caps)


def ask(script, wire="llamacpp", prompt=TEXT, caps=None):
    """What a member with this script answers, and what the network saw."""
    transport = ScriptedTransport({"qwen": script})

    async def collect():
        client = client_for(transport, wire, caps=caps)
        return [chunk async for chunk in client.stream(prompt)]

    return run_virtual(collect()), transport


def failure_of(script, wire="llamacpp", prompt=TEXT, caps=None):
    with pytest.raises(ModelFailure) as raised:
        ask(script, wire, prompt, caps)
    failure = raised.value.failure
    for secret in (KEY, "def add", "add two"):
        assert secret not in failure.message
        assert secret not in str(raised.value)
    return failure


def text_of(chunks):
    return "".join(chunk.text for chunk in chunks)


@pytest.mark.parametrize("wire", WIRES)
@pytest.mark.parametrize("prompt", [TEXT, CHAT], ids=["text", "chat"])
def test_a_healthy_answer(wire, prompt):
    chunks, transport = ask(answer(" a + b", after_ms=80, per_token_ms=10), wire, prompt)
    assert text_of(chunks) == " a + b"
    assert [chunk.tokens for chunk in chunks] == [1, 1, 1, 0]
    assert chunks[0].logprob == pytest.approx(-0.1)
    assert (chunks[-1].tokens_in, chunks[-1].tokens_out) == (10, 3)
    [seen] = transport.requests
    assert seen.finished
    assert seen.closed_ms == pytest.approx(100)


def test_chunks_come_when_they_are_sent():
    transport = ScriptedTransport({"qwen": answer("a b c", after_ms=80, per_token_ms=10)})

    async def times():
        client = client_for(transport)
        clock = asyncio.get_running_loop().time
        return [round(clock() * 1000) async for chunk in client.stream(TEXT) if chunk.text]

    assert run_virtual(times()) == [80, 90, 100]


def test_what_llamacpp_is_asked():
    prompt = RenderedPrompt(text="x", stop=("\n\n",), max_tokens=7, grammar='root ::= "a"')
    _, transport = ask(answer("a"), "llamacpp", prompt)
    [seen] = transport.requests
    assert seen.path == "/completion"
    assert seen.headers["authorization"] == f"Bearer {KEY}"
    assert seen.headers["accept-encoding"] == "identity"
    assert seen.json == {
        "prompt": "x",
        "n_predict": 7,
        "temperature": 0,
        "stop": ["\n\n"],
        "stream": True,
        "n_probs": 1,
        "cache_prompt": True,
        "grammar": 'root ::= "a"',
    }


def test_what_an_openai_server_is_asked():
    _, transport = ask(answer("a"), "openai", CHAT)
    [seen] = transport.requests
    assert seen.path == "/v1/chat/completions"
    assert seen.json == {
        "messages": [{"role": "user", "content": "add two numbers"}],
        "max_tokens": 64,
        "temperature": 0,
        "stream": True,
        "stream_options": {"include_usage": True},
        "model": "qwen-coder",
    }


@pytest.mark.parametrize(
    ("url", "path"),
    [
        ("http://qwen.test", "/v1/completions"),
        ("http://qwen.test/v1", "/v1/completions"),
        ("http://qwen.test/v1/", "/v1/completions"),
        ("http://qwen.test/api/v1", "/api/v1/completions"),
    ],
)
def test_an_address_may_end_in_v1_or_not(url, path):
    transport = ScriptedTransport({"qwen": answer("a")})

    async def ask_once():
        return [chunk async for chunk in client_for(transport, "openai", url=url).stream(TEXT)]

    run_virtual(ask_once())
    assert transport.requests[0].path == path


def test_lone_surrogates_never_reach_the_network():
    prompt = RenderedPrompt(text="a\ud800b", stop=("\udfff",))
    _, transport = ask(answer("a"), "llamacpp", prompt)
    assert transport.requests[0].json["prompt"] == "a\ufffdb"
    assert transport.requests[0].json["stop"] == ["\ufffd"]


@pytest.mark.parametrize("wire", WIRES)
def test_lone_surrogates_never_come_back(wire):
    body = b'data: {"content": "a\\ud800", "choices": [{"text": "a\\ud800"}]}\n\n'
    if wire == "llamacpp":
        body = b'data: {"content": "a\\ud800"}\n\n'
    chunks, _ = ask(Script((Raw(body), End())), wire)
    assert text_of(chunks) == "a\ufffd"


STATUSES = [
    (400, FailureKind.REFUSED, "400 Bad Request"),
    (401, FailureKind.AUTHENTICATION, "401 Unauthorized"),
    (402, FailureKind.OUT_OF_CREDIT, "402 Payment Required"),
    (403, FailureKind.AUTHENTICATION, "403 Forbidden"),
    (404, FailureKind.REFUSED, "404 Not Found"),
    (429, FailureKind.RATE_LIMITED, "429 Too Many Requests"),
    (500, FailureKind.SERVER_ERROR, "500 Internal Server Error"),
    (529, FailureKind.OVERLOADED, "529"),
    (204, FailureKind.MALFORMED, "204 No Content instead of an answer"),
    (307, FailureKind.REDIRECT, "redirect refused: the same host"),
]


@pytest.mark.parametrize(("status", "kind", "message"), STATUSES)
def test_a_status_becomes_a_failure(status, kind, message):
    failure = failure_of(fails(status))
    assert (failure.kind, failure.message) == (kind, message)


def test_a_redirect_names_the_host_and_is_not_followed():
    script = fails(307, location="http://evil.test/completion?key=1")
    failure = failure_of(script)
    assert failure.message == "redirect refused: evil.test"


@pytest.mark.parametrize(
    ("wait", "suffix"), [("30", ", retry after 30 s"), ("x\ny", ""), ("-1", "")]
)
def test_a_rate_limit_says_how_long(wait, suffix):
    message = failure_of(fails(429, retry_after=wait)).message
    assert message == f"429 Too Many Requests{suffix}"


def body_of(*contents, headers=None):
    head = Head(headers={"content-type": "text/event-stream", **(headers or {})})
    return Script((head, *(Raw(content) for content in contents)))


DEEP = b'data: {"content": ' + b"[" * 100 + b"]" * 100 + b"}\n\n"
BOTTOMLESS = b'data: {"content": ' + b"[" * 200_000 + b"\n\n"
MALFORMED = {
    "html": body_of(b"<html>", headers={"content-type": "text/html; charset=utf-8"}),
    "compressed": body_of(b"\x1f\x8b", headers={"content-encoding": "gzip"}),
    "empty": body_of(),
    "only comments": body_of(b": hello\n\n"),
    "not JSON": body_of(b"data: <html>\n\n"),
    "cut off": body_of(b'data: {"content": "a'),
    "a list": body_of(b"data: []\n\n"),
    "deep": body_of(DEEP),
    "bottomless": body_of(BOTTOMLESS),
    "text is a number": body_of(b'data: {"content": 1}\n\n'),
    "choices is a text": body_of(b'data: {"choices": "none"}\n\n'),
    "choice is a text": body_of(b'data: {"choices": ["none"]}\n\n'),
    "delta is a list": body_of(b'data: {"choices": [{"delta": [1]}]}\n\n'),
}


@pytest.mark.parametrize("script", MALFORMED.values(), ids=MALFORMED.keys())
def test_malformed_answers(script):
    assert failure_of(script).kind == FailureKind.MALFORMED


ERRORS_IN_STREAM = [
    ({"error": {"code": 400, "type": "invalid_request_error"}}, FailureKind.REFUSED),
    ({"error": {"code": "rate_limit_exceeded"}}, FailureKind.RATE_LIMITED),
    ({"error": {"type": "authentication_error", "code": None}}, FailureKind.AUTHENTICATION),
    ({"error": {"type": "overloaded_error"}}, FailureKind.OVERLOADED),
    ({"error": "def add(a, b): out of memory"}, FailureKind.SERVER_ERROR),
    ({"choices": [{"text": "", "finish_reason": "error"}]}, FailureKind.SERVER_ERROR),
]


@pytest.mark.parametrize(("payload", "kind"), ERRORS_IN_STREAM)
@pytest.mark.parametrize("wire", WIRES)
def test_an_error_inside_the_stream(wire, payload, kind):
    assert failure_of(body_of(event(payload)), wire).kind == kind
    named = body_of(b"event: error\n" + event(payload))
    assert failure_of(named, wire).kind == kind


def test_what_came_before_an_error_is_still_seen():
    script = body_of(token_event("a", "openai") + event({"error": {"code": 503}}))
    transport = ScriptedTransport({"qwen": script})
    seen = []

    async def collect():
        async for chunk in client_for(transport, "openai").stream(TEXT):
            seen.append(chunk.text)

    with pytest.raises(ModelFailure, match="503 Service Unavailable"):
        run_virtual(collect())
    assert seen == ["a"]


ODD_BUT_FINE = {
    "nothing but a role": b'data: {"choices": [{"delta": {"role": "assistant", "content": null}}]}\n\n',
    "no choices": b'data: {"choices": []}\n\ndata: {"choices": null}\n\n',
    "null everywhere": b'data: {"choices": [{"delta": null, "text": null, "logprobs": null}]}\n\n',
    "numbers": b'data: {"choices": [], "id": ' + b"9" * 10_000 + b', "a": NaN, "b": -Infinity}\n\n',
    "reasoning": b'data: {"choices": [{"delta": {"reasoning_content": "hm"}}]}\n\n',
    "a second choice": b'data: {"choices": [{"index": 1, "text": "other"}]}\n\n',
    "the same key twice": b'data: {"choices": 1, "choices": []}\n\n',
}


@pytest.mark.parametrize("odd", ODD_BUT_FINE.values(), ids=ODD_BUT_FINE.keys())
@pytest.mark.parametrize("wire", WIRES)
def test_odd_events_are_let_by(wire, odd):
    script = Script((Raw(odd), Token("a"), End()), wire="openai")
    chunks, _ = ask(script, wire)
    assert text_of(chunks) == "a"


def test_a_number_that_is_none_is_no_log_probability():
    body = b'data: {"content": "a", "completion_probabilities": [{"logprob": NaN}]}\n\n'
    chunks, _ = ask(Script((Raw(body), End())))
    assert chunks[0] == Chunk("a", tokens=1, logprob=None)


def test_an_end_without_its_last_blank_line():
    body = token_event("a", "openai") + b"data: [DONE]"
    chunks, _ = ask(Script((Raw(body),)), "openai")
    assert text_of(chunks) == "a"


@pytest.mark.parametrize("wire", WIRES)
def test_an_answer_that_stops_without_an_end_was_dropped(wire):
    assert failure_of(Script((Token("a"),)), wire).kind == FailureKind.DROPPED
    assert failure_of(Script((Token("a"), Break())), wire).kind == FailureKind.DROPPED


def test_a_failure_in_the_middle_is_not_asked_again():
    transport = ScriptedTransport({"qwen": Script((Token("a"), Break()))})

    async def collect():
        return [chunk async for chunk in client_for(transport).stream(TEXT)]

    with pytest.raises(ModelFailure):
        run_virtual(collect())
    assert len(transport.requests) == 1


CAPPED = {
    "text": Script((*[Token("x" * 100)] * 11, End())),
    "one event": body_of(b'data: {"content": "' + b"x" * 4001),
    "one line of many pieces": body_of(b"data: ", *[b"x" * 100] * 41),
    "events": body_of(*[event({"content": "x"})] * 51),
    "comments": body_of(*[b": still here\n"] * 51),
    "blank lines": body_of(*[b"\n"] * 51),
    "fields without data": body_of(*[b"retry: 1\n"] * 600),
    "bytes": body_of(*[event({"content": "", "noise": "x" * 300})] * 30),
}


@pytest.mark.parametrize("script", CAPPED.values(), ids=CAPPED.keys())
def test_everything_has_a_cap(script):
    caps = Caps(answer=1000, event=4000, events=50, stream=8000)
    assert failure_of(script, caps=caps).kind == FailureKind.TOO_LARGE


@pytest.mark.parametrize("error", [httpx.ReadError("reset"), httpx.RemoteProtocolError("bye")])
def test_a_connection_that_drops_before_the_first_byte_is_replaced_once(error):
    chunks, transport = ask([Script((Break(error, 5),)), answer("a", after_ms=10)])
    assert text_of(chunks) == "a"
    assert [seen.extensions[FRESH_CONNECTION] for seen in transport.requests] == [False, True]
    transport = ScriptedTransport({"qwen": Script((Head(), Break(error, 5)))})

    async def collect():
        return [chunk async for chunk in client_for(transport).stream(TEXT)]

    with pytest.raises(ModelFailure, match="connection dropped"):
        run_virtual(collect())
    assert len(transport.requests) == 2


UNREACHABLE = {
    "refused": unreachable(),
    "slow handshake": Script((Break(httpx.ConnectTimeout("slow")),)),
    "no such scheme": Script((Break(httpx.UnsupportedProtocol("gopher")),)),
}


@pytest.mark.parametrize("script", UNREACHABLE.values(), ids=UNREACHABLE.keys())
def test_no_connection(script):
    assert failure_of(script).kind == FailureKind.UNREACHABLE


@pytest.mark.parametrize("url", ["", "http://", "http://[::1", "qwen.test", "http://qwen.test:x"])
def test_an_address_that_is_none(url):
    async def collect():
        client = client_for(ScriptedTransport({"qwen": answer("a")}), url=url)
        return [chunk async for chunk in client.stream(TEXT)]

    with pytest.raises(ModelFailure, match="unreachable"):
        run_virtual(collect())


def test_a_key_that_no_header_can_carry():
    async def collect():
        endpoint = FixedEndpoint(Endpoint("http://qwen.test", "se\ncret"))
        http = open_client(ScriptedTransport({"qwen": answer("a")}))
        client = HttpModelClient(endpoint, wires()["openai"], "", http)
        return [chunk async for chunk in client.stream(TEXT)]

    with pytest.raises(ModelFailure, match="authentication") as raised:
        run_virtual(collect())
    assert "cret" not in str(raised.value)


def test_our_own_bug_is_a_failure_too():
    failure = failure_of(Script((Break(ZeroDivisionError("def add")),)))
    assert failure.kind == FailureKind.BUG
    assert failure.message == "ZeroDivisionError while asking qwen.test"


CANCELLED_AT = {
    "before the head": (hangs(), 100),
    "in the middle": (hangs("a", after_ms=20), 100),
    "after the text": (Script((Token("a"), Raw(end_events("openai"), 500)), wire="openai"), 100),
    "between two tokens": (answer("a b c d e f", after_ms=30, per_token_ms=30), 100),
}


@pytest.mark.parametrize(("script", "cut_ms"), CANCELLED_AT.values(), ids=CANCELLED_AT.keys())
def test_cancelling_closes_the_connection(script, cut_ms):
    transport = ScriptedTransport({"qwen": script})

    async def cancel():
        client = client_for(transport, "openai")

        async def read():
            async for _ in client.stream(TEXT):
                pass

        task = asyncio.create_task(read())
        await asyncio.sleep(cut_ms / 1000)
        task.cancel()
        await asyncio.wait([task])
        assert task.cancelled()

    run_virtual(cancel())
    [seen] = transport.requests
    assert seen.closed_ms == pytest.approx(cut_ms)
    assert not seen.finished


def test_leaving_the_stream_closes_the_connection():
    transport = ScriptedTransport({"qwen": answer("a b c", after_ms=30, per_token_ms=30)})

    async def leave():
        async with aclosing(client_for(transport).stream(TEXT)) as chunks:
            return await anext(chunks)

    assert run_virtual(leave()).text == "a"
    [seen] = transport.requests
    assert seen.closed_ms == pytest.approx(30)
    assert not seen.finished


@pytest.mark.parametrize("rest", [(), (Hang(),), (Break(),), (Raw(b"data: {oops\n\n"),)])
def test_a_whole_answer_does_not_wait_for_its_tail(rest):
    text = event({"choices": [{"text": "a", "finish_reason": "stop"}]})
    script = Script((Raw(text), *rest))
    transport = ScriptedTransport({"qwen": script})

    async def timed():
        chunks = [chunk async for chunk in client_for(transport, "openai").stream(TEXT)]
        return chunks, asyncio.get_running_loop().time()

    chunks, seconds = run_virtual(timed())
    assert text_of(chunks) == "a"
    assert seconds <= 0.051


def test_preparing_opens_a_connection_and_asks_nothing():
    transport = ScriptedTransport({"qwen": answer("a")})
    run_virtual(client_for(transport).prepare())
    assert transport.probes == ["qwen"]
    assert transport.requests == []


def test_preparing_says_that_nobody_is_there():
    with pytest.raises(ModelFailure, match="unreachable"):
        run_virtual(client_for(ScriptedTransport({})).prepare())


def test_nothing_printable_holds_the_key_or_the_code():
    request = wires()["openai"].request(TEXT, "qwen", KEY)
    assert KEY not in repr(request)
    assert "def add" not in repr(request)
    assert json.dumps(request.body)


def test_the_wires():
    assert {"llamacpp", "openai"} <= set(wires())


EDIT = RenderedPrompt(messages=(ChatMessage("user", "rename it"),), edits=True)


def test_an_edit_may_be_longer_than_any_completion():
    long = Script((*(Token("x" * 100_000) for _ in range(10)), End()))
    chunks, _ = ask(long, "openai", EDIT)
    assert len(text_of(chunks)) == 1_000_000
    assert failure_of(long, "openai", CHAT).kind is FailureKind.TOO_LARGE
    endless = Script((*(Token("x" * 1_000_000) for _ in range(9)), End()))
    assert failure_of(endless, "openai", EDIT).kind is FailureKind.TOO_LARGE


def test_who_gives_caps_means_them_for_edits_too():
    assert failure_of(answer("a b c d"), "openai", EDIT, Caps(answer=3)).kind is (
        FailureKind.TOO_LARGE
    )


def test_a_slow_connection_is_worth_five_seconds_to_an_edit_and_one_to_a_key():
    waits = []
    for prompt in (CHAT, EDIT):
        _, transport = ask(answer("x"), "openai", prompt)
        [seen] = transport.requests
        waits.append({seen.extensions["timeout"][name] for name in ("connect", "pool")})
    assert waits == [{1.0, 3.0}, {5.0, 8.0}]
