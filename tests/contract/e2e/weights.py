"""Weights with fill-in tokens, made of weights that have none: llama.cpp then serves ``/infill``."""

import mmap
import struct
from pathlib import Path

# A GGUF file, version 3: magic, version, number of tensors, number of entries; then the entries (a name, a
# type, a value), the tensors (a name, sizes, a type, an offset), and what the tensors hold.
_TENSOR_COUNT_AT = 8
_ENTRY_COUNT_AT = 16
_ENTRIES_AT = 24
_ALIGNMENT = 32
_UINT32, _STRING, _LIST = 4, 8, 9
_SIZE_OF_TYPE = {0: 1, 1: 1, 2: 2, 3: 2, 4: 4, 5: 4, 6: 4, 7: 1, 10: 8, 11: 8, 12: 8}
_NAMES = ("fim_pre_token_id", "fim_suf_token_id", "fim_mid_token_id")


def with_fill_in_tokens(weights: Path, tokens: tuple[int, int, int], copy: Path) -> None:
    """Write ``weights`` to ``copy`` with three of its tokens named as those that mark a gap.

    What such a model answers is of no use; how its server is asked and how it answers is real.
    """
    with (
        weights.open("rb") as file,
        mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ) as content,
    ):
        entries_end, tensors_end = _ends(content)
        head = bytearray(content[:entries_end])
        (count,) = struct.unpack_from("<Q", head, _ENTRY_COUNT_AT)
        struct.pack_into("<Q", head, _ENTRY_COUNT_AT, count + len(_NAMES))
        for name, token in zip(_NAMES, tokens, strict=True):
            key = f"tokenizer.ggml.{name}".encode()
            head += struct.pack(f"<Q{len(key)}sII", len(key), key, _UINT32, token)
        head += content[entries_end:tensors_end]
        with copy.open("wb") as target:
            target.write(head + bytes(-len(head) % _ALIGNMENT))
            target.write(memoryview(content)[tensors_end + -tensors_end % _ALIGNMENT :])


def _ends(content: mmap.mmap) -> tuple[int, int]:
    """Return where the entries end, and where the list of the tensors does."""
    tensors, entries = struct.unpack_from("<QQ", content, _TENSOR_COUNT_AT)
    at = _ENTRIES_AT
    for _ in range(entries):
        at = _behind_text(content, at)
        at = _behind_value(content, at + 4, *struct.unpack_from("<I", content, at))
    entries_end = at
    for _ in range(tensors):
        at = _behind_text(content, at)
        (dimensions,) = struct.unpack_from("<I", content, at)
        at += 4 + 8 * dimensions + 4 + 8
    return entries_end, at


def _behind_text(content: mmap.mmap, at: int) -> int:
    return at + 8 + int(struct.unpack_from("<Q", content, at)[0])


def _behind_value(content: mmap.mmap, at: int, kind: int) -> int:
    if kind == _STRING:
        return _behind_text(content, at)
    if kind != _LIST:
        return at + _SIZE_OF_TYPE[kind]
    item_kind, count = struct.unpack_from("<IQ", content, at)
    at += 12
    if item_kind in _SIZE_OF_TYPE:
        return at + int(count) * _SIZE_OF_TYPE[item_kind]
    for _ in range(count):
        at = _behind_value(content, at, item_kind)
    return at
