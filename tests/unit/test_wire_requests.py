"""What each wire asks beyond its transcripts: other prompts, the user's options, probes, and refusals."""

from dataclasses import replace

import pytest

from fusionls.core.context import Snippet
from fusionls.core.prompt import ChatMessage, FillIn, RenderedPrompt
from fusionls.core.reply import FailureKind
from fusionls.engine.ports import Endpoint, ModelFailure
from fusionls.providers.client import FixedEndpoint, HttpModelClient
from fusionls.providers.events import Event
from fusionls.providers.http import WAY, Reach, Way, open_client
from fusionls.providers.wire import RequestOptions
from fusionls.providers.wires import default_family, wires, written_fields
from tests.support.scripted_transport import ScriptedTransport, answer, fails
from tests.support.virtual_time import run_virtual

KEY = "k-123"
TEXT = RenderedPrompt(text="a = ", stop=("\n", "<1>", "<2>", "<3>", "<4>", "<5>"), max_tokens=7)
CHAT = RenderedPrompt(messages=(ChatMessage("user", "hello"),), stop=("\n",), max_tokens=7)
GAP = FillIn(
    "a = ",
    ")",
    ahead="# b.py\n# b = 1\n\n",
    path="src/a.py",
    language="python",
    snippets=(Snippet("b.py", "b = 1"), Snippet("c.py", "c")),
)
FILL_IN = RenderedPrompt(text="# b.py\n# b = 1\n\na = ", fill_in=GAP, stop=("\n",), max_tokens=7)


def request(wire, prompt, model="m", key=KEY):
    return wires()[wire].request(prompt, model, key)


@pytest.mark.parametrize("wire", ["openai", "azure", "mistral", "ollama"])
def test_an_endpoint_that_knows_two_texts_is_shown_other_files_as_comments(wire):
    body = request(wire, FILL_IN).body
    assert (body["prompt"], body["suffix"]) == ("# b.py\n# b = 1\n\na = ", ")")


def test_llamacpp_and_tabby_are_given_other_files_as_files():
    body = request("llamacpp", FILL_IN).body
    assert (body["input_prefix"], body["input_suffix"]) == ("a = ", ")")
    assert body["input_extra"] == [
        {"filename": "b.py", "text": "b = 1"},
        {"filename": "c.py", "text": "c"},
    ]
    body = request("tabby", FILL_IN).body
    assert body["language"] == "python"
    segments = body["segments"]
    assert segments["filepath"] == "src/a.py" and segments["prefix"] == "a = "
    files = segments["relevant_snippets_from_changed_files"]
    assert [(file["filepath"], file["body"]) for file in files] == [
        ("b.py", "b = 1"),
        ("c.py", "c"),
    ]
    assert files[0]["score"] > files[1]["score"]


def test_ollama_needs_a_suffix_to_know_that_it_is_to_fill_in():
    empty = RenderedPrompt(fill_in=FillIn("a = ", ""))
    assert request("ollama", empty).body["suffix"] == "\n"


def test_llamacpp_fills_in_within_a_grammar():
    prompt = RenderedPrompt(fill_in=GAP, grammar='root ::= "x"')
    assert request("llamacpp", prompt).body["grammar"] == 'root ::= "x"'


# Where each wire writes the temperature and the seed of a sample; None for a seed that it does not send.
SAMPLED = {
    "anthropic": ("temperature", None),
    "azure": ("temperature", "seed"),
    "gemini": ("generationConfig.temperature", "generationConfig.seed"),
    "huggingface": ("temperature", "seed"),
    "llamacpp": ("temperature", "seed"),
    "mistral": ("temperature", "random_seed"),
    "ollama": ("options.temperature", "options.seed"),
    "openai": ("temperature", None),
    "openrouter": ("temperature", "seed"),
    "tabby": ("temperature", "seed"),
}


def field_at(body, place):
    for name in place.split("."):
        body = body.get(name)
    return body


def prompts_of(wire):
    known = wires()[wire]
    asked = ((TEXT, known.continues), (CHAT, known.chats), (FILL_IN, known.fills_in))
    return [prompt for prompt, can in asked if can]


def names_in(body):
    for name, value in body.items():
        yield name
        yield from names_in(value) if isinstance(value, dict) else ()


