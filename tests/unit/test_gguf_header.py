import struct

import pytest

from fusionls.core.families import family_for_weights
from fusionls.local.gguf_header import Header, HeaderError, header_of

STRING, ARRAY, U32 = 8, 9, 4


def text(value):
    raw = value.encode()
    return struct.pack("<Q", len(raw)) + raw


def entry(key, value):
    if isinstance(value, str):
        return text(key) + struct.pack("<I", STRING) + text(value)
    if isinstance(value, int):
        return text(key) + struct.pack("<II", U32, value)
    items = b"".join(map(text, value))
    return text(key) + struct.pack("<IIQ", ARRAY, STRING, len(value)) + items


def weights(tmp_path, entries, version=3):
    path = tmp_path / "own.gguf"
    head = b"GGUF" + struct.pack("<IQQ", version, 0, len(entries))
    path.write_bytes(head + b"".join(entry(k, v) for k, v in entries.items()))
    return path


def test_the_header_says_whose_model_it_is_and_how_it_fills_in(tmp_path):
    path = weights(
        tmp_path,
        {
            "general.architecture": "qwen2",
            "general.name": "Qwen2.5 Coder 0.5B",
            "tokenizer.ggml.model": "gpt2",
            "tokenizer.ggml.tokens": ["a", "b", "<|fim_prefix|>", "c"],
            "tokenizer.ggml.fim_pre_token_id": 2,
        },
    )
    assert header_of(path) == Header("Qwen2.5 Coder 0.5B", "qwen2", "gpt2", "<|fim_prefix|>")


def test_a_model_without_fill_in_tokens_or_tokenizer_has_empty_ones(tmp_path):
    assert header_of(weights(tmp_path, {"general.architecture": "llama"})) == Header(
        "", "llama", "", ""
    )


@pytest.mark.parametrize("chats", [True, False])
def test_a_model_that_brings_the_form_of_a_chat_along_says_so(tmp_path, chats):
    form = {"tokenizer.chat_template": "{% for message in messages %}"} if chats else {}
    assert header_of(weights(tmp_path, {"general.name": "m", **form})).chats is chats


def test_a_token_number_beyond_the_vocabulary_is_no_token(tmp_path):
    path = weights(tmp_path, {"tokenizer.ggml.tokens": ["a"], "tokenizer.ggml.fim_pre_token_id": 7})
    assert header_of(path).fill_in == ""


@pytest.mark.parametrize(
    ("content", "complaint"),
    [
        (b"", "does not begin"),
        (b"PK\x03\x04 something else", "does not begin"),
        (b"GGUF" + struct.pack("<IQQ", 99, 0, 0), "version 99"),
        (b"GGUF" + struct.pack("<IQQ", 3, 0, 1 << 40), "no sensible size"),
        (b"GGUF" + struct.pack("<IQQ", 3, 0, 1), "ends in the middle"),
        (b"GGUF" + struct.pack("<IQQQ", 3, 0, 1, 1 << 60), "no sensible size"),
        (b"GGUF" + struct.pack("<IQQ", 3, 0, 1) + text("k") + struct.pack("<I", 77), "type 77"),
        (
            b"GGUF"
            + struct.pack("<IQQ", 3, 0, 1)
            + text("k")
            + struct.pack("<IIQ", ARRAY, STRING, 1 << 50),
            "no sensible size",
        ),
    ],
)
def test_a_damaged_file_is_refused_in_words(tmp_path, content, complaint):
    path = tmp_path / "broken.gguf"
    path.write_bytes(content)
    with pytest.raises(HeaderError, match=complaint):
        header_of(path)


@pytest.mark.parametrize(
    ("name", "tokenizer", "fill_in", "family"),
    [
        ("qwen2.5-coder-0.5b", "gpt2", "<|fim_prefix|>", "qwen2.5-coder"),
        ("codegemma-2b", "llama", "<|fim_prefix|>", "codegemma"),
        ("starcoder2-3b", "gpt2", "<fim_prefix>", "starcoder2"),
        ("something-else", "gpt2", "<fim_prefix>", "granite"),
        ("codellama-7b", "llama", "\u2581<PRE>", "codellama"),
        # A name alone does not make a model fill in.
        ("qwen2.5-coder-0.5b", "gpt2", "", "plain"),
        ("my-model-instruct", "llama", "", "plain-sentencepiece"),
        ("smollm2-360m", "gpt2", "", "smollm2"),
        ("unknown", "", "<unknown>", "plain"),
    ],
)
def test_a_file_of_ones_own_gets_the_prompts_that_its_header_asks_for(
    name, tokenizer, fill_in, family
):
    assert family_for_weights(name, tokenizer, fill_in).name == family
