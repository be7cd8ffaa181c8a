"""Where requests go, and where they never go: real sockets and hostile addresses."""

import asyncio
import socket

import pytest

from fusionls.engine.ports import ModelFailure
from fusionls.providers import http, peer
from fusionls.providers.http import Reach, Way, open_client, post_request
from tests.support.recording_server import Outgoing, RecordingServer
from tests.support.telling import CODE, KEY, Names, post, said

outgoing = Outgoing()


# -- under LOOPBACK nothing leaves this machine

# {port} is the port of a recording server on 127.0.0.1, which must not hear of them either.
ADDRESS_TRICKS = [
    "http://93.184.216.34:{port}/",
    "http://10.0.0.1:{port}/",
    "http://172.16.0.1:{port}/",
    "http://192.168.1.1:{port}/",
    "http://169.254.169.254:{port}/latest/meta-data",
    "http://100.64.0.1:{port}/",
    "http://0.0.0.0:{port}/",
    "http://0:{port}/",
    "http://128.0.0.1:{port}/",
    "http://126.255.255.255:{port}/",
    "http://255.255.255.255:{port}/",
    "http://[::]:{port}/",
    "http://[::2]:{port}/",
    "http://[2606:2800:220:1:248:1893:25c8:1946]:{port}/",
    "http://[fe80::1]:{port}/",
    "http://[fe80::1%25eth0]:{port}/",
    "http://[::1%25eth0]:{port}/",
    "http://[::ffff:8.8.8.8]:{port}/",
    "http://[::ffff:808:808]:{port}/",
    "http://[::ffff:0.0.0.0]:{port}/",
    "http://[::127.0.0.1]:{port}/",
    "http://[64:ff9b::7f00:1]:{port}/",
    "http://[64:ff9b:1::7f00:1]:{port}/",
    "http://[2002:7f00:1::]:{port}/",
    "http://[2001:0:7f00:1::]:{port}/",
    "http://[fc00::1]:{port}/",
    "http://[fec0::1]:{port}/",
    "http://[ff02::1]:{port}/",
    "http://134744072:{port}/",
    "http://2130706433:{port}/",
    "http://017700000001:{port}/",
    "http://0177.0.0.1:{port}/",
    "http://0x7f000001:{port}/",
    "http://0x7f.1:{port}/",
    "http://0x08080808:{port}/",
    "http://127.1:{port}/",
    "http://127.0.0.1.:{port}/",
    "http://127.0.0.256:{port}/",
    "http://public.example:{port}/",
    "http://public.example.:{port}/",
    "http://both.example:{port}/",
    "http://mapped.example:{port}/",
    "http://rebinds.example:{port}/",
    "http://localhost.example:{port}/",
    "http://127.0.0.1.example:{port}/",
    "http://localhost-:{port}/",
    "http://127.0.0.1@public.example:{port}/",
    "http://localhost:80@public.example:{port}/",
    "http://127.0.0.1%2f@public.example:{port}/",
    "http://public.example%00.localhost:{port}/",
    "http://l\N{CYRILLIC SMALL LETTER O}calhost:{port}/",
    "http://public\N{IDEOGRAPHIC FULL STOP}example:{port}/",
    "http://xn--lcalhost-2bf:{port}/",
    "unix:///tmp/model.sock",
    "http+unix://%2Ftmp%2Fmodel.sock/v1",
    "ws://127.0.0.1:{port}/",
    "tcp://127.0.0.1:{port}/",
    "//127.0.0.1:{port}/",
    "https://public.example:{port}/",
    "https://93.184.216.34:{port}/",
]


@pytest.mark.parametrize("trick", ADDRESS_TRICKS)
@pytest.mark.parametrize("proxied", [False, True], ids=["direct", "with a proxy"])
def test_no_trick_with_an_address_leaves_this_machine(trick, proxied):
    names = Names(
        both_example=[["127.0.0.1", "93.184.216.34"]],
        mapped_example=[["::ffff:93.184.216.34"]],
        rebinds_example=[["127.0.0.1"], ["93.184.216.34"]],
    )

    async def ask():
        async with RecordingServer() as server, RecordingServer() as proxy:
            way = Way(Reach.LOOPBACK, proxy=proxy.url if proxied else "")
            with outgoing.watched(), pytest.raises(ModelFailure) as raised:
                await post(trick.format(port=server.port), way, names, times=2)
            return server.received + proxy.received, raised

    received, raised = asyncio.run(ask())
    assert received == b""
    assert outgoing.connected == []
    assert outgoing.looked_up == names.asked == []
    assert KEY not in said(raised)
    assert "internal error" not in str(raised.value)


def test_there_are_many_tricks():
    assert len(set(ADDRESS_TRICKS)) >= 40


