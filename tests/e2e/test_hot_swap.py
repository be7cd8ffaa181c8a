"""The whole pool is swapped while somebody types: every request is answered, the next ones by the new."""

import asyncio
import json
import os
import sys

from tests.support.raw_client import RawClient

REQUESTS_A_SECOND = 10
REQUESTS = 60
# Answered by models that answer at once: nobody waits for a cap.
SWAP_EVERY = 10
SETTINGS = """
[members.{name}]
wire = "openai"
endpoint = "{url}"
family = "plain"

[pools.default]
members = ["{name}"]
"""
URI = "file:///me/app.py"


async def started_model(text):
    """Start a model's server that always says ``text``; return it and its address."""

    async def serve(reader, writer):
        try:
            while True:
                head = await reader.readuntil(b"\r\n\r\n")
                length = next(
                    (
                        int(line.split(b":")[1])
                        for line in head.split(b"\r\n")
                        if line.lower().startswith(b"content-length")
                    ),
                    0,
                )
                await reader.readexactly(length)
                event = json.dumps({"choices": [{"text": text, "finish_reason": "stop"}]})
                body = f"data: {event}\n\ndata: [DONE]\n\n".encode()
                writer.write(
                    b"HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\n"
                    b"Content-Length: %d\r\n\r\n" % len(body) + body
                )
                await writer.drain()
        except (asyncio.IncompleteReadError, ConnectionError):
            pass
        finally:
            writer.close()

    server = await asyncio.start_server(serve, "127.0.0.1", 0)
    return server, f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}"


async def session(config):
    first, first_url = await started_model("first_model()")
    second, second_url = await started_model("second_model()")
    texts = {
        "first_model()": SETTINGS.format(name="one", url=first_url),
        "second_model()": SETTINGS.format(name="two", url=second_url),
    }
    config.write_text(texts["first_model()"])
    environment = os.environ | {
        "FUSIONLS_CONFIG": str(config),
        "FUSIONLS_DATA": str(config.parent / "nothing"),
    }
    client = await RawClient.spawn([sys.executable, "-m", "fusionls", "--stdio"], environment)
    await client.start()
    client.notify(
        "textDocument/didOpen",
        {"textDocument": {"uri": URI, "languageId": "python", "version": 1, "text": ""}},
    )
    said = []
    for number in range(REQUESTS):
        wanted = list(texts)[number // SWAP_EVERY % 2]
        if number % SWAP_EVERY == 0:
            config.write_text(texts[wanted])
            await asyncio.sleep(1 / REQUESTS_A_SECOND)
        change = {"text": f"x_{number} = "}
        client.notify(
            "textDocument/didChange",
            {"textDocument": {"uri": URI, "version": number + 2}, "contentChanges": [change]},
        )
        at = {"line": 0, "character": len(change["text"])}
        answer = await client.request(
            "textDocument/inlineCompletion",
            {"textDocument": {"uri": URI}, "position": at, "context": {"triggerKind": 1}},
        )
        items = (answer.get("result") or {}).get("items", [])
        said.append((wanted, [item["insertText"] for item in items]))
        await asyncio.sleep(1 / REQUESTS_A_SECOND)
    shown = [m for m in client.received if m.get("method") == "window/showMessage"]
    code = await client.stop()
    first.close()
    second.close()
    return said, shown, code


def test_the_whole_pool_is_swapped_under_ten_requests_a_second(tmp_path):
    said, shown, code = asyncio.run(session(tmp_path / "config.toml"))
    assert len(said) == REQUESTS
    assert [pair for pair in said if pair[1] != [pair[0]]] == []
    assert shown == []
    assert code == 0
