"""What a keeper process decides: who gets a lease, when it is over, and what is said about failures."""

from dataclasses import replace
from pathlib import Path

import pytest

from fusionls.local.child import llama_environment
from fusionls.local.child_lines import Order
from fusionls.local.keeper import default_reading_threads, default_threads
from fusionls.local.lease import (
    FIRST_LEASE_S,
    IDLE_S,
    Lifetime,
    Record,
    identity_of,
    knock_line,
    record_from,
    record_text,
    welcome_from,
    welcome_line,
)
from fusionls.local.start_failures import why_it_ended, why_it_failed

ORDER = Order("m.gguf", "key", 2048, 1, 2, False, 0, 128, 2)


def test_a_keeper_that_nobody_leases_ends_after_thirty_seconds():
    lifetime = Lifetime(100, 102)
    assert not lifetime.over(100 + IDLE_S - 0.1)
    assert lifetime.over(100 + IDLE_S)


def test_a_keeper_that_started_slowly_can_still_be_leased():
    lifetime = Lifetime(100, 150)
    assert not lifetime.over(150 + FIRST_LEASE_S - 0.1)
    assert lifetime.over(150 + FIRST_LEASE_S)


def test_the_last_lease_counts():
    lifetime = Lifetime(0, 1)
    lifetime.opened()
    lifetime.opened()
    lifetime.closed(500)
    assert lifetime.leased
    assert not lifetime.over(10_000)
    lifetime.closed(20_000)
    assert not lifetime.over(20_000 + IDLE_S - 0.1)
    assert lifetime.over(20_000 + IDLE_S)


def test_both_sides_prove_that_they_know_the_secret():
    nonce, knock = knock_line("secret")
    assert b"secret" not in knock
    line = welcome_line("secret", knock, 4711, "key")
    assert line is not None
    welcome = welcome_from("secret", nonce, line)
    assert welcome is not None
    assert (welcome.port, welcome.key) == (4711, "key")
    # A keeper without the secret, a server without it, an answer to another question, a changed answer.
    assert welcome_from("other", nonce, line) is None
    assert welcome_line("other", knock, 4711, "key") is None
    assert welcome_from("secret", "other", line) is None
    assert welcome_from("secret", nonce, line.replace(b"4711", b"4712")) is None


@pytest.mark.parametrize(
    "line", [b"", b"\n", b"{}\n", b"[1]\n", b'{"nonce":1,"proof":2}\n', b"\xff\n"]
)
def test_noise_gets_no_lease_and_is_no_keeper(line):
    assert welcome_line("secret", line, 1, "key") is None
    assert welcome_from("secret", "nonce", line) is None


def test_a_record_comes_back_and_hides_its_secret():
    record = Record(7, 4711, "secret")
    assert record_from(record_text(record)) == record
    assert "secret'" not in repr(record)


def test_the_key_alone_makes_no_other_keeper():
    name = identity_of(ORDER, 10, 20, "1")
    assert identity_of(replace(ORDER, key="another"), 10, 20, "1") == name
    others = [
        identity_of(ORDER, 11, 20, "1"),
        identity_of(ORDER, 10, 21, "1"),
        identity_of(ORDER, 10, 20, "2"),
        identity_of(replace(ORDER, slots=3), 10, 20, "1"),
    ]
    assert len({name, *others}) == 5


def on(processors: int, monkeypatch: pytest.MonkeyPatch) -> tuple[int, int, str]:
    monkeypatch.setattr("fusionls.local.child.processors", lambda: processors)
    monkeypatch.setattr("fusionls.local.keeper.processors", lambda: processors)
    return default_threads(), default_reading_threads(), llama_environment()["GOMP_SPINCOUNT"]


@pytest.mark.parametrize(
    ("processors", "chosen"), [(1, (1, 1, "0")), (2, (1, 2, "2000")), (16, (2, 4, "2000"))]
)
def test_threads_and_spinning_follow_the_machine(processors, chosen, monkeypatch):
    monkeypatch.delenv("GOMP_SPINCOUNT", raising=False)
    assert on(processors, monkeypatch) == chosen
    monkeypatch.setenv("GOMP_SPINCOUNT", "17")
    assert on(processors, monkeypatch)[2] == "17"


INIT = "llama.cpp did not start: Failed to init server, please check the input params."
FAILURES = [
    (
        "smollm2-135m.gguf",
        INIT,
        "0.1 E load: tensor 'x' data is not within the file bounds, model is corrupted or incomplete",
        "run: fusionls models install smollm2-135m",
    ),
    (
        "own.gguf",
        INIT,
        "0.1 E gguf_init_from_reader: failed to read",
        "own.gguf is cut off or damaged: ",
    ),
    (
        "own.gguf",
        INIT,
        "0.1 E load: error loading model vocabulary: key not found: tokenizer.ggml.model",
        "own.gguf has no tokenizer that llama.cpp knows",
    ),
    (
        "own.gguf",
        INIT,
        "0.1 E unknown model architecture: 'new'",
        "pip install --upgrade xllamacpp",
    ),
    ("own.gguf", "", "ggml_aligned_malloc: insufficient memory (90 MB)", "take a smaller model"),
    ("own.gguf", "", "", "if memory is short"),
    ("own.gguf", "", "GGML_ASSERT(ctx->mem_buffer != NULL) failed", "if memory is short"),
]


@pytest.mark.parametrize(("name", "said", "words", "advice"), FAILURES)
def test_a_failed_start_says_what_to_do(name, said, words, advice):
    message = why_it_failed(Path(name), said, "", words)
    assert advice in message
    assert "please check the input params" not in message


def test_the_end_of_a_keeper_is_told_with_its_last_words():
    assert why_it_ended("", "0.1 E llama.cpp does not answer any more\n") == (
        "the process ended (llama.cpp does not answer any more)"
    )
    assert why_it_ended("by signal 9", "") == "the process ended by signal 9"
