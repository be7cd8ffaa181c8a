"""Whom we believe over TLS, and in plain words why we do not.

Certificates are always verified; there is no switch. What the user names in ``ca_file`` is trusted beside the
world's certificates, so that one setting serves a server of one's own and a company's inspecting proxy.
"""

import ssl
from pathlib import Path

import certifi

_UNKNOWN = "its authority is not known here; if it is your own, name it in network.ca_file"
# Numbers of OpenSSL (x509_vfy.h) for what may be wrong with a certificate.
_WORDS_OF_CODE = {
    9: "it is not valid yet",
    10: "it has expired",
    18: "it is signed by itself; if it is your own, name it in network.ca_file",
    19: _UNKNOWN,
    20: _UNKNOWN,
    21: _UNKNOWN,
    23: "it was withdrawn",
    62: "it is for another name than this host's",
    64: "it is for another address than this host's",
}
_PLAIN = "the server speaks no TLS here; is it plain http?"
_NOT_ACCEPTED = "the server does not accept the client certificate"
_OLD = "the server speaks old and unsafe versions only"
# Fragments of OpenSSL's reasons for what is wrong with a connection.
_WORDS_OF_REASON = (
    (
        "CERTIFICATE_REQUIRED",
        "the server asks for a client certificate; name it in network.client_certificate",
    ),
    ("UNKNOWN_CA", _NOT_ACCEPTED),
    ("BAD_CERTIFICATE", _NOT_ACCEPTED),
    ("CERTIFICATE_UNKNOWN", _NOT_ACCEPTED),
    ("CERTIFICATE_EXPIRED", "the client certificate has expired"),
    ("HANDSHAKE_FAILURE", "the server refuses; it may ask for a client certificate"),
    ("WRONG_VERSION_NUMBER", _PLAIN),
    ("RECORD_LAYER_FAILURE", _PLAIN),
    ("UNSUPPORTED_PROTOCOL", _OLD),
    ("PROTOCOL_VERSION", _OLD),
    ("UNRECOGNIZED_NAME", "the server has no certificate for this name"),
)


class UnusableTlsFile(OSError):
    """A certificate or a key that the settings name cannot be used. Its text is a sentence for people."""


def trusting(
    ca_file: str = "", client_certificate: str = "", client_key: str = ""
) -> ssl.SSLContext:
    """Return a context with the world's certificates and ``ca_file``; it takes 20 ms and 3 MB.

    Empty means none; without a ``client_key`` the file of the certificate holds it. Raises UnusableTlsFile.
    """
    # Not ssl.create_default_context: that writes the keys of all connections into a file, if the
    # environment names one in SSLKEYLOGFILE.
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    context.load_verify_locations(certifi.where())
    if ca_file:
        try:
            context.load_verify_locations(_whole("ca_file", ca_file))
        except UnusableTlsFile:
            raise
        except OSError as error:
            raise UnusableTlsFile(f"TLS: network.ca_file {_what_is_wrong(error)}") from error
    if client_certificate:
        try:
            context.load_cert_chain(
                _whole("client_certificate", client_certificate),
                _whole("client_key", client_key) if client_key else None,
                # Without something to ask, OpenSSL would ask on the terminal, and wait.
                password=_has_none,
            )
        except UnusableTlsFile:
            raise
        except OSError as error:
            where = "network.client_certificate and client_key"
            raise UnusableTlsFile(f"TLS: {where}: {_what_is_wrong(error)}") from error
    elif client_key:
        raise UnusableTlsFile("TLS: network.client_key needs a network.client_certificate")
    return context


def stamp_of(*files: str) -> tuple[int, ...]:
    """Return what changes when one of ``files`` does; an empty name and a missing file count as 0."""
    return tuple(_changed_ns(file) for file in files)


def _changed_ns(file: str) -> int:
    try:
        return Path(file).expanduser().stat().st_mtime_ns if file else 0
    except OSError:
        return 0


def words_of(error: ssl.SSLError) -> str:
    """Return what went wrong, in words for the person who wrote the settings."""
    if isinstance(error, ssl.SSLCertVerificationError):
        why = _WORDS_OF_CODE.get(getattr(error, "verify_code", 0), "it does not stand verification")
        return f"TLS: the certificate is not accepted: {why}"
    reason = _reason(error)
    known = (words for fragment, words in _WORDS_OF_REASON if fragment in reason)
    return f"TLS: no safe connection: {next(known, 'the handshake failed')}"


def _whole(setting: str, file: str) -> Path:
    """Return the path of ``file``, which the folder that fusionls was started in has no part in."""
    path = Path(file).expanduser()
    if not path.is_absolute():
        raise UnusableTlsFile(f'TLS: network.{setting} must be a whole path, like "~/ca.pem"')
    return path


def _has_none() -> str:
    raise UnusableTlsFile("TLS: network.client_key must not need a password")


def _reason(error: ssl.SSLError) -> str:
    # Only OpenSSL's own errors have one.
    return getattr(error, "reason", None) or ""


def _what_is_wrong(error: OSError) -> str:
    if not isinstance(error, ssl.SSLError):
        return f"cannot be read ({type(error).__name__})"
    if "MISMATCH" in _reason(error):
        return "the key belongs to another certificate"
    return "holds nothing that can be used (PEM is expected)"
