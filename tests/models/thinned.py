"""A real model with fewer layers: the same vocabulary and shapes, another share of cache and weights."""

from __future__ import annotations

import re
import struct
from pathlib import Path

from tests.models.gguf_file import string
from workbench.models.header import Tensor, read_header

_LAYER = re.compile(r"blk\.(\d+)\.")
_ALIGNMENT = 32


def write_thinned(source: Path, target: Path, *, layers: int) -> Path:
    """Write the first layers of a model file as a model of its own."""
    data = source.read_bytes()
    header = read_header(source)
    kept = [tensor for tensor in header.tensors if not (at := _LAYER.match(tensor.name)) or int(at[1]) < layers]
    lengths = _lengths(header.tensors, len(data) - header.data_start)
    fields = bytearray(data[24 : data.index(string(header.tensors[0].name))])
    key = string(f"{header.fields['general.architecture']}.block_count")
    at = fields.index(key) + len(key) + 4
    fields[at : at + 4] = struct.pack("<I", layers)
    described, body = b"", b""
    for tensor in kept:
        described += string(tensor.name) + struct.pack("<I", len(tensor.shape))
        described += b"".join(struct.pack("<Q", size) for size in tensor.shape)
        described += struct.pack("<IQ", tensor.type, len(body))
        start = header.data_start + tensor.offset
        body += data[start : start + lengths[tensor.name]]
    head = data[:8] + struct.pack("<Q", len(kept)) + data[16:24] + bytes(fields) + described
    target.write_bytes(head + bytes(-len(head) % _ALIGNMENT) + body)
    return target


def _lengths(tensors: tuple[Tensor, ...], size: int) -> dict[str, int]:
    """Bytes of every tensor with the padding behind it."""
    ordered = sorted(tensors, key=lambda tensor: tensor.offset)
    ends = [tensor.offset for tensor in ordered[1:]] + [size]
    return {tensor.name: end - tensor.offset for tensor, end in zip(ordered, ends, strict=True)}
