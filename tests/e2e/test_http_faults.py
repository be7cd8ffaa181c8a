"""Real sockets: what the network does to a request, and what our client does to a server."""

import asyncio
import json
import shutil
import ssl
import subprocess
import sys
import time

import pytest

from fusionls.core.prompt import ChatMessage, RenderedPrompt
from fusionls.core.reply import FailureKind
from fusionls.engine.ports import Endpoint, ModelFailure
from fusionls.providers.client import FixedEndpoint, HttpModelClient
from fusionls.providers.http import Reach, Way, open_client
from fusionls.providers.wires import wires
from tests.support.fault_server import FaultServer

TEXT = RenderedPrompt(text="def add(a, b):\n    return")
CHAT = RenderedPrompt(messages=(ChatMessage("user", "add two numbers"),))
# Generous for a loaded machine; a real stall would last for minutes.
QUICKLY_S = 5.0
# What a cutoff promises: the other side sees that we hung up.
CLOSED_S = 0.1


def member(http, url, wire="openai"):
    endpoint = FixedEndpoint(Endpoint(url, "sk-secret"))
    return HttpModelClient(endpoint, wires()[wire], "m", http, way=Way(Reach.ANY))


async def read(client, prompt=TEXT):
    return "".join([chunk.text async for chunk in client.stream(prompt)])


async def ask_server(mode, wire="openai", prompt=TEXT):
    async with FaultServer(mode) as server, open_client() as http:
        async with asyncio.timeout(QUICKLY_S):
            return await read(member(http, server.url, wire), prompt), server


@pytest.mark.parametrize("wire", ["openai", "llamacpp"])
@pytest.mark.parametrize("prompt", [TEXT, CHAT], ids=["text", "chat"])
def test_a_healthy_server(wire, prompt):
    text, _ = asyncio.run(ask_server("answer", wire, prompt))
    assert text == "a+b"


FAULTS = [
    ("reset", FailureKind.DROPPED),
    ("reset-in-stream", FailureKind.DROPPED),
    ("die-in-stream", FailureKind.DROPPED),
    ("html", FailureKind.MALFORMED),
    ("500", FailureKind.SERVER_ERROR),
    ("429", FailureKind.RATE_LIMITED),
    ("redirect", FailureKind.REDIRECT),
    ("endless-stream", FailureKind.TOO_LARGE),
    ("endless-line", FailureKind.TOO_LARGE),
    ("truncated-json", FailureKind.MALFORMED),
    ("compressed", FailureKind.MALFORMED),
    ("not-http", FailureKind.MALFORMED),
]


@pytest.mark.parametrize(("mode", "kind"), FAULTS, ids=[mode for mode, _ in FAULTS])
def test_a_fault_is_a_failure_of_its_kind(mode, kind):
    with pytest.raises(ModelFailure) as raised:
        asyncio.run(ask_server(mode))
    assert raised.value.failure.kind == kind, raised.value


def test_nobody_listens():
    async def ask():
        async with FaultServer() as server:
            url = server.url
        async with open_client() as http:
            await read(member(http, url))

    with pytest.raises(ModelFailure, match="unreachable: no connection"):
        asyncio.run(ask())


def test_tls_with_a_server_that_speaks_none():
    async def ask():
        async with FaultServer() as server, open_client() as http:
            await read(member(http, server.url.replace("http:", "https:")))

    with pytest.raises(ModelFailure, match="unreachable: TLS"):
        asyncio.run(ask())


@pytest.mark.skipif(shutil.which("openssl") is None, reason="makes a certificate with openssl")
def test_a_certificate_of_its_own_making(tmp_path):
    key, certificate = tmp_path / "key.pem", tmp_path / "certificate.pem"
    argv = ["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256"]
    argv += ["-nodes", "-days", "2", "-subj", "/CN=127.0.0.1", "-keyout", key, "-out", certificate]
    subprocess.run(argv, check=True, capture_output=True)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate, key)

    async def ask():
        async with FaultServer(tls=context) as server, open_client() as http:
            try:
                await read(member(http, server.url))
            finally:
                assert all(not connection.requests for connection in server.connections)

    with pytest.raises(ModelFailure, match="TLS: the certificate is not accepted"):
        asyncio.run(ask())


def test_a_name_that_does_not_exist():
    async def ask():
        async with open_client() as http:
            await read(member(http, "http://nobody.invalid"))

    with pytest.raises(ModelFailure, match="unreachable: the name is not known"):
        asyncio.run(ask())