@pytest.mark.parametrize(
    "host", ["127.0.0.1", "localhost", "LocalHost", "model.localhost", "localhost."]
)
def test_this_machine_is_reached_without_asking_anybody(host):
    names = Names(localhost=[["93.184.216.34"]])

    async def ask():
        async with RecordingServer() as server:
            with outgoing.watched():
                status = await post(f"http://{host}:{server.port}/v1", Way(), names)
            return status, server.received

    status, received = asyncio.run(ask())
    assert (status, names.asked, outgoing.looked_up) == (200, [], [])
    assert CODE in received
    assert all(address[0] in ("127.0.0.1", "::1") for address in outgoing.connected)


@pytest.mark.parametrize(
    ("written", "meant"),
    [
        ("[::ffff:127.0.0.1]", "127.0.0.1"),
        ("[::ffff:7f00:1]", "127.0.0.1"),
        ("127.0.0.2", "127.0.0.2"),
    ],
)
def test_other_addresses_of_this_machine(written, meant):
    async def ask():
        async with RecordingServer(host=meant) as server:
            return await post(f"http://{written}:{server.port}/v1", Way())

    assert asyncio.run(ask()) == 200


def test_a_request_that_says_nothing_of_its_way_stays_here():
    async def ask():
        async with open_client(lookup=Names()) as client:
            with (
                outgoing.watched(),
                pytest.raises(ModelFailure, match="may only reach this machine"),
            ):
                await client.get("http://93.184.216.34/v1/models")

    asyncio.run(ask())
    assert outgoing.connected == []


def test_the_connected_socket_is_looked_at_too(monkeypatch):
    """If the check of the address were got round, the request would still not be written."""
    monkeypatch.setattr(http, "socket_within", lambda _: lambda info: socket.socket(*info[:3]))
    monkeypatch.setattr(peer, "allows", lambda *_: False)

    async def ask():
        async with RecordingServer() as server:
            with pytest.raises(ModelFailure, match="may only reach this machine"):
                await post(server.url, Way())
            return server

    server = asyncio.run(ask())
    assert (server.connections, server.received) == (1, b"")


# -- under PRIVATE nothing leaves the private network


@pytest.mark.parametrize(
    "answers",
    [
        ["93.184.216.34"],
        ["::ffff:93.184.216.34", "2606:2800:220:1::1"],
        ["64:ff9b::a00:1", "2002:a00:1::", "::10.0.0.1"],
        ["0.0.0.1", "224.0.0.1", "100.128.0.1", "172.32.0.1", "192.169.0.1", "fe00::1", "::1%eth0"],
        # Not an address: it would be looked up again when it is connected to, and be another one.
        ["rebinds.example"],
    ],
)
def test_a_private_member_with_a_public_address(answers):
    async def ask():
        names = Names(gpu_example=[answers])
        with outgoing.watched(), pytest.raises(ModelFailure, match="the private network, not"):
            await post("http://gpu.example/v1", Way(Reach.PRIVATE), names)

    asyncio.run(ask())
    assert outgoing.connected == outgoing.looked_up == []


def test_of_a_name_with_two_addresses_only_the_private_one_is_tried():
    async def ask():
        names = Names(gpu_example=[["93.184.216.34", "127.0.0.1", "2606:2800:220:1::1"]])
        async with RecordingServer() as server:
            with outgoing.watched():
                await post(f"http://gpu.example:{server.port}/", Way(Reach.PRIVATE), names)
            return [("127.0.0.1", server.port)]

    assert asyncio.run(ask()) == outgoing.connected


def test_a_name_that_turns_public_between_two_requests():
    async def ask():
        names = Names(gpu_example=[["127.0.0.1"], ["93.184.216.34"]])
        async with RecordingServer() as server, open_client(lookup=names) as client:
            url, way = f"http://gpu.example:{server.port}/", Way(Reach.PRIVATE)
            with outgoing.watched():
                await client.send(post_request(client, url, {}, CODE, fresh=True, way=way))
                _forget_names(client)
                with pytest.raises(ModelFailure, match="private network, not 93"):
                    await client.send(post_request(client, url, {}, CODE, fresh=True, way=way))

    asyncio.run(ask())
    assert [address[0] for address in outgoing.connected] == ["127.0.0.1"]


def _forget_names(client):
    """As if the ten seconds were over for which an answer of a name server is believed."""
    for transport in client._only._transports.values():
        transport.client.connector.clear_dns_cache()