@pytest.mark.parametrize("wire", sorted(wires()))
def test_a_further_sample_is_drawn_as_each_wire_documents(wire):
    temperature, seed = SAMPLED[wire]
    for prompt in prompts_of(wire):
        body = request(wire, replace(prompt, temperature=0.5, seed=7)).body
        inside = body.get("parameters", body)
        assert field_at(inside, temperature) == 0.5
        assert seed is None or field_at(inside, seed) == 7
        assert seed is not None or not {"seed", "random_seed"} & set(names_in(body))


@pytest.mark.parametrize("wire", sorted(wires()))
def test_the_likeliest_answer_is_asked_for_as_ever(wire):
    for prompt in prompts_of(wire):
        body = dict(request(wire, prompt).body)
        assert not {"seed", "random_seed"} & set(names_in(body))
        if "parameters" not in body:
            # Not 0.0: the bytes are those that servers have been sent all along.
            assert repr(field_at(body, SAMPLED[wire][0])) == "0"


def test_hugging_faces_server_is_told_to_draw_before_it_takes_a_temperature():
    drawn = request("huggingface", replace(TEXT, temperature=0.5)).body["parameters"]
    likeliest = request("huggingface", TEXT).body["parameters"]
    assert (drawn["do_sample"], drawn["temperature"]) == (True, 0.5)
    assert (likeliest["do_sample"], "temperature" in likeliest) == (False, False)


def test_a_temperature_is_within_what_the_vendor_takes():
    hot = replace(CHAT, temperature=1.4)
    assert request("anthropic", hot).body["temperature"] == 1.0
    assert request("openai", hot).body["temperature"] == 1.4


@pytest.mark.parametrize(
    ("wire", "where", "prompt", "most"),
    [("huggingface", "parameters", TEXT, 4), ("openai", None, TEXT, 6)],
)
def test_a_server_that_takes_few_stops_gets_the_first(wire, where, prompt, most):
    body = request(wire, prompt).body
    stop = body[where]["stop"] if where else body["stop"]
    assert stop == list(prompt.stop[:most])


def test_gemini_gets_five_stops_and_its_own_roles():
    turns = (ChatMessage("user", "a"), ChatMessage("assistant", "b"), ChatMessage("user", "c"))
    body = request("gemini", RenderedPrompt(messages=turns, stop=TEXT.stop)).body
    assert body["generationConfig"]["stopSequences"] == list(TEXT.stop[:5])
    assert [turn["role"] for turn in body["contents"]] == ["user", "model", "user"]
    assert "systemInstruction" not in body


@pytest.mark.parametrize(
    ("model", "path"),
    [
        ("gemini-2.0-flash", "/v1beta/models/gemini-2.0-flash:streamGenerateContent?alt=sse"),
        ("tunedModels/mine", "/v1beta/tunedModels/mine:streamGenerateContent?alt=sse"),
        ("m?key=x#y", "/v1beta/models/m%3Fkey%3Dx%23y:streamGenerateContent?alt=sse"),
    ],
)
def test_a_model_is_a_part_of_the_path_and_cannot_leave_it(model, path):
    assert request("gemini", CHAT, model).path == path
    assert "?" not in request("azure", CHAT, model).path


@pytest.mark.parametrize("model", ["o3-mini", "gpt-5", "gpt-5.1-codex"])
@pytest.mark.parametrize("wire", ["openai", "azure"])
def test_models_that_think_first_are_not_told_what_they_refuse(wire, model):
    body = request(wire, CHAT, model).body
    assert body["max_completion_tokens"] == 7
    assert not {"max_tokens", "temperature", "stop"} & set(body)


@pytest.mark.parametrize("model", ["gpt-4o", "openhermes", "o", "olmo-2", "gpt-50x"])
def test_other_models_are_asked_as_ever(model):
    body = request("openai", CHAT, model).body
    assert (body["max_tokens"], body["temperature"], body["stop"]) == (7, 0, ["\n"])


