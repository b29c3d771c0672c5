"""What tells a large file from every other, without reading all of it."""

from __future__ import annotations

import hashlib
from pathlib import Path

_SAMPLES, _SAMPLE = 64, 4096


def file_identity(path: Path) -> str:
    """What tells a file from every other: its size, and pieces from all over it."""
    size = path.stat().st_size
    hashed = hashlib.sha256(str(size).encode())
    with path.open("rb") as file:
        for number in range(_SAMPLES):
            file.seek(max(0, size - _SAMPLE) * number // (_SAMPLES - 1))
            hashed.update(file.read(_SAMPLE))
    return hashed.hexdigest()
