"""What vendors say of an error, as their documentation shows it; the words of all of them are unverified."""

import pytest

from fusionls.core.reply import FailureKind
from fusionls.providers.failures import failure_of_answer, failure_of_error_event

KIND = FailureKind
BODIES = {
    "OpenAI, no quota": (
        429,
        {
            "error": {
                "message": "You exceeded your current quota, please check your plan and billing.",
                "type": "insufficient_quota",
                "param": None,
                "code": "insufficient_quota",
            }
        },
        KIND.OUT_OF_CREDIT,
    ),
    "OpenAI, rate": (
        429,
        {"error": {"message": "Rate limit reached for gpt", "code": "rate_limit_exceeded"}},
        KIND.RATE_LIMITED,
    ),
    "OpenAI, model": (
        404,
        {
            "error": {
                "message": "The model `gpt-9` does not exist or you do not have access to it.",
                "type": "invalid_request_error",
                "code": "model_not_found",
            }
        },
        KIND.NOT_FOUND,
    ),
    "OpenAI, context": (
        400,
        {"error": {"type": "invalid_request_error", "code": "context_length_exceeded"}},
        KIND.TOO_LONG,
    ),
    "OpenAI, key": (
        401,
        {"error": {"message": "Incorrect API key provided: sk-1", "code": "invalid_api_key"}},
        KIND.AUTHENTICATION,
    ),
    "vLLM, model": (
        404,
        {
            "object": "error",
            "message": "The model `x` does not exist.",
            "type": "NotFoundError",
            "code": 404,
        },
        KIND.NOT_FOUND,
    ),
    "vLLM, context": (
        400,
        {
            "object": "error",
            "message": "This model's maximum context length is 4096 tokens. However, you requested 5000.",
            "type": "BadRequestError",
            "code": 400,
        },
        KIND.TOO_LONG,
    ),
    "llama.cpp, context": (
        400,
        {
            "error": {
                "code": 400,
                "message": "the request exceeds the available context size",
                "type": "exceed_context_size_error",
            }
        },
        KIND.TOO_LONG,
    ),
    "llama.cpp, address": (
        404,
        {"error": {"code": 404, "message": "File Not Found", "type": "not_found_error"}},
        KIND.REFUSED,
    ),
    "llama.cpp, loading": (
        503,
        {"error": {"code": 503, "message": "Loading model", "type": "unavailable_error"}},
        KIND.SERVER_ERROR,
    ),
    "FastAPI, address": (404, {"detail": "Not Found"}, KIND.REFUSED),
    "Ollama, model": (404, {"error": 'model "x" not found, try pulling it first'}, KIND.NOT_FOUND),
    "Azure, deployment": (
        404,
        {
            "error": {
                "code": "DeploymentNotFound",
                "message": "The API deployment for this resource does not exist.",
            }
        },
        KIND.NOT_FOUND,
    ),
    "Anthropic, model": (
        404,
        {"type": "error", "error": {"type": "not_found_error", "message": "model: claude-9"}},
        KIND.NOT_FOUND,
    ),
    "Anthropic, credit": (
        400,
        {
            "type": "error",
            "error": {
                "type": "invalid_request_error",
                "message": "Your credit balance is too low to access the API.",
            },
        },
        KIND.OUT_OF_CREDIT,
    ),
    "Anthropic, long": (
        400,
        {
            "type": "error",
            "error": {
                "type": "invalid_request_error",
                "message": "prompt is too long: 208310 tokens > 200000 maximum",
            },
        },
        KIND.TOO_LONG,
    ),
    "Anthropic, overloaded": (
        529,
        {"type": "error", "error": {"type": "overloaded_error", "message": "Overloaded"}},
        KIND.OVERLOADED,
    ),
    "Gemini, key": (
        400,
        {
            "error": {
                "code": 400,
                "message": "API key not valid.",
                "status": "INVALID_ARGUMENT",
                "details": [{"reason": "API_KEY_INVALID"}],
            }
        },
        KIND.AUTHENTICATION,
    ),
    "Gemini, rate": (
        429,
        [{"error": {"code": 429, "message": "quota", "status": "RESOURCE_EXHAUSTED"}}],
        KIND.RATE_LIMITED,
    ),
    "Gemini, context": (
        400,
        {
            "error": {
                "code": 400,
                "message": "The input token count (9) exceeds the maximum number of tokens (8).",
                "status": "INVALID_ARGUMENT",
            }
        },
        KIND.TOO_LONG,
    ),
    "Gemini, overloaded": (
        503,
        {"error": {"message": "The model is overloaded.", "status": "UNAVAILABLE"}},
        KIND.OVERLOADED,
    ),
    "Mistral, model": (
        400,
        {"object": "error", "message": "Invalid model: x", "type": "invalid_model", "code": "1500"},
        KIND.NOT_FOUND,
    ),
    "DeepSeek, balance": (402, {"error": {"message": "Insufficient Balance"}}, KIND.OUT_OF_CREDIT),
    "OpenRouter, spend": (403, {"error": {"code": 403, "type": "spend_limit"}}, KIND.OUT_OF_CREDIT),
    "TGI, long": (
        422,
        {
            "error": "Input validation error: `inputs` tokens + `max_new_tokens` must be <= 4096",
            "error_type": "validation",
        },
        KIND.TOO_LONG,
    ),
    "Groq, long": (
        413,
        {"error": {"message": "Request too large", "code": "rate_limit_exceeded"}},
        KIND.TOO_LONG,
    ),
    "a gateway that repeats": (
        502,
        {"error": {"message": "model x not found", "code": "model_not_found"}},
        KIND.SERVER_ERROR,
    ),
    "a sentence with model in it": (
        400,
        {"error": {"message": "logprobs is not supported by this model"}},
        KIND.REFUSED,
    ),
}


