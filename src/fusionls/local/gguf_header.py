"""The header of a .gguf file: whose model it is, and how its tokenizer writes a fill-in prompt.

The layout is that of the GGUF specification, version 2 and 3 (ggml, "docs/gguf.md"). The published
reader makes an object of every entry of a vocabulary, which took 6 to 26 seconds; this one steps over
what is not asked for, and ends before the weights.
"""

import struct
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

_MAGIC = b"GGUF"
_STRING, _ARRAY = 8, 9
# The scalar types by their number, as struct writes them: integers, floats and the boolean.
_SCALARS = {
    0: "B",
    1: "b",
    2: "H",
    3: "h",
    4: "I",
    5: "i",
    6: "f",
    7: "?",
    10: "Q",
    11: "q",
    12: "d",
}
_READABLE_VERSIONS = (2, 3)
# A sound header has some tens of entries, a vocabulary some hundred thousand tokens of under a hundred
# bytes. What is beyond these bounds is damaged.
MOST_ENTRIES = 10_000
MOST_ITEMS = 5_000_000
MOST_BYTES = 64 * 1024 * 1024
# The keys under which converters have written the token that begins a fill-in prompt.
_FILL_IN_KEYS = ("tokenizer.ggml.fim_pre_token_id", "tokenizer.ggml.prefix_token_id")
_WANTED = ("general.name", "general.architecture", "tokenizer.ggml.model", *_FILL_IN_KEYS)
# How a chat with the model is written. Only that it is there counts; it is not read.
_CHAT_TEMPLATE = "tokenizer.chat_template"
_TOKENS = "tokenizer.ggml.tokens"


class HeaderError(ValueError):
    """The file is no sound GGUF file; the message says in what way."""


@dataclass(frozen=True, slots=True)
class Header:
    """What is known of a model before it is loaded.

    ``tokenizer`` is llama.cpp's name for its kind ("gpt2", "llama", ...), empty for a model that has
    none; ``fill_in`` is the text of the token that begins a fill-in prompt, empty if it has none.
    ``chats`` says that it brings the form of a chat along.
    """

    name: str
    architecture: str
    tokenizer: str
    fill_in: str
    chats: bool = False


def header_of(path: Path) -> Header:
    """Read the header of ``path`` (5 to 60 ms). Raises HeaderError, and OSError if it cannot be read."""
    with path.open("rb") as file:
        try:
            return _header(file)
        except struct.error as error:
            raise HeaderError("the file ends in the middle of its header") from error


def _header(file: BinaryIO) -> Header:
    if file.read(4) != _MAGIC:
        raise HeaderError("it does not begin like a GGUF file")
    version, _, entries = _unpack(file, "<IQQ")
    if version not in _READABLE_VERSIONS:
        raise HeaderError(f"version {version} of the format is not known")
    if entries > MOST_ENTRIES:
        raise HeaderError("its header has no sensible size")
    found: dict[str, object] = {}
    place_of_tokens = None
    chats = False
    for _ in range(entries):
        key = _string(file)
        (kind,) = _unpack(file, "<I")
        if key == _TOKENS:
            place_of_tokens = file.tell()
        chats = chats or key == _CHAT_TEMPLATE
        if key in _WANTED and kind != _ARRAY:
            found[key] = _value(file, kind)
        else:
            _skip(file, kind)
    number = next((found[key] for key in _FILL_IN_KEYS if key in found), None)
    fill_in = ""
    if place_of_tokens is not None and isinstance(number, int):
        file.seek(place_of_tokens)
        fill_in = _item(file, number)
    name, architecture, tokenizer = (str(found.get(key, "")) for key in _WANTED[:3])
    return Header(name, architecture, tokenizer, fill_in, chats)


def _item(file: BinaryIO, number: int) -> str:
    """Return item ``number`` of the array of strings that begins here, "" if there is none."""
    kind, count = _unpack(file, "<IQ")
    if kind != _STRING or not 0 <= number < count:
        return ""
    for _ in range(number):
        _skip(file, _STRING)
    return _string(file)


def _value(file: BinaryIO, kind: int) -> object:
    if kind == _STRING:
        return _string(file)
    if kind not in _SCALARS:
        raise HeaderError(f"its header has a value of the unknown type {kind}")
    (value,) = _unpack(file, "<" + _SCALARS[kind])
    return value


def _skip(file: BinaryIO, kind: int) -> None:
    if kind == _STRING:
        _leap(file, _length(file))
    elif kind == _ARRAY:
        item, count = _unpack(file, "<IQ")
        if count > MOST_ITEMS:
            raise HeaderError("its header has no sensible size")
        if item in _SCALARS:
            _leap(file, count * struct.calcsize("<" + _SCALARS[item]))
        else:
            for _ in range(count):
                _skip(file, item)
    else:
        _value(file, kind)


def _string(file: BinaryIO) -> str:
    return file.read(_length(file)).decode("utf-8", "replace")


def _length(file: BinaryIO) -> int:
    (length,) = _unpack(file, "<Q")
    if length > MOST_BYTES:
        raise HeaderError("its header has no sensible size")
    return int(length)


def _leap(file: BinaryIO, length: int) -> None:
    if length > MOST_BYTES:
        raise HeaderError("its header has no sensible size")
    file.seek(length, 1)


def _unpack(file: BinaryIO, layout: str) -> tuple[int, ...]:
    return struct.unpack(layout, file.read(struct.calcsize(layout)))