# -- redirects


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
@pytest.mark.parametrize("method", ["POST", "GET"])
def test_no_redirect_is_followed(status, method):
    async def ask():
        async with RecordingServer() as elsewhere:
            head = f"HTTP/1.1 {status} Moved\r\nLocation: {elsewhere.url}/v1\r\n"
            answer = f"{head}Content-Length: 0\r\n\r\n".encode()
            async with RecordingServer(answer) as server, open_client() as client:
                if method == "GET":
                    # Even if somebody asks for it.
                    response = await client.get(
                        server.url, headers={"x-api-key": KEY}, follow_redirects=True
                    )
                else:
                    request = post_request(
                        client, server.url, {"x-api-key": KEY}, CODE, fresh=False
                    )
                    response = await client.send(request)
                assert KEY.encode() in server.received
            return response.status_code, elsewhere

    seen, elsewhere = asyncio.run(ask())
    assert (seen, elsewhere.connections, elsewhere.received) == (status, 0, b"")


# -- proxies

ESTABLISHED = b"HTTP/1.1 200 Connection established\r\n\r\n"


def test_a_proxy_of_the_settings_sees_where_but_not_what():
    """It is asked for a tunnel, and TLS is spoken through it with the server."""

    async def ask():
        async with RecordingServer(ESTABLISHED) as proxy:
            there = proxy.url.replace("http://", "http://me:hush@")
            with outgoing.watched(), pytest.raises(ModelFailure) as raised:
                await post("https://api.example/v1", Way(Reach.ANY, proxy=there), Names())
            return proxy, raised

    proxy, raised = asyncio.run(ask())
    assert proxy.received.startswith(b"CONNECT api.example:443 ")
    assert KEY.encode() not in proxy.received and CODE not in proxy.received
    assert b"\r\nProxy-Authorization: Basic bWU6aHVzaA==\r\n" in proxy.received
    assert b"\r\nauthorization:" not in proxy.received.lower()
    assert {address[:2] for address in outgoing.connected} == {("127.0.0.1", proxy.port)}
    assert "hush" not in said(raised) and KEY not in said(raised)


@pytest.mark.parametrize("reach", list(Reach))
@pytest.mark.parametrize("host", ["127.0.0.1", "localhost", "LOCALHOST."])
def test_this_machine_is_never_asked_through_a_proxy(reach, host):
    async def ask():
        async with RecordingServer() as proxy, RecordingServer() as server:
            await post(f"http://{host}:{server.port}/", Way(reach, proxy=proxy.url))
            return proxy, server

    proxy, server = asyncio.run(ask())
    assert (proxy.connections, proxy.received) == (0, b"")
    assert CODE in server.received


def test_a_private_member_is_never_asked_through_a_proxy():
    """Where the proxy would connect to cannot be seen from here."""

    async def ask():
        names = Names(gpu_example=[["127.0.0.1"]])
        async with RecordingServer() as proxy, RecordingServer() as server:
            way = Way(Reach.PRIVATE, proxy=proxy.url)
            await post(f"http://gpu.example:{server.port}/", way, names)
            return proxy, server

    proxy, server = asyncio.run(ask())
    assert (proxy.connections, server.connections) == (0, 1)


@pytest.mark.parametrize(
    "proxy", ["socks5://127.0.0.1:1080", "nonsense", "http://", "http://me:hush@[::1", "file:///x"]
)
def test_a_proxy_that_is_none(proxy):
    with pytest.raises(ModelFailure, match=r"network\.proxy must be like") as raised:
        asyncio.run(post("https://api.example/v1", Way(Reach.ANY, proxy=proxy), Names()))
    assert "hush" not in said(raised)


def test_a_proxy_that_wants_a_password():
    async def ask():
        refusing = b"HTTP/1.1 407 Proxy Authentication Required\r\nContent-Length: 0\r\n\r\n"
        async with RecordingServer(refusing) as proxy:
            await post("https://api.example/v1", Way(Reach.ANY, proxy=proxy.url), Names())

    with pytest.raises(ModelFailure, match=r"the proxy refuses \(407\)"):
        asyncio.run(ask())


def test_no_proxy_is_there():
    async def ask():
        async with RecordingServer() as gone:
            pass
        there = gone.url.replace("http://", "http://me:hush@")
        await post("https://api.example/v1", Way(Reach.ANY, proxy=there), Names())

    with pytest.raises(ModelFailure, match="no connection to the proxy") as raised:
        asyncio.run(ask())
    assert "hush" not in said(raised)


def test_a_password_for_the_proxy_goes_to_the_proxy_alone():
    """Also where the user allowed plain http, so that the proxy is no tunnel."""

    async def ask():
        async with RecordingServer() as proxy:
            there = proxy.url.replace("http://", "http://me:hush@")
            await post("http://api.example/v1", Way(Reach.ANY, proxy=there), Names())
            return proxy.received

    received = asyncio.run(ask())
    assert received.startswith(b"POST http://api.example/v1 ")
    assert b"\r\nProxy-Authorization: Basic bWU6aHVzaA==\r\n" in received
    # The member's own key is still there, as it would be without a proxy.
    assert f"\r\nauthorization: Bearer {KEY}\r\n".encode() in received
