"""A real model whose file says that it only embeds: the same weights, with attention to both sides."""

from __future__ import annotations

import struct
from pathlib import Path

from tests.models.gguf_file import string

_BOOL, _STRING = 7, 8


def write_embedding_only(source: Path, target: Path) -> Path:
    """Write a model file with two fields more, which together have 64 bytes, so that the alignment stays."""
    data = source.read_bytes()
    causal = string("llama.attention.causal") + struct.pack("<IB", _BOOL, 0)
    filler = string("pad.a") + struct.pack("<I", _STRING) + string("bbbb")
    assert len(causal + filler) == 64
    (count,) = struct.unpack("<Q", data[16:24])
    target.write_bytes(data[:16] + struct.pack("<Q", count + 2) + causal + filler + data[24:])
    return target
