"""Settings as text: for people, with where each value comes from, and as one document."""

import re
from collections.abc import Iterator, Mapping
from typing import Any

from pydantic import BaseModel

from fusionls.settings.problems import spelled
from fusionls.settings.resolved import Settings

BUILT_IN = "built in"
# Headers and parameters may hold a key where an endpoint has a way of its own to be given one.
HIDDEN = "<hidden>"
MAY_HOLD_A_KEY = re.compile(
    r"key|token|secret|auth|password|cookie|credential|signature", re.IGNORECASE
)
TABLES = ("completion", "refactor", "privacy", "network")
NAMED_TABLES = ("members", "pools", "languages")


def as_document(settings: Settings) -> dict[str, Any]:
    """Return settings as one JSON document: ``settings`` by table, and ``origins`` by key."""
    tables: dict[str, Any] = {"currency": settings.currency, "weights": settings.weights}
    for name in NAMED_TABLES:
        tables[name] = {key: _dumped(block) for key, block in getattr(settings, name).items()}
    tables |= {name: _dumped(getattr(settings, name), only_set=False) for name in TABLES}
    hosts = settings.allowed_hosts
    return {
        "root": str(settings.root) if settings.root else None,
        "files": [str(file) for file in settings.files],
        "settings": {**tables, "allowed_hosts": None if hosts is None else list(hosts)},
        "origins": {key: place.said() for key, place in settings.origins.items()},
    }


def as_text(settings: Settings, *, with_origin: bool) -> Iterator[str]:
    """Yield settings as lines of TOML, on demand with a comment that says where each value comes from."""
    yield _line("currency", settings.currency, "currency", settings, with_origin)
    if settings.weights:
        yield _line("weights", settings.weights, "weights", settings, with_origin)
    if settings.allowed_hosts is not None:
        hosts = list(settings.allowed_hosts)
        yield _line("allowed_hosts", hosts, "allowed_hosts", settings, with_origin)
    for name in NAMED_TABLES:
        for key, block in getattr(settings, name).items():
            yield from _table((name, key), block, settings, with_origin)
    for name in TABLES:
        yield from _table((name,), getattr(settings, name), settings, with_origin)


def _table(
    path: tuple[str, ...], block: BaseModel, settings: Settings, with_origin: bool
) -> Iterator[str]:
    yield ""
    yield f"[{_header(path)}]"
    # What is not said of a member says nothing; what is not said elsewhere has a value all the same.
    for name, value in _dumped(block, only_set=path[0] == "members").items():
        if value is not None:
            key = spelled((*path, name))
            yield _line(name, value, key, settings, with_origin)


def _header(path: tuple[str, ...]) -> str:
    import tomlkit

    return ".".join(tomlkit.key(part).as_string() for part in path)


def _line(name: str, value: Any, key: str, settings: Settings, with_origin: bool) -> str:
    import tomlkit

    if isinstance(value, dict):
        inline = tomlkit.inline_table()
        inline.update({k: v for k, v in value.items() if v is not None})
        value = inline
    line = f"{name} = {tomlkit.item(value).as_string()}"
    if not with_origin:
        return line
    return f"{line}  # {_origin(key, settings.origins)}"


def _origin(key: str, origins: Mapping[str, Any]) -> str:
    """Return where a key was written; of a table in one line, where its first value was."""
    inner = (place for written, place in origins.items() if written.startswith(f"{key}."))
    place = origins.get(key) or next(inner, None)
    return place.said() if place else BUILT_IN


def _dumped(block: BaseModel, *, only_set: bool = True) -> dict[str, Any]:
    table = block.model_dump(mode="json", exclude_unset=only_set)
    for name in ("headers", "query", "body"):
        if isinstance(inner := table.get(name), dict):
            table[name] = {k: HIDDEN if MAY_HOLD_A_KEY.search(k) else v for k, v in inner.items()}
    return table
