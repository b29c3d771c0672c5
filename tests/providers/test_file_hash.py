"""The hash of a model file: right, remembered, taken anew when the file changes."""

from __future__ import annotations

import hashlib
import os
from pathlib import Path
from threading import Event

from workbench import paths
from workbench.providers.file_hash import file_hash


def test_it_is_remembered_until_the_file_changes(tmp_path: Path) -> None:
    path = tmp_path / "model.gguf"
    path.write_bytes(b"one" * 1000)
    stat = path.stat()
    first = file_hash(path, Event())
    assert first == hashlib.sha256(b"one" * 1000).hexdigest()
    path.write_bytes(b"two" * 1000)
    os.utime(path, ns=(stat.st_atime_ns, stat.st_mtime_ns))
    assert file_hash(path, Event()) == first  # same size, same time: not read again
    os.utime(path, ns=(stat.st_atime_ns, stat.st_mtime_ns + 1))
    assert file_hash(path, Event()) == hashlib.sha256(b"two" * 1000).hexdigest()


def test_what_cannot_be_computed_is_not_told(tmp_path: Path) -> None:
    path, stop = tmp_path / "model.gguf", Event()
    assert file_hash(path, stop) is None
    path.write_bytes(b"x")
    stop.set()
    assert file_hash(path, stop) is None
    assert file_hash(path, Event())


def test_a_damaged_note_is_made_again(tmp_path: Path) -> None:
    path = tmp_path / "model.gguf"
    path.write_bytes(b"x")
    known = file_hash(path, Event())
    (note,) = (paths.cache_folder() / "model-hashes").iterdir()
    for damage in ("[]", "", '{"path": 1}', "\0"):
        note.write_text(damage)
        assert file_hash(path, Event()) == known
