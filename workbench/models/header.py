"""The header of a GGUF file, read in Python and bounded everywhere.

Model files come from strangers, and native readers of this format had integer overflows (CVE-2025-53630,
CVE-2026-27940). Here every count and length is checked against what is left of the file before anything is
allocated, so that a lying header costs a sentence and not the process.
Format: https://github.com/ggml-org/ggml/blob/master/docs/gguf.md
"""

from __future__ import annotations

import struct
from dataclasses import dataclass
from pathlib import Path
from typing import Any, BinaryIO

from workbench.core.model_names import shown
from workbench.errors import BadFile

MAGIC = b"GGUF"

AGAIN = "Download it again."
ANOTHER = "Choose a GGUF file with the weights of a model."
"""What to do about a file that is broken, and about one that is something else."""

_LONGEST_STRING = 16 * 1024 * 1024
_LONGEST_KEPT_ARRAY = 1024
"""Arrays beyond this (vocabularies) are passed over: nobody reads them here."""
_LARGEST_HEADER = 256 * 1024 * 1024
_MOST_VALUES = 4 * 1024 * 1024
"""Texts and nested values of all arrays together; the largest vocabularies have a tenth of it."""
_MOST_FIELDS = 65_536
_MOST_TENSORS = 262_144
_MOST_DIMENSIONS = 4
_DEEPEST_ARRAY = 4
_LEAST_FIELD_BYTES, _LEAST_TENSOR_BYTES = 13, 32

_SCALARS: dict[int, str] = {
    0: "<B",
    1: "<b",
    2: "<H",
    3: "<h",
    4: "<I",
    5: "<i",
    6: "<f",
    7: "<?",
    10: "<Q",
    11: "<q",
    12: "<d",
}
_STRING, _ARRAY = 8, 9

_FOREIGN: tuple[tuple[bytes, str], ...] = (
    (b"PK\x03\x04", "is a ZIP archive"),
    (b"\x1f\x8b", "is a gzip archive"),
    (b"lmgg", "is a GGML file of the kind before GGUF"),
    (b"fmgg", "is a GGML file of the kind before GGUF"),
    (b"tjgg", "is a GGML file of the kind before GGUF"),
    (b"%PDF", "is a PDF document"),
    (b"version https://git-lfs", "is a Git LFS pointer, not the model itself"),
)


@dataclass(frozen=True, slots=True)
class Tensor:
    """One tensor as the header describes it."""

    name: str
    shape: tuple[int, ...]
    type: int
    offset: int
    """From the start of the data section."""


@dataclass(frozen=True, slots=True)
class Header:
    """Everything before the tensors' data."""

    fields: dict[str, Any]
    """Scalars, strings and short arrays; None for an array that was passed over."""
    tensors: tuple[Tensor, ...]
    data_start: int


def read_header(path: Path) -> Header:
    """Read the header of one file. Raises BadFile with the reason."""
    try:
        size = path.stat().st_size
        with path.open("rb") as file:
            return _Reader(file, shown(path), size).header()
    except OSError as error:
        raise BadFile(
            f"{path} cannot be read: {error.strerror or error}.",
            advice="Check that it is there and that you may read it.",
        ) from error


