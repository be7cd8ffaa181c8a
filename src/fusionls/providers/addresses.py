"""Where a request goes: the user's endpoint and a wire's path, put together."""

import re
from collections.abc import Mapping
from urllib.parse import urlencode, urlsplit

# The version that OpenAI's paths begin with, and which vendors write otherwise or leave out.
_VERSION = "/v1"
# Addresses that name their version already: ".../v4", ".../v1beta/openai", ".../beta".
_VERSIONED = re.compile(r"/(?:v\d+[a-z0-9]*(?:/openai)?|beta)$")


def url_at(base: str, path: str, query: Mapping[str, str] | None = None) -> str:
    """Return the address of ``path`` on the server at ``base``.

    ``base`` may hold the beginning of the path, all of it, or another version in the place of ``/v1``.
    ``query`` is added to the ones that ``path`` and ``base`` have, where it names nothing that is there.
    """
    base, _, asked = base.partition("?")
    path, _, own = path.partition("?")
    root, start = _root_and_path(base.rstrip("/"))
    unversioned = path.removeprefix(_VERSION) if path.startswith(f"{_VERSION}/") else ""
    if unversioned and start.endswith(unversioned):
        path = ""
    elif unversioned and _VERSIONED.search(start):
        path = unversioned
    else:
        start = start.removesuffix(_common_part(start, path) or _VERSION)
    present = "&".join(part for part in (asked, own) if part)
    named = {part.partition("=")[0] for part in present.split("&")}
    added = {name: value for name, value in (query or {}).items() if name not in named}
    both = "&".join(part for part in (present, urlencode(added)) if part)
    return f"{root}{start}{path}" + (f"?{both}" if both else "")


def host_of(url: str) -> str:
    """Return the host in ``url`` for messages, without a name or a password that may stand there."""
    try:
        return urlsplit(url).hostname or "no host"
    except ValueError:
        return "no valid host"


def _root_and_path(address: str) -> tuple[str, str]:
    """Return scheme and host, which may be called "api" or "v1" themselves, and the path behind them."""
    host = address.find("://") + len("://") if "://" in address else 0
    slash = address.find("/", host)
    return (address, "") if slash < 0 else (address[:slash], address[slash:])


def _common_part(start: str, path: str) -> str:
    """Return the longest beginning of ``path``, in whole parts, that ``start`` ends with."""
    ends = [at for at, letter in enumerate(path) if at and letter == "/"]
    heads = (path[:end] for end in (len(path), *reversed(ends)))
    return next((head for head in heads if start.endswith(head)), "")
