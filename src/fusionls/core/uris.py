"""When two spellings of a URI name one document.

LSP 3.17, "URI": clients differ in which characters they escape and in the case of a drive letter, and
some do not agree with themselves. What is compared is what the parts mean (RFC 3986, section 6.2.2).
"""

import re
from functools import lru_cache
from urllib.parse import unquote, urlsplit

DocumentKey = tuple[str, str, str, str, str]

_DRIVE = re.compile(r"^/?([A-Za-z]):(?=/|$)")
# An editor has some hundreds of documents open at most.
_REMEMBERED = 1024


@lru_cache(_REMEMBERED)
def document_key(uri: str) -> DocumentKey:
    """Return what is equal for two URIs exactly if they name one document. Never raises.

    It is the scheme, the host, the path, the query and the fragment, each in one spelling.
    """
    try:
        parts = urlsplit(uri)
    except ValueError:
        return ("", "", uri, "", "")
    path = _meant(parts.path)
    host = parts.netloc.lower()
    if parts.scheme == "file":
        # RFC 8089, section 2: the host may be said, and is this one.
        host = "" if host == "localhost" else host
        path = _DRIVE.sub(lambda found: f"/{found.group(1).lower()}:", path)
    # Hosts are compared without case; the parts stay apart, so an escaped "#" is no fragment.
    return (parts.scheme, host, path, _meant(parts.query), _meant(parts.fragment))


def is_file(uri: str) -> bool:
    """Tell whether ``uri`` names a file or a folder. Never raises."""
    return document_key(uri)[0] == "file"


def _meant(text: str) -> str:
    # Bytes that are no UTF-8 stay different from each other.
    return unquote(text, errors="surrogateescape")