class _Reader:
    """A cursor over the file that never reads past its end and never allocates what the file cannot hold."""

    def __init__(self, file: BinaryIO, name: str, size: int) -> None:
        self._file = file
        self._name = name
        self._size = size
        self._at = 0
        self._values_left = _MOST_VALUES

    def header(self) -> Header:
        self._check_magic()
        version = self._scalar("<I")
        if version & 0xFFFF == 0:
            raise self._bad("is a big-endian GGUF file", "Convert it with llama.cpp's gguf_convert_endian.py.")
        if version not in (2, 3):
            raise self._bad(
                f"is GGUF of version {version}; versions 2 and 3 can be read",
                "Download it again, or convert the model anew with a current llama.cpp.",
            )
        tensor_count = self._count("<Q", _MOST_TENSORS, _LEAST_TENSOR_BYTES, "tensors")
        field_count = self._count("<Q", _MOST_FIELDS, _LEAST_FIELD_BYTES, "metadata fields")
        fields = self._fields(field_count)
        tensors = tuple(self._tensor() for _ in range(tensor_count))
        alignment = fields.get("general.alignment", 32)
        if not isinstance(alignment, int) or alignment < 8 or alignment % 8 or alignment > 1 << 20:
            raise self._bad(f"is damaged: its alignment is {alignment}")
        return Header(fields, tensors, -(-self._at // alignment) * alignment)

    def _check_magic(self) -> None:
        if not self._size:
            raise self._bad("is empty")
        start = self._file.read(min(self._size, 64))
        self._file.seek(0)
        if start.startswith(MAGIC):
            self._take(len(MAGIC))
            return
        for magic, what in _FOREIGN:
            if start.startswith(magic):
                raise self._bad(f"{what}; a GGUF file is needed", ANOTHER)
        if start.lstrip()[:5].lower() in (b"<!doc", b"<html"):
            raise self._bad("is an HTML page, probably an error page of a download", "Download the file itself.")
        if len(start) > 9 and start[8:9] == b"{" and int.from_bytes(start[:8], "little") < self._size:
            raise self._bad("is a safetensors file; a GGUF file is needed", "Convert it with llama.cpp's scripts.")
        raise self._bad("is not a GGUF file", ANOTHER)

    def _fields(self, count: int) -> dict[str, Any]:
        fields: dict[str, Any] = {}
        for _ in range(count):
            key = self._string()
            if key in fields:
                raise self._bad(f"is damaged: the field {key[:80]!r} stands in it twice")
            fields[key] = self._value(self._scalar("<I"), depth=0)
        return fields

    def _tensor(self) -> Tensor:
        name = self._string()
        dimensions = self._scalar("<I")
        if dimensions > _MOST_DIMENSIONS:
            raise self._bad(f"is damaged: the tensor {name[:80]!r} has {dimensions} dimensions")
        shape = tuple(self._scalar("<Q") for _ in range(dimensions))
        return Tensor(name, shape, self._scalar("<I"), self._scalar("<Q"))

    def _value(self, kind: int, *, depth: int) -> Any:
        if kind in _SCALARS:
            return self._scalar(_SCALARS[kind])
        if kind == _STRING:
            return self._string()
        if kind == _ARRAY and depth < _DEEPEST_ARRAY:
            return self._array(depth)
        raise self._bad(f"is damaged: a metadata value has the unknown type {kind}")

    def _array(self, depth: int) -> list[Any] | None:
        kind = self._scalar("<I")
        if scalar := _SCALARS.get(kind):
            count = self._count("<Q", self._size, struct.calcsize(scalar), "array values")
            if count > _LONGEST_KEPT_ARRAY:
                self._pass(count * struct.calcsize(scalar))
                return None
            return [self._scalar(scalar) for _ in range(count)]
        least = 8 if kind == _STRING else 12
        count = self._count("<Q", self._values_left, least, "array values")
        self._values_left -= count
        if count <= _LONGEST_KEPT_ARRAY:
            return [self._value(kind, depth=depth + 1) for _ in range(count)]
        for _ in range(count):
            if kind == _STRING:
                self._pass(self._string_length())
            else:
                self._value(kind, depth=depth + 1)
        return None

    def _string(self) -> str:
        return self._take(self._string_length()).decode("utf-8", "replace")

    def _string_length(self) -> int:
        length: int = self._scalar("<Q")
        if length > _LONGEST_STRING:
            raise self._bad(f"is damaged: a text in its header claims {length} bytes")
        return length

    def _count(self, form: str, most: int, least_bytes: int, what: str) -> int:
        count: int = self._scalar(form)
        if count > most or count * least_bytes > self._size - self._at:
            raise self._bad(f"is damaged or cut off: it claims {count} {what} in {self._size} bytes")
        return count

    def _scalar(self, form: str) -> Any:
        return struct.unpack(form, self._take(struct.calcsize(form)))[0]

    def _take(self, count: int) -> bytes:
        data = self._file.read(count) if count <= self._size - self._at else b""
        if len(data) < count:
            raise self._bad(f"is cut off within its header, after {self._size:,} bytes")
        self._at += count
        if self._at > _LARGEST_HEADER:
            raise self._bad(f"is damaged: its header is longer than {_LARGEST_HEADER:,} bytes")
        return data

    def _pass(self, count: int) -> None:
        if count > 4096:
            if count > self._size - self._at:
                self._take(count)
            self._file.seek(count, 1)
            self._at += count
        else:
            self._take(count)

    def _bad(self, what: str, advice: str = AGAIN) -> BadFile:
        return BadFile(f"{self._name} {what}.", advice=advice)
