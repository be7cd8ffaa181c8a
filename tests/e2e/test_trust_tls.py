"""Whom we believe over TLS: real handshakes with good and bad certificates."""

import asyncio
import datetime
import os
import socket
import ssl
import threading
from contextlib import suppress

import pytest
import trustme
from cryptography.hazmat.primitives.serialization import (
    BestAvailableEncryption,
    Encoding,
    PrivateFormat,
    load_pem_private_key,
)

from fusionls.engine.ports import ModelFailure
from fusionls.providers.http import Reach, Way, open_client, post_request
from tests.support.recording_server import ANSWER, RecordingServer
from tests.support.telling import CODE, KEY, QUICKLY_S, post, said


@pytest.fixture(scope="module")
def authority():
    return trustme.CA()


def serving(certificate, clients=None):
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    certificate.configure_cert(context)
    if clients is not None:
        context.verify_mode = ssl.CERT_REQUIRED
        clients.configure_trust(context)
    return context


def written(path, blob):
    path.write_bytes(blob.bytes())
    return str(path)


async def over_tls(tls, way, host="127.0.0.1"):
    async with RecordingServer(tls=tls) as server:
        try:
            return await post(f"https://{host}:{server.port}/", way)
        finally:
            assert CODE not in server.received or way.ca_file


@pytest.fixture
def ca_file(authority, tmp_path):
    return written(tmp_path / "ca.pem", authority.cert_pem)


def test_the_users_own_authority(authority, ca_file):
    tls = serving(authority.issue_cert("127.0.0.1", "localhost"))
    assert asyncio.run(over_tls(tls, Way(ca_file=ca_file))) == 200
    assert asyncio.run(over_tls(tls, Way(ca_file=ca_file), "localhost")) == 200


def test_an_unknown_authority(authority):
    with pytest.raises(ModelFailure, match=r"its authority is not known here.*ca_file") as raised:
        asyncio.run(over_tls(serving(authority.issue_cert("127.0.0.1")), Way()))
    assert KEY not in said(raised)


def test_an_expired_certificate(authority, ca_file):
    long_ago = datetime.datetime(2020, 1, 1, tzinfo=datetime.UTC)
    expired = authority.issue_cert(
        "127.0.0.1", not_before=long_ago, not_after=long_ago + datetime.timedelta(days=1)
    )
    with pytest.raises(ModelFailure, match="the certificate is not accepted: it has expired"):
        asyncio.run(over_tls(serving(expired), Way(ca_file=ca_file)))


@pytest.mark.parametrize(
    ("name", "host", "words"),
    [
        ("other.example", "localhost", "another name"),
        ("other.example", "127.0.0.1", "another address"),
        ("localhost", "127.0.0.1", "another address"),
        ("127.0.0.1", "localhost", "another name"),
    ],
)
def test_a_certificate_for_another_host(authority, ca_file, name, host, words):
    with pytest.raises(ModelFailure, match=f"it is for {words}"):
        asyncio.run(over_tls(serving(authority.issue_cert(name)), Way(ca_file=ca_file), host))


def test_a_certificate_signed_by_itself(tmp_path):
    lonely = trustme.CA()
    tls = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    pem = written(tmp_path / "lonely.pem", lonely.cert_pem)
    key = written(tmp_path / "lonely.key", lonely.private_key_pem)
    tls.load_cert_chain(pem, key)
    with pytest.raises(
        ModelFailure, match="TLS: the certificate is not accepted: it is signed by itself"
    ):
        asyncio.run(over_tls(tls, Way()))


@pytest.fixture
def strict_port(authority):
    """The port of a server that asks for a client certificate, and says so before it hangs up."""
    listener = socket.create_server(("127.0.0.1", 0))
    tls = serving(authority.issue_cert("127.0.0.1"), clients=authority)

    def serve():
        while True:
            try:
                connection, _ = listener.accept()
            except OSError:
                return
            with connection, suppress(OSError):
                connection.settimeout(QUICKLY_S)
                with (
                    suppress(ssl.SSLError),
                    tls.wrap_socket(connection, server_side=True) as safe,
                ):
                    safe.recv(65536)
                    safe.sendall(ANSWER)
                    safe.recv(65536)
                # asyncio would reset the connection here, and its alert would be lost.
                connection.shutdown(socket.SHUT_WR)
                connection.recv(65536)

    thread = threading.Thread(target=serve)
    thread.start()
    yield listener.getsockname()[1], tls
    with suppress(OSError):
        listener.shutdown(socket.SHUT_RDWR)
    listener.close()
    thread.join(QUICKLY_S)


