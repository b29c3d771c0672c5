"""LoRA adapters for a real model file: random low-rank changes, made by the format's text."""

from __future__ import annotations

import random
import struct
from array import array
from pathlib import Path
from typing import Any

from tests.models.gguf_file import string, value
from workbench.models.header import read_header

WEIGHTS = ("attn_q.weight", "attn_v.weight", "ffn_down.weight")
_ALIGNMENT = 32
_F32 = 0


def write_lora(
    base: Path, target: Path, *, rank: int = 4, size: float = 0.05, seed: int = 1, **fields: Any
) -> Path:
    """Write an adapter that changes some weights of every layer by about `size`; more fields replace the usual."""
    header, chance = read_header(base), random.Random(seed)  # noqa: S311 - no secret
    described: dict[str, Any] = {
        "general.architecture": header.fields["general.architecture"],
        "general.type": "adapter",
        "adapter.type": "lora",
        "adapter.lora.alpha": float(rank),
        **{name.replace("__", "."): field for name, field in fields.items()},
    }
    tensors: list[tuple[str, tuple[int, int], array[float]]] = []
    for tensor in header.tensors:
        if tensor.name.endswith(WEIGHTS):
            width, height = tensor.shape
            tensors.append((f"{tensor.name}.lora_a", (width, rank), _noise(chance, width * rank, size)))
            tensors.append((f"{tensor.name}.lora_b", (rank, height), _noise(chance, rank * height, 1.0)))
    target.write_bytes(_file(described, tensors))
    return target


def _noise(chance: random.Random, count: int, size: float) -> array[float]:
    """Numbers of this size, quickly: the same few again and again."""
    few = [chance.gauss(0, size) for _ in range(997)]
    return array("f", (few * (count // 997 + 1))[:count])


def _file(fields: dict[str, Any], tensors: list[tuple[str, tuple[int, int], array[float]]]) -> bytes:
    described, body = b"", b""
    for name, shape, numbers in tensors:
        described += string(name) + struct.pack("<IQQIQ", 2, *shape, _F32, len(body))
        body += numbers.tobytes()
        body += bytes(-len(body) % _ALIGNMENT)
    head = b"GGUF" + struct.pack("<IQQ", 3, len(tensors), len(fields))
    head += b"".join(string(key) + value(item) for key, item in fields.items()) + described
    return head + bytes(-len(head) % _ALIGNMENT) + body