@pytest.mark.parametrize("wire", sorted(wires()))
def test_a_probe_shows_the_key_in_the_wires_own_header(wire):
    prompt = next(
        prompt
        for prompt, can in (
            (CHAT, wires()[wire].chats),
            (FILL_IN, wires()[wire].fills_in),
        )
        if can
    )
    probe = wires()[wire].probe("m", KEY)
    keyed = {n: v for n, v in request(wire, prompt).headers.items() if KEY in v}
    assert keyed and {n: v for n, v in probe.headers.items() if KEY in v} == keyed
    assert probe.path.startswith("/") and KEY not in probe.path
    assert not any(KEY in v for v in wires()[wire].probe("m", "").headers.values())
    assert KEY not in repr(probe) and KEY not in repr(request(wire, prompt))


@pytest.mark.parametrize(
    ("wire", "model", "family"),
    [
        ("openai", "Qwen2.5-Coder-7B", "qwen2.5-coder"),
        ("openai", "gpt-4.1-mini", "chat"),
        ("llamacpp", "", "plain"),
        ("ollama", "codellama:7b-code", "codellama"),
        ("azure", "our-deployment", "chat"),
        ("openrouter", "qwen/qwen2.5-coder-32b-instruct", "chat"),
        ("mistral", "codestral-latest", "endpoint"),
        ("mistral", "mistral-small-latest", "chat"),
        ("anthropic", "claude-haiku-4-5", "chat"),
        ("gemini", "gemini-2.5-flash", "chat"),
        ("huggingface", "Qwen/Qwen2.5-Coder-32B-Instruct", "chat"),
        ("huggingface", "deepseek-ai/DeepSeek-V3", "chat"),
        ("huggingface", "bigcode/starcoder2-3b", "starcoder2"),
        ("huggingface", "", "plain"),
        ("tabby", "", "endpoint"),
    ],
)
def test_a_member_without_a_family_gets_one_that_its_wire_can_serve(wire, model, family):
    assert default_family(wire, model) == family


def asked(wire, prompt, *, options=None, way=None, url="http://m.test"):
    """The one request that a client with these settings sends."""
    transport = ScriptedTransport({"m": answer("x")})

    async def ask():
        client = HttpModelClient(
            FixedEndpoint(Endpoint(url, KEY)),
            wires()[wire],
            "m",
            open_client(transport),
            way=way,
            options=options,
        )
        return [chunk async for chunk in client.stream(prompt)]

    run_virtual(ask())
    return transport.requests[0]


def test_what_the_settings_add_is_sent_and_changes_nothing_else():
    options = RequestOptions(
        headers={"X-Team": "a", "authorization": "Bearer other", "CONTENT-TYPE": "text/plain"},
        body={"top_p": 0.5, "prompt": "other", "stream_options": {"include_usage": False, "b": 1}},
        query={"user": "x"},
    )
    seen = asked("openai", TEXT, options=options)
    assert seen.headers["x-team"] == "a"
    assert seen.headers["authorization"] == f"Bearer {KEY}"
    assert seen.headers["content-type"] == "application/json"
    assert (seen.json["top_p"], seen.json["prompt"]) == (0.5, "a = ")
    assert seen.json["stream_options"] == {"include_usage": True, "b": 1}
    assert "other" not in repr(options)


def test_what_a_wire_writes_itself_can_be_told_beforehand():
    assert {"prompt", "messages", "suffix", "stop", "temperature"} <= written_fields("openai")
    assert {"options.stop", "prompt", "raw"} <= written_fields("ollama")
    assert "options" not in written_fields("ollama")
    assert not {"top_p", "logprobs", "reasoning_effort"} & written_fields("openai")
    assert all(written_fields(wire) for wire in wires())


@pytest.mark.parametrize(("status", "anew"), [(401, 1), (403, 1), (429, 0), (500, 0)])
def test_a_key_that_is_not_taken_is_fetched_anew(status, anew):
    class Held(FixedEndpoint):
        refusals = 0

        def refused(self):
            Held.refusals += 1

    async def ask():
        http = open_client(ScriptedTransport({"m": fails(status)}))
        client = HttpModelClient(Held(Endpoint("http://m.test", KEY)), wires()["openai"], "m", http)
        with pytest.raises(ModelFailure):
            _ = [chunk async for chunk in client.stream(TEXT)]

    run_virtual(ask())
    assert Held.refusals == anew


