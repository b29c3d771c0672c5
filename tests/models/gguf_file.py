"""Small GGUF files, made by the format's text and not by our reader."""

from __future__ import annotations

import struct
from pathlib import Path
from typing import Any

_KINDS: dict[type, tuple[int, str]] = {bool: (7, "<?"), int: (4, "<I"), float: (6, "<f")}


def string(text: str) -> bytes:
    data = text.encode()
    return struct.pack("<Q", len(data)) + data


def value(item: Any) -> bytes:
    """A value with its type before it."""
    if isinstance(item, str):
        return struct.pack("<I", 8) + string(item)
    if isinstance(item, list):
        kind, _ = _KINDS.get(type(item[0]), (8, ""))
        return struct.pack("<IIQ", 9, kind, len(item)) + b"".join(value(one)[4:] for one in item)
    kind, form = _KINDS[type(item)]
    return struct.pack("<I", kind) + struct.pack(form, item)


FIELDS: dict[str, Any] = {
    "general.architecture": "llama",
    "general.name": "Tiny",
    "general.license": "mit",
    "general.file_type": 7,
    "llama.context_length": 2048,
    "llama.block_count": 2,
    "llama.embedding_length": 64,
    "llama.feed_forward_length": 128,
    "llama.attention.head_count": 4,
    "llama.attention.head_count_kv": 2,
    "tokenizer.chat_template": "{{ messages }}",
    "tokenizer.ggml.tokens": [f"token {n}" for n in range(2000)],
}

TENSORS: tuple[tuple[str, tuple[int, ...], int], ...] = (
    ("token_embd.weight", (64, 100), 8),
    ("blk.0.attn_q.weight", (64, 64), 8),
    ("output_norm.weight", (64,), 0),
)
_BYTES = {8: 34 / 32, 0: 4.0}


def gguf(
    fields: dict[str, Any] | None = None,
    tensors: tuple[tuple[str, tuple[int, ...], int], ...] = TENSORS,
    *,
    magic: bytes = b"GGUF",
    version: int = 3,
) -> bytes:
    """A whole file: header, padding, zeros as weights."""
    fields = FIELDS if fields is None else fields
    described, offset = b"", 0
    for name, shape, kind in tensors:
        described += string(name) + struct.pack("<I", len(shape))
        described += b"".join(struct.pack("<Q", size) for size in shape) + struct.pack("<IQ", kind, offset)
        count = 1
        for size in shape:
            count *= size
        offset += -(-int(count * _BYTES[kind]) // 32) * 32
    header = magic + struct.pack("<IQQ", version, len(tensors), len(fields))
    header += b"".join(string(key) + value(item) for key, item in fields.items()) + described
    padding = -len(header) % 32
    return header + bytes(padding + offset)


def written(folder: Path, data: bytes, name: str = "model.gguf") -> Path:
    path = folder / name
    path.write_bytes(data)
    return path
