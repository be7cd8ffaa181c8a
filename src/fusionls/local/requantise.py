"""Writing the weights of a model anew in another kind of number, once, after they were installed.

llama.cpp has fast kernels for some kinds only: what was shipped as Q4_1 reads a prompt nearly twice as fast
as Q8_0 or Q4_0. What is written is the same model with the same metadata, byte for byte.
"""

import os
import struct
import tempfile
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, BinaryIO

from fusionls.local.catalogue import Kind
from fusionls.local.install_report import (
    InstallError,
    InstallErrorKind,
    Progress,
    ProgressCallback,
    Stage,
)

if TYPE_CHECKING:
    import gguf

_STAGING = ".staging-"
# What llama.cpp calls these kinds in `general.file_type`; a list of models shows it, nothing depends on it.
_FILE_TYPES = {"Q4_0": 2, "Q8_0": 7}
# Numbers that are held as 32-bit floats at a time: 4 MiB, and a few times that while they are rounded.
_BLOCK_NUMBERS = 1024 * 1024
# The table of tokens is also the last layer of small models, where rounding to four bits changes the answer.
_EIGHT_BITS_AT_LEAST = ("token_embd.weight", "output.weight")
# Two-dimensional, and yet no matrices that anything is multiplied with: llama.cpp wants them as they are.
_LEFT_ALONE = (
    "norm.weight",
    "gate_inp.weight",
    "conv1d.weight",
    "conv.weight",
    "position_embd.weight",
)


@dataclass(frozen=True, slots=True)
class _Plan:
    """A tensor, the kind it gets, its place in the new file after the header, and its bytes there."""

    tensor: "gguf.ReaderTensor"
    kind: "gguf.GGMLQuantizationType"
    offset: int
    size: int


def requantise(source: Path, target: Path, kind: Kind, progress: ProgressCallback) -> None:
    """Write the weights in ``source`` to ``target`` as ``kind``, all or nothing; they may be one file.

    Norms and other vectors stay as they are, and so does what ``kind`` has no whole blocks for; the table of
    tokens gets 8 bits at least. Takes some seconds, and 50 MB of memory besides the pages of ``source``,
    which the system can take back; ``progress`` counts bytes of ``target``. Raises InstallError, and OSError
    if a file cannot be read or written; nothing is left of what was begun.
    """
    reader = _open(source)
    descriptor, name = tempfile.mkstemp(prefix=_STAGING, dir=target.parent)
    part = Path(name)
    try:
        with os.fdopen(descriptor, "wb") as file:
            _write(reader, kind, file, progress)
            file.flush()
            os.fsync(file.fileno())
        # A source that lies where the target goes is still mapped; Windows would refuse to replace it.
        del reader
        part.chmod(0o644)
        part.replace(target)
    finally:
        with suppress(FileNotFoundError):
            part.unlink()


def _open(source: Path) -> "gguf.GGUFReader":
    try:
        import gguf
    except ImportError as error:
        raise InstallError(
            InstallErrorKind.FAILED,
            f"The package gguf cannot be loaded ({error}), which writes weights anew. "
            'Run: pip install "fusionls[local]"',
        ) from error
    try:
        reader = gguf.GGUFReader(source)
    except (ValueError, IndexError, KeyError) as error:
        raise InstallError(
            InstallErrorKind.DAMAGED, f"{source} is no whole .gguf file: {error}. Install it again."
        ) from error
    if reader.endianess is not gguf.GGUFEndian.LITTLE:
        raise InstallError(
            InstallErrorKind.FAILED, f"{source} is for machines of other byte order."
        )
    return reader


