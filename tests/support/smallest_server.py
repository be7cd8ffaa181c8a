"""The smallest reasonable pygls server: what everything in ``make bench`` is measured beside.

``python -m tests.support.smallest_server URL`` forwards the text before the cursor to one server that
speaks OpenAI's completions dialect, and returns its answer as one item. Loop and documents are pygls'.
"""

import sys

import httpx
from lsprotocol import types
from pygls.lsp.server import LanguageServer

MOST_TOKENS = 64
# As long as ours waits for an answer that was asked for by hand.
PATIENCE_S = 1.5


def build(url: str) -> LanguageServer:
    server = LanguageServer("smallest", "1")
    client = httpx.AsyncClient(base_url=url, timeout=PATIENCE_S)

    @server.feature(types.TEXT_DOCUMENT_INLINE_COMPLETION, types.InlineCompletionOptions())
    async def complete(params: types.InlineCompletionParams) -> list[types.InlineCompletionItem]:
        document = server.workspace.get_text_document(params.text_document.uri)
        prompt = document.source[: document.offset_at_position(params.position)]
        body = {"prompt": prompt, "max_tokens": MOST_TOKENS, "temperature": 0}
        response = await client.post("/v1/completions", json=body)
        return [types.InlineCompletionItem(response.json()["choices"][0]["text"])]

    return server


if __name__ == "__main__":
    build(sys.argv[1]).start_io()
