import json

import pytest

from fusionls.core.editing.priors import edit_prior_of
from fusionls.core.editing.weights import EditWeights, edit_weights_from_json, learned_rates
from fusionls.core.weights import WeightsError


@pytest.mark.parametrize(
    ("worse", "better"),
    [
        ("qwen2.5-coder-7b", "qwen2.5-coder-14b"),
        ("qwen2.5-coder-7b", "qwen2.5-coder-7b-instruct"),
        ("codellama-7b-hf", "starcoder2-7b"),
        ("Qwen/Qwen2.5-7B", "Qwen/Qwen3-8B-Base"),
        ("smollm2-135m-instruct", "smollm2-1.7b-instruct"),
        ("gemma3:270m", "gemma3:4b"),
        ("mixtral-7b", "mixtral-8x7b"),
        ("gpt-4.1-nano", "gpt-4.1"),
    ],
)
def test_the_larger_and_the_better_trained_is_held_for_better(worse, better):
    assert edit_prior_of(worse) < edit_prior_of(better)


@pytest.mark.parametrize(
    "name", ["", "model", "b", "0b", "9999b", "x" * 10_000, "q4_k_m", "\u0663b"]
)
def test_every_name_has_a_rate(name):
    assert 0 < edit_prior_of(name) < 1


def test_what_is_not_a_size_is_none():
    assert edit_prior_of("model-2024b2") == edit_prior_of("model")


def test_rates_are_drawn_to_the_mean_of_all():
    rates = learned_rates([{"a": [True, True], "b": [False, False]}])
    assert 0.5 < rates["a"] < 1 and rates["a"] + rates["b"] == 1
    assert learned_rates([]) == {}


def test_weights_come_back_from_their_file():
    weights = EditWeights({"a": 0.25}, "sha256:1")
    assert edit_weights_from_json(json.dumps(weights.to_json())) == weights


@pytest.mark.parametrize(
    "text",
    [
        "",
        "[]",
        '{"v": 1, "kind": "completion"}',
        '{"v": 2, "kind": "edit"}',
        '{"v": 1, "kind": "edit", "priors": []}',
        '{"v": 1, "kind": "edit", "priors": {"a": 2}}',
        '{"v": 1, "kind": "edit", "priors": {"a": NaN}}',
        '{"v": 1, "kind": "edit", "priors": {"a": true}}',
    ],
)
def test_weights_that_cannot_be_used_are_refused(text):
    with pytest.raises(WeightsError):
        edit_weights_from_json(text)