def _write(
    reader: "gguf.GGUFReader", kind: Kind, file: BinaryIO, progress: ProgressCallback
) -> None:
    alignment = reader.alignment
    plans = _planned(reader, kind)
    head = _head(reader, kind) + b"".join(_entry(plan) for plan in plans)
    start = _aligned(len(head), alignment)
    file.write(head.ljust(start, b"\0"))
    total = plans[-1].offset + plans[-1].size if plans else 0
    for plan in plans:
        file.write(b"\0" * (start + plan.offset - file.tell()))
        for block in _converted(plan):
            file.write(block)
            progress(Progress(Stage.REQUANTISE, file.tell() - start, total))
    # The reader of such files wants whole units, also at the end.
    file.write(b"\0" * (_aligned(file.tell(), alignment) - file.tell()))


def _planned(reader: "gguf.GGUFReader", kind: Kind) -> list[_Plan]:
    from gguf.constants import GGML_QUANT_SIZES

    plans, offset = [], 0
    for tensor in reader.tensors:
        target = _kind_for(tensor, kind)
        numbers, size = GGML_QUANT_SIZES[target]
        plan = _Plan(tensor, target, offset, int(tensor.n_elements) // numbers * size)
        plans.append(plan)
        offset = _aligned(offset + plan.size, reader.alignment)
    return plans


def _kind_for(tensor: "gguf.ReaderTensor", kind: Kind) -> "gguf.GGMLQuantizationType":
    """Return the kind that ``tensor`` gets, which is its own if it is no matrix of whole blocks."""
    from gguf import GGMLQuantizationType
    from gguf.constants import GGML_QUANT_SIZES

    target = GGMLQuantizationType[kind]
    if tensor.name in _EIGHT_BITS_AT_LEAST:
        target = GGMLQuantizationType.Q8_0
    whole = int(tensor.shape[0]) % GGML_QUANT_SIZES[target][0] == 0
    is_matrix = len(tensor.shape) > 1 and tensor.name.endswith(".weight")
    if not (whole and is_matrix) or tensor.name.endswith(_LEFT_ALONE):
        return tensor.tensor_type
    return target


def _head(reader: "gguf.GGUFReader", kind: Kind) -> bytes:
    """Return everything before the list of tensors as it was, except for the name of the kind."""
    end = min((int(tensor.field.offset) for tensor in reader.tensors), default=reader.data_offset)
    head = bytearray(reader.data[:end].tobytes())
    named = reader.fields.get("general.file_type")
    if named is not None:
        # A field is its name with a length of 8 bytes, 4 bytes of type, and here 4 of value.
        value = int(named.offset) + 8 + len(b"general.file_type") + 4
        head[value : value + 4] = struct.pack("<I", _FILE_TYPES[kind])
    return bytes(head)


def _entry(plan: _Plan) -> bytes:
    """Return the tensor's line in the list of tensors."""
    name, shape = plan.tensor.name.encode(), [int(length) for length in plan.tensor.shape]
    return b"".join(
        (
            struct.pack("<Q", len(name)),
            name,
            struct.pack(f"<I{len(shape)}Q", len(shape), *shape),
            struct.pack("<IQ", int(plan.kind), plan.offset),
        )
    )


def _converted(plan: _Plan) -> Iterator[bytes]:
    """Yield the bytes of a tensor in its new kind, some rows at a time."""
    from gguf.quants import dequantize, quantize

    tensor = plan.tensor
    rows = tensor.data.reshape(-1, tensor.data.shape[-1])
    at_once = max(1, _BLOCK_NUMBERS // max(1, int(tensor.shape[0])))
    for first in range(0, len(rows), at_once):
        block = rows[first : first + at_once]
        if plan.kind is tensor.tensor_type:
            yield block.tobytes()
            continue
        try:
            numbers = dequantize(block, tensor.tensor_type)
        except NotImplementedError as error:
            raise InstallError(
                InstallErrorKind.FAILED,
                f"{tensor.name} is of kind {tensor.tensor_type.name}, which cannot be read here. "
                "The model can be used as it is.",
            ) from error
        yield quantize(numbers, plan.kind).tobytes()


def _aligned(offset: int, alignment: int) -> int:
    return -(-offset // alignment) * alignment
