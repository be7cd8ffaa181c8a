"""The wires that llama.cpp speaks, against the real server: what the transcripts were recorded from."""

import asyncio
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from fusionls.core.reply import FailureKind
from fusionls.engine.ports import ModelFailure
from fusionls.local.child import spawn_llama_child
from fusionls.local.keeper import LlamaKeeper
from fusionls.providers.client import HttpModelClient
from fusionls.providers.http import open_client
from fusionls.providers.wire import RequestOptions
from fusionls.providers.wires import wires
from tests.contract.prompts import PROMPTS

# Three of the model's tokens that no code has. With their numbers in the header the server fills in, though
# the model was never taught to.
FILL_IN_TOKENS = {"fim_pre": "9", "fim_suf": "10", "fim_mid": "11"}


def ask(weights, asks):
    """The text, the counts and the log-probability of each answer, or the kind of its failure."""

    async def main():
        keeper = LlamaKeeper(weights, spawn=spawn_llama_child)
        async with open_client() as http:
            found = [await answer(keeper, http, *one) for one in asks]
        await keeper.aclose()
        return found

    return asyncio.run(main())


async def answer(keeper, http, wire, prompt, options=None):
    client = HttpModelClient(keeper, wires()[wire], "m", http, options=options)
    await client.prepare()
    try:
        chunks = [chunk async for chunk in client.stream(PROMPTS[prompt])]
    except ModelFailure as failed:
        return failed.failure.kind
    known = [chunk.logprob for chunk in chunks if chunk.logprob is not None]
    counts = [(c.tokens_in, c.tokens_out) for c in chunks if c.tokens_in is not None]
    return "".join(chunk.text for chunk in chunks), counts, sum(known) if known else None


def test_continuing_and_chatting_with_counts_and_log_probabilities(smollm2):
    continued, said, other, asked_for, no_gap = ask(
        smollm2,
        [
            ("llamacpp", "text"),
            ("llamacpp", "messages"),
            ("openai", "text"),
            ("openai", "text", RequestOptions(body={"logprobs": 1})),
            ("llamacpp", "fill_in"),
        ],
    )
    assert continued[:2] == (" a + b", [(9, 4)])
    assert continued[2] == pytest.approx(-0.3, abs=0.2)
    assert "def add(a, b)" in said[0] or said[0].strip()
    assert len(said[1]) == 1 and said[2] < 0
    assert other == (" a + b", [(9, 4)], None)
    assert asked_for[2] == pytest.approx(continued[2], abs=0.2)
    assert no_gap is FailureKind.REFUSED, "it says 501: the model knows no fill-in tokens"


def test_filling_in(smollm2, tmp_path):
    pytest.importorskip("gguf")
    tool = shutil.which("gguf-new-metadata", path=str(Path(sys.executable).parent))
    if tool is None:
        pytest.skip("the gguf package has no tools here")
    weights = tmp_path / "filling.gguf"
    tokens = [part for pair in FILL_IN_TOKENS.items() for part in ("--special-token-by-id", *pair)]
    subprocess.run(
        [tool, "--force", *tokens, str(smollm2), str(weights)],
        check=True,
        capture_output=True,
        timeout=120,
    )
    [(text, counts, logprob)] = ask(weights, [("llamacpp", "fill_in")])
    assert text and "\n" not in text
    [(tokens_in, tokens_out)] = counts
    assert tokens_in > 9, "both sides and three tokens were read"
    assert tokens_out > 0 and logprob < 0
