"""Which addresses a request may reach, by rule; tests/e2e/test_trust_network.py has the real sockets."""

import asyncio
import ipaddress
import socket
import ssl

import httpx
import pytest
from hypothesis import given
from hypothesis import strategies as st

from fusionls.core.member import Privacy
from fusionls.providers import tls
from fusionls.providers.http import FRESH_CONNECTION, WAY, Reach, Way, open_client, post_request
from fusionls.providers.peer import (
    NamesWithin,
    PeerRefused,
    allows,
    check_peer,
    is_loopback_host,
    reach_for,
    socket_within,
)
from tests.support.telling import Names

LOOPBACK = ["127.0.0.1", "127.255.255.254", "::1", "::ffff:127.0.0.1", "::ffff:7f00:1"]
PRIVATE = [
    "10.0.0.1",
    "10.255.255.255",
    "172.16.0.1",
    "172.31.255.255",
    "192.168.0.1",
    "169.254.1.1",
    "100.64.0.1",
    "100.127.255.255",
    "fc00::1",
    "fdff::1",
    "fe80::1",
    "fe80::1%eth0",
    "febf::1%2",
    "::ffff:192.168.0.1",
]
PUBLIC = [
    "0.0.0.0",  # noqa: S104
    "8.8.8.8",
    "9.255.255.255",
    "11.0.0.0",
    "100.63.255.255",
    "100.128.0.0",
    "126.255.255.255",
    "128.0.0.0",
    "169.253.255.255",
    "172.15.255.255",
    "172.32.0.0",
    "192.0.0.1",
    "192.0.2.1",
    "192.167.255.255",
    "192.169.0.0",
    "198.18.0.1",
    "224.0.0.1",
    "255.255.255.255",
    "::",
    "::2",
    "::7f00:1",
    "::127.0.0.1",
    "::ffff:8.8.8.8",
    "::ffff:0:127.0.0.1",
    "64:ff9b::7f00:1",
    "64:ff9b::a00:1",
    "64:ff9b:1::a00:1",
    "100::1",
    "2001:0:7f00:1::",
    "2001:db8::1",
    "2002:7f00:1::",
    "2002:a00:1::",
    "2606:2800:220:1::1",
    "fbff::1",
    "fe00::1",
    "fec0::1",
    "ff02::1",
    "::1%eth0",
    "fc00::1%eth0",
    "::ffff:127.0.0.1%eth0",
]
NO_ADDRESS = [
    "",
    "localhost",
    "127.1",
    "127.0.0.01",
    "0177.0.0.1",
    "0x7f.0.0.1",
    "2130706433",
    "127.0.0.1.",
    " 127.0.0.1",
    "127.0.0.1 ",
    "127.0.0.1:80",
    "[::1]",
    "127.0.0.1\0.example",
    "\uff11\uff12\uff17.0.0.1",
]


@pytest.mark.parametrize(
    ("addresses", "within"),
    [
        (LOOPBACK, {Reach.LOOPBACK, Reach.PRIVATE, Reach.ANY}),
        (PRIVATE, {Reach.PRIVATE, Reach.ANY}),
        (PUBLIC, {Reach.ANY}),
        (NO_ADDRESS, set()),
    ],
)
def test_the_reach_of_an_address(addresses, within):
    for address in addresses:
        assert {reach for reach in Reach if allows(reach, address)} == within, address


@given(st.ip_addresses())
def test_this_machine_is_what_ipaddress_calls_loopback(address):
    inner = getattr(address, "ipv4_mapped", None) or address
    assert allows(Reach.LOOPBACK, str(address)) == inner.is_loopback
    assert allows(Reach.ANY, str(address))
    if allows(Reach.PRIVATE, str(address)):
        shared = ipaddress.ip_network("100.64.0.0/10")
        assert inner.is_private or (inner.version == 4 and inner in shared)


def test_a_refusal_says_what_was_allowed_and_what_came():
    with pytest.raises(PeerRefused) as raised:
        check_peer(Reach.LOOPBACK, "10.0.0.1")
    assert str(raised.value) == "refused: this member may only reach this machine, not 10.0.0.1"


@pytest.mark.parametrize(
    ("privacy", "local_only", "reach"),
    [
        (Privacy.LOCAL, False, Reach.LOOPBACK),
        (Privacy.PRIVATE, False, Reach.PRIVATE),
        (Privacy.CLOUD, False, Reach.ANY),
        (Privacy.LOCAL, True, Reach.LOOPBACK),
        (Privacy.PRIVATE, True, Reach.LOOPBACK),
        (Privacy.CLOUD, True, Reach.LOOPBACK),
    ],
)
def test_the_reach_of_a_member(privacy, local_only, reach):
    assert reach_for(privacy, local_only) is reach


@pytest.mark.parametrize(
    ("host", "is_here"),
    [
        ("localhost", True),
        ("LocalHost.", True),
        ("model.localhost", True),
        ("127.0.0.1", True),
        ("127.9.9.9", True),
        ("::1", True),
        ("[::1]", True),
        ("localhost.example", False),
        ("notlocalhost", False),
        ("evil%00.localhost", False),
        ("127.0.0.1.example", False),
        ("127.1", False),
        ("10.0.0.1", False),
        ("", False),
    ],
)
def test_hosts_that_are_this_machine_by_their_writing(host, is_here):
    assert is_loopback_host(host) is is_here


def look_up(reach, host, names=None):
    names = names or Names()
    found = asyncio.run(NamesWithin(reach, names).resolve(host, 8012))
    return [one["host"] for one in found], names.asked


@pytest.mark.parametrize("reach", list(Reach))
@pytest.mark.parametrize("host", ["localhost", "LOCALHOST.", "gpu.localhost"])
def test_localhost_is_never_asked_of_anybody(reach, host):
    assert look_up(reach, host) == (["127.0.0.1", "::1"], [])