@pytest.mark.parametrize(("status", "body", "kind"), BODIES.values(), ids=BODIES.keys())
def test_what_a_body_says_counts_and_is_not_repeated(status, body, kind):
    failure = failure_of_answer(status, {}, body)
    assert (failure.kind, failure.status) == (kind, status)
    for text in ("sk-1", "gpt", "claude", "Rate limit reached", "208310", "File Not Found"):
        assert text not in failure.message


@pytest.mark.parametrize(
    ("error", "kind"),
    [
        ({"type": "overloaded_error", "message": "Overloaded"}, KIND.OVERLOADED),
        ({"code": "insufficient_quota"}, KIND.OUT_OF_CREDIT),
        ({"code": "enforced_spend_limit_reached"}, KIND.OUT_OF_CREDIT),
        ({"code": "credit_balance_exhausted"}, KIND.OUT_OF_CREDIT),
        ({"code": 429, "message": "slow down"}, KIND.RATE_LIMITED),
        ({"code": 529}, KIND.OVERLOADED),
        ({"code": "context_length_exceeded"}, KIND.TOO_LONG),
        ("the model is overloaded", KIND.OVERLOADED),
        ("out of memory", KIND.SERVER_ERROR),
        (None, KIND.SERVER_ERROR),
    ],
)
def test_an_event_in_a_stream_says_the_same(error, kind):
    assert failure_of_error_event(error).kind == kind


def test_a_wait_in_the_body_counts_where_the_head_says_none():
    details = [{"@type": "x/google.rpc.RetryInfo", "retryDelay": "34s"}]
    body = {"error": {"code": 429, "status": "RESOURCE_EXHAUSTED", "details": details}}
    failure = failure_of_answer(429, {}, body)
    assert (failure.kind, failure.retry_after_s) == (KIND.RATE_LIMITED, 34.0)
    assert failure_of_answer(429, {"retry-after": "5"}, body).retry_after_s == 5.0


def test_an_error_after_the_head_is_final_where_the_key_is_refused():
    failure = failure_of_error_event({"type": "authentication_error"})
    assert (failure.kind, failure.status) == (KIND.AUTHENTICATION, 200)