@pytest.mark.parametrize("mode", ["stall", "stall-in-stream", "byte-a-second", "endless-stream"])
def test_cancelling_closes_the_connection_at_the_server(mode):
    async def cancel():
        async with FaultServer(mode) as server, open_client() as http:
            task = asyncio.create_task(read(member(http, server.url)))
            await server.wait_for(lambda it: any(c.requests for c in it.connections))
            task.cancel()
            cut = time.monotonic()
            await asyncio.wait([task])
            assert task.cancelled()
            await server.wait_for(lambda it: not it.open_connections)
            assert server.connections[0].closed_s is not None
            return server.connections[0].closed_s - cut

    assert asyncio.run(cancel()) < CLOSED_S


def test_a_redirect_sends_nothing_elsewhere():
    async def ask():
        async with FaultServer() as elsewhere, open_client() as http:
            async with FaultServer("redirect", redirect_to=elsewhere.url) as server:
                with pytest.raises(ModelFailure, match=r"redirect refused: 127\.0\.0\.1"):
                    await read(member(http, server.url))
            return elsewhere.connections

    assert asyncio.run(ask()) == []


def test_the_environment_names_no_proxy(monkeypatch):
    async def ask():
        async with FaultServer() as proxy, FaultServer() as server:
            for name in ("http_proxy", "HTTP_PROXY", "https_proxy", "all_proxy", "ALL_PROXY"):
                monkeypatch.setenv(name, proxy.url)
            async with open_client() as http:
                await read(member(http, server.url))
            return len(proxy.connections), len(server.connections)

    monkeypatch.delenv("no_proxy", raising=False)
    monkeypatch.delenv("NO_PROXY", raising=False)
    assert asyncio.run(ask()) == (0, 1)


@pytest.mark.parametrize("mode", ["answer", "answer-slowly-ended"])
def test_connections_are_used_again(mode):
    async def ask():
        async with FaultServer(mode) as server, open_client() as http:
            client = member(http, server.url)
            for _ in range(60):
                await asyncio.gather(*(read(client) for _ in range(4)))
            return len(server.connections), sum(len(c.requests) for c in server.connections)

    connections, requests = asyncio.run(ask())
    assert requests == 240
    assert connections <= 8


def test_preparing_opens_the_connection_that_is_used():
    async def ask():
        async with FaultServer() as server, open_client() as http:
            client = member(http, server.url)
            await client.prepare()
            await read(client)
            return [connection.requests for connection in server.connections]

    assert asyncio.run(ask()) == [["/v1/models", "/v1/completions"]]


def test_a_kept_connection_that_died_is_replaced():
    async def ask():
        async with FaultServer("close-on-reuse") as server, open_client() as http:
            client = member(http, server.url)
            texts = [await read(client) for _ in range(6)]
            return texts, len(server.connections)

    texts, connections = asyncio.run(ask())
    assert texts == ["a+b"] * 6
    assert connections >= 6


def test_many_cancellations_leave_a_pool_that_works():
    async def storm():
        async with FaultServer("answer", after_s=0.03) as server, open_client() as http:
            client = member(http, server.url)
            ends = time.monotonic() + 2.0

            async def cancel_for_ever(step):
                while time.monotonic() < ends:
                    task = asyncio.create_task(read(client))
                    # From before the connection is open to behind the end of the answer.
                    await asyncio.sleep(0.003 * step)
                    task.cancel()
                    await asyncio.wait([task])

            await asyncio.gather(*(cancel_for_ever(step) for step in range(30)))
            async with asyncio.timeout(QUICKLY_S):
                texts = await asyncio.gather(*(read(client) for _ in range(20)))
            return texts, len(server.connections)

    texts, connections = asyncio.run(storm())
    assert texts == ["a+b"] * 20
    assert connections > 50, "the storm was only a breeze"


def test_the_fault_server_is_a_program_too():
    argv = [sys.executable, "-m", "tests.support.fault_server", "--mode", "stall"]
    with subprocess.Popen(argv, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as server:
        assert server.stdin
        assert server.stdout
        url = json.loads(server.stdout.readline())["url"]

        async def ask():
            async with open_client() as http:
                with pytest.raises(TimeoutError):
                    async with asyncio.timeout(0.2):
                        await read(member(http, url))

        asyncio.run(ask())
        events = [json.loads(server.stdout.readline())["event"] for _ in range(3)]
        server.stdin.close()
        assert server.wait(QUICKLY_S) == 0
    assert events == ["opened", "request", "closed"]