def test_under_loopback_no_name_is_looked_up():
    names = Names()
    with pytest.raises(PeerRefused, match="its host must be localhost"):
        look_up(Reach.LOOPBACK, "gpu.example", names)
    assert names.asked == []


@pytest.mark.parametrize("reach", list(Reach))
@pytest.mark.parametrize(
    "host", ["2130706433", "0x7f000001", "127.1", "0177.0.0.1", "a.0x7f", "1.."]
)
def test_an_old_notation_of_an_address_is_not_looked_up(reach, host):
    names = Names()
    with pytest.raises(PeerRefused, match="notation"):
        look_up(reach, host, names)
    assert names.asked == []


def test_of_what_a_name_server_says_only_what_is_within_is_left():
    def mixed():
        return Names(
            gpu_example=[["8.8.8.8", "10.0.0.1", "::ffff:8.8.8.8", "fd00::1", "other.name"]]
        )

    assert look_up(Reach.PRIVATE, "gpu.example", mixed())[0] == ["10.0.0.1", "fd00::1"]
    public = ["8.8.8.8", "10.0.0.1", "::ffff:8.8.8.8", "fd00::1"]
    assert look_up(Reach.ANY, "gpu.example", mixed())[0] == public
    with pytest.raises(PeerRefused, match="the private network, not 8"):
        look_up(Reach.PRIVATE, "gpu.example", Names(gpu_example=[["8.8.8.8"]]))
    with pytest.raises(OSError, match="no address"):
        look_up(Reach.ANY, "gpu.example", Names(gpu_example=[[]]))


def test_no_socket_is_made_for_an_address_outside():
    make = socket_within(Reach.LOOPBACK)
    for address in ("8.8.8.8", "localhost"):
        with pytest.raises(PeerRefused):
            make((socket.AF_INET, socket.SOCK_STREAM, 6, "", (address, 443)))
    make((socket.AF_INET, socket.SOCK_STREAM, 6, "", ("127.0.0.1", 443))).close()


def test_a_request_carries_its_way():
    http = open_client(httpx.MockTransport(lambda request: httpx.Response(200)))
    way = Way(Reach.PRIVATE, ca_file="/etc/ca.pem")
    request = post_request(http, "https://gpu.example/v1", {"A": "b"}, b"x", fresh=True, way=way)
    assert request.extensions[WAY] == way and request.extensions[FRESH_CONNECTION] is True
    assert (request.headers["a"], request.headers["user-agent"]) == ("b", "fusionls")
    asyncio.run(http.aclose())


def test_without_a_word_a_request_stays_on_this_machine():
    http = open_client(httpx.MockTransport(lambda request: httpx.Response(200)))
    request = post_request(http, "https://gpu.example/v1", {}, b"x", fresh=False)
    assert request.extensions[WAY].reach is Way().reach is Reach.LOOPBACK
    asyncio.run(http.aclose())


def test_a_way_can_be_printed():
    way = Way(Reach.ANY, proxy="http://me:hush@proxy.example", client_key="/keys/me.key")
    assert "hush" not in f"{way} {way!r}" and "me.key" not in repr(way)


@pytest.mark.parametrize(
    ("code", "words"),
    [
        (10, "it has expired"),
        (9, "it is not valid yet"),
        (18, "it is signed by itself"),
        (19, "its authority is not known here"),
        (20, "its authority is not known here"),
        (62, "it is for another name"),
        (64, "it is for another address"),
        (999, "it does not stand verification"),
    ],
)
def test_a_certificate_is_refused_in_plain_words(code, words):
    error = ssl.SSLCertVerificationError(1, "certificate verify failed")
    error.verify_code = code
    assert tls.words_of(error).startswith(f"TLS: the certificate is not accepted: {words}")


@pytest.mark.parametrize(
    ("reason", "words"),
    [
        ("WRONG_VERSION_NUMBER", "is it plain http?"),
        ("TLSV13_ALERT_CERTIFICATE_REQUIRED", "asks for a client certificate"),
        ("TLSV1_ALERT_UNKNOWN_CA", "does not accept the client certificate"),
        ("SSLV3_ALERT_CERTIFICATE_EXPIRED", "the client certificate has expired"),
        ("SSLV3_ALERT_HANDSHAKE_FAILURE", "may ask for a client certificate"),
        ("TLSV1_ALERT_PROTOCOL_VERSION", "old and unsafe"),
        ("TLSV1_UNRECOGNIZED_NAME", "no certificate for this name"),
        ("SOMETHING_NEW", "the handshake failed"),
        (None, "the handshake failed"),
    ],
)
def test_a_handshake_fails_in_plain_words(reason, words):
    error = ssl.SSLError(1, "an error")
    if reason:
        error.reason = reason
    assert tls.words_of(error).startswith("TLS: no safe connection: ")
    assert words in tls.words_of(error)


@pytest.mark.parametrize(
    "files", [("ca.pem", "", ""), ("", "me.pem", ""), ("", "/me.pem", "keys/me.key")]
)
def test_files_are_named_by_their_whole_path(files, tmp_path, monkeypatch):
    """Else a repository could say whom we believe."""
    monkeypatch.chdir(tmp_path)
    with pytest.raises(tls.UnusableTlsFile, match="must be a whole path"):
        tls.trusting(*files)


def test_there_is_no_way_to_switch_verification_off():
    context = tls.trusting()
    assert context.check_hostname and context.verify_mode is ssl.CERT_REQUIRED
    assert context.minimum_version >= ssl.TLSVersion.TLSv1_2
    assert len(context.get_ca_certs()) > 50