def test_every_request_says_which_way_it_goes():
    way = Way(Reach.PRIVATE, ca_file="/ca.pem")
    assert asked("openai", TEXT, way=way).extensions[WAY] == way
    assert asked("openai", TEXT).extensions[WAY] == Way()


def test_a_probe_goes_the_same_way_and_has_the_options_too():
    seen = []

    class Remembering(ScriptedTransport):
        async def handle_async_request(self, request):
            seen.append(request)
            return await super().handle_async_request(request)

    way = Way(Reach.ANY)
    options = RequestOptions(headers={"X-Team": "a"}, query={"user": "x"})

    async def prepare():
        http = open_client(Remembering({"m": answer("x")}))
        endpoint = FixedEndpoint(Endpoint("http://m.test", KEY))
        await HttpModelClient(
            endpoint, wires()["azure"], "m", http, way=way, options=options
        ).prepare()

    run_virtual(prepare())
    [request] = seen
    assert request.url.raw_path == b"/openai/models?api-version=2024-10-21&user=x"
    assert (request.headers["api-key"], request.headers["x-team"]) == (KEY, "a")
    assert request.extensions[WAY] == way


@pytest.mark.parametrize(
    ("wire", "prompt", "hint"),
    [
        ("anthropic", TEXT, 'only chats: set family = "chat"'),
        ("gemini", TEXT, 'only chats: set family = "chat"'),
        ("mistral", TEXT, 'set family = "endpoint" or "chat"'),
        ("tabby", TEXT, 'only fills in: set family = "endpoint"'),
        ("tabby", CHAT, 'only fills in: set family = "endpoint"'),
        ("anthropic", FILL_IN, "does not fill in by itself"),
        ("huggingface", FILL_IN, "does not fill in by itself"),
        ("openrouter", FILL_IN, "does not fill in by itself"),
    ],
)
def test_what_a_server_cannot_do_is_refused_with_the_way_out(wire, prompt, hint):
    with pytest.raises(ModelFailure, match=hint) as raised:
        asked(wire, prompt)
    assert raised.value.failure.kind is FailureKind.REFUSED


@pytest.mark.parametrize("wire", sorted(wires()))
def test_a_key_that_no_header_can_carry_is_not_named(wire):
    prompt = CHAT if wires()[wire].chats else FILL_IN
    with pytest.raises(ModelFailure) as raised:
        request(wire, prompt, key="bad\nkey")
    assert raised.value.failure.kind is FailureKind.AUTHENTICATION
    assert "bad" not in str(raised.value)


@pytest.mark.parametrize(
    ("wire", "data", "kind"),
    [
        ("openai", '{"choices": [{"finish_reason": "content_filter"}]}', FailureKind.REFUSED),
        (
            "anthropic",
            '{"type": "message_delta", "delta": {"stop_reason": "refusal"}}',
            FailureKind.REFUSED,
        ),
        ("gemini", '{"candidates": [{"finishReason": "SAFETY"}]}', FailureKind.REFUSED),
        (
            "mistral",
            '{"object": "error", "message": "no", "type": "invalid_request_error"}',
            FailureKind.REFUSED,
        ),
        ("huggingface", '{"error": "busy", "error_type": "overloaded"}', FailureKind.OVERLOADED),
        ("ollama", '{"error": "model \'m\' not found"}', FailureKind.NOT_FOUND),
        ("openai", '{"choices": [{"logprobs": {"token_logprobs": 7}}]}', FailureKind.MALFORMED),
        ("openai", '{"choices": [{"delta": {"content": [7]}}]}', FailureKind.MALFORMED),
    ],
)
def test_an_answer_that_is_none_has_its_own_kind_of_failure(wire, data, kind):
    with pytest.raises(ModelFailure) as raised:
        wires()[wire].parse(Event(data))
    assert raised.value.failure.kind is kind


def test_one_log_probability_that_is_missing_makes_the_sum_unknown():
    data = '{"choices": [{"text": "ab", "logprobs": {"token_logprobs": [-0.5, null]}}]}'
    [chunk] = wires()["openai"].parse(Event(data)).chunks
    assert (chunk.tokens, chunk.logprob) == (2, None)
