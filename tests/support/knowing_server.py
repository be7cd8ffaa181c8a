"""A model's server on the loopback interface that knows a text in part, and says it at its own pace."""

import asyncio
import json
import random
from contextlib import suppress
from typing import Self

from tests.support.scripted_transport import EVENT_STREAM, end_events, token_event
from tests.support.typing_on import Judge, Model

HEAD = f"HTTP/1.1 200 OK\r\nContent-Type: {EVENT_STREAM}\r\nTransfer-Encoding: chunked\r\n\r\n"
EMPTY = b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n"
# The first token comes after this share of the time.
UNTIL_FIRST = 0.6


class KnowingServer:
    """Serves ``model``, which knows ``whole``. ``sent`` counts requests, ``most`` how many ran at once."""

    def __init__(self, model: Model, whole: str, judge: Judge) -> None:
        self._model = model
        self._whole = whole
        self._judge = judge
        self._chance = random.Random(model.name)
        self._server: asyncio.Server | None = None
        self._running = 0
        self.sent = 0
        self.most = 0
        self.url = ""

    async def __aenter__(self) -> Self:
        self._server = await asyncio.start_server(self._serve, "127.0.0.1", 0)
        self.url = f"http://127.0.0.1:{self._server.sockets[0].getsockname()[1]}"
        return self

    async def __aexit__(self, *_: object) -> None:
        if self._server:
            self._server.close()

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with suppress(asyncio.IncompleteReadError, ConnectionError):
            while True:
                head = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1").lower()
                if head.startswith("get "):
                    writer.write(EMPTY)
                    continue
                size = int(head.split("content-length: ")[1].split("\r\n")[0])
                body = json.loads(await reader.readexactly(size))
                path = head.split(" ")[1]
                answering = asyncio.ensure_future(self._answer(writer, path, body["prompt"]))
                hung_up = asyncio.ensure_future(reader.read(1))
                await asyncio.wait((answering, hung_up), return_when=asyncio.FIRST_COMPLETED)
                if not answering.done():
                    answering.cancel()
                hung_up.cancel()
                await asyncio.gather(answering, hung_up, return_exceptions=True)
                if answering.cancelled():
                    break
        writer.close()

    async def _answer(self, writer: asyncio.StreamWriter, path: str, prompt: str) -> None:
        self.sent += 1
        self._running += 1
        self.most = max(self.most, self._running)
        try:
            text, takes_s = self._model.says(self._whole, prompt), self._model.takes_s(self._chance)
            self._judge.hear(prompt, text)
            writer.write(HEAD.encode())
            await asyncio.sleep(takes_s * UNTIL_FIRST)
            _chunk(writer, token_event(text[:3], path))
            await asyncio.sleep(takes_s * (1 - UNTIL_FIRST))
            _chunk(writer, token_event(text[3:] + "\n", path) + end_events(path))
            _chunk(writer, b"")
        finally:
            self._running -= 1


def _chunk(writer: asyncio.StreamWriter, content: bytes) -> None:
    writer.write(b"%x\r\n%b\r\n" % (len(content), content))
