"""Where a request goes, however the user wrote the endpoint."""

import pytest

from fusionls.providers.addresses import host_of, url_at

CHAT = "/v1/chat/completions"


@pytest.mark.parametrize(
    ("endpoint", "path", "url"),
    [
        ("http://h:8000", CHAT, "http://h:8000/v1/chat/completions"),
        ("http://h:8000/", CHAT, "http://h:8000/v1/chat/completions"),
        ("http://h:8000/v1", CHAT, "http://h:8000/v1/chat/completions"),
        ("http://h/llm/v1/", CHAT, "http://h/llm/v1/chat/completions"),
        ("http://h/llm", CHAT, "http://h/llm/v1/chat/completions"),
        ("http://h/v1/chat/completions", CHAT, "http://h/v1/chat/completions"),
        # Hosts may be called like a path.
        ("http://v1", CHAT, "http://v1/v1/chat/completions"),
        ("http://api", "/api/generate", "http://api/api/generate"),
        # Vendors number their versions as they like.
        ("https://h/api/paas/v4", CHAT, "https://h/api/paas/v4/chat/completions"),
        ("https://h/v1beta/openai/", CHAT, "https://h/v1beta/openai/chat/completions"),
        ("https://h/beta", "/v1/completions", "https://h/beta/completions"),
        ("https://h/beta/completions", "/v1/completions", "https://h/beta/completions"),
        # What is no OpenAI path takes the place of the version.
        ("http://h/v1", "/completion", "http://h/completion"),
        ("http://h/v1", "/infill", "http://h/infill"),
        ("http://h/api", "/api/generate", "http://h/api/generate"),
        ("http://h/api/generate", "/api/generate", "http://h/api/generate"),
        ("https://h/api/v1", "/api/v1/key", "https://h/api/v1/key"),
        ("https://h/v1beta", "/v1beta/models/m:x?alt=sse", "https://h/v1beta/models/m:x?alt=sse"),
        ("https://[::1]:8012", "/health", "https://[::1]:8012/health"),
    ],
)
def test_the_endpoint_and_the_path_are_put_together(endpoint, path, url):
    assert url_at(endpoint, path) == url


@pytest.mark.parametrize(
    ("endpoint", "path", "query", "url"),
    [
        ("http://h", "/a", {"x": "1 2", "y": "&"}, "http://h/a?x=1+2&y=%26"),
        ("http://h", "/a?alt=sse", {"alt": "json"}, "http://h/a?alt=sse"),
        ("http://h/?x=1", "/a?alt=sse", {"x": "2", "y": "3"}, "http://h/a?x=1&alt=sse&y=3"),
    ],
)
def test_a_query_is_added_and_never_over_what_is_there(endpoint, path, query, url):
    assert url_at(endpoint, path, query) == url


@pytest.mark.parametrize(
    ("url", "host"),
    [
        ("https://name:word@h.test/v1", "h.test"),
        ("nothing", "no host"),
        ("http://[::1", "no valid host"),
    ],
)
def test_messages_name_the_host_alone(url, host):
    assert host_of(url) == host