@pytest.mark.parametrize("newest", [ssl.TLSVersion.TLSv1_2, ssl.TLSVersion.TLSv1_3])
def test_a_server_that_asks_for_a_client_certificate(
    authority, ca_file, tmp_path, strict_port, newest
):
    port, tls = strict_port
    tls.maximum_version = newest
    me = authority.issue_cert("me@example.com")
    certificate = written(tmp_path / "me.pem", me.cert_chain_pems[0])
    key = written(tmp_path / "me.key", me.private_key_pem)
    both = written(tmp_path / "both.pem", me.private_key_and_cert_chain_pem)
    stranger = trustme.CA().issue_cert("me@example.com")
    strange = written(tmp_path / "strange.pem", stranger.private_key_and_cert_chain_pem)

    def ask(**files):
        return asyncio.run(post(f"https://127.0.0.1:{port}/", Way(ca_file=ca_file, **files)))

    assert ask(client_certificate=certificate, client_key=key) == 200
    assert ask(client_certificate=both) == 200
    with pytest.raises(ModelFailure, match=r"TLS: no safe connection: .*a client certificate"):
        ask()
    with pytest.raises(ModelFailure, match="the server does not accept the client certificate"):
        ask(client_certificate=strange)


def test_files_that_cannot_be_used(authority, ca_file, tmp_path):
    me = authority.issue_cert("me@example.com")
    certificate = written(tmp_path / "me.pem", me.cert_chain_pems[0])
    other = written(tmp_path / "other.key", authority.issue_cert("you@example.com").private_key_pem)
    text = tmp_path / "text.pem"
    text.write_text("no certificate")
    locked = tmp_path / "locked.key"
    locked.write_bytes(
        load_pem_private_key(me.private_key_pem.bytes(), None).private_bytes(
            Encoding.PEM, PrivateFormat.PKCS8, BestAvailableEncryption(b"password")
        )
    )
    for way, words in (
        (Way(ca_file=str(tmp_path / "none.pem")), r"ca_file cannot be read \(FileNotFoundError\)"),
        (Way(ca_file=str(tmp_path)), "ca_file"),
        (Way(ca_file=str(text)), "ca_file holds nothing that can be used"),
        (Way(client_certificate=certificate), "holds nothing that can be used"),
        (Way(client_certificate=certificate, client_key=other), "belongs to another certificate"),
        (Way(client_certificate=certificate, client_key=str(locked)), "must not need a password"),
        (Way(client_key=other), "needs a network.client_certificate"),
    ):
        with pytest.raises(ModelFailure, match=words) as raised:
            asyncio.run(over_tls(serving(authority.issue_cert("127.0.0.1")), way))
        assert "BEGIN" not in said(raised)


def test_a_certificate_that_was_renewed_is_read_anew(authority, tmp_path):
    """Certificates may live for a day, and an editor for weeks."""
    other = trustme.CA()
    ca_file = tmp_path / "ca.pem"
    written(ca_file, other.cert_pem)
    way = Way(ca_file=str(ca_file))

    async def ask():
        tls = serving(authority.issue_cert("127.0.0.1"))
        async with RecordingServer(tls=tls) as server, open_client() as client:

            async def status():
                request = post_request(client, server.url, {}, CODE, fresh=False, way=way)
                return (await client.send(request)).status_code

            with pytest.raises(ModelFailure, match="authority is not known"):
                await status()
            written(ca_file, authority.cert_pem)
            # A coarse clock must not hide that the file changed.
            os.utime(ca_file, ns=(1, 1))
            # The failure is what shows that the file has to be looked at again.
            with pytest.raises(ModelFailure, match="authority is not known"):
                await status()
            return await status()

    assert asyncio.run(ask()) == 200


def test_the_environment_changes_nothing(authority, ca_file, tmp_path, monkeypatch):
    """Neither whom we believe, nor where a request goes, nor whether the keys of a connection are kept."""
    key_log = tmp_path / "keys.log"
    monkeypatch.setenv("SSL_CERT_FILE", ca_file)
    monkeypatch.setenv("SSL_CERT_DIR", str(tmp_path))
    monkeypatch.setenv("SSLKEYLOGFILE", str(key_log))
    (tmp_path / ".netrc").write_text("machine 127.0.0.1 login me password hidden\n")
    monkeypatch.setenv("NETRC", str(tmp_path / ".netrc"))

    async def ask():
        async with RecordingServer() as proxy, RecordingServer() as server:
            for name in ("HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY", "http_proxy", "all_proxy"):
                monkeypatch.setenv(name, proxy.url)
            await post(server.url, Way(Reach.ANY))
            with pytest.raises(ModelFailure, match="authority is not known"):
                await over_tls(serving(authority.issue_cert("127.0.0.1")), Way(Reach.ANY))
            return proxy, server

    proxy, server = asyncio.run(ask())
    assert (proxy.connections, server.connections) == (0, 1)
    assert b"hidden" not in server.received and b"Basic" not in server.received
    assert not key_log.exists()
