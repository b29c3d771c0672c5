"""Files are written whole or not at all."""

from __future__ import annotations

from pathlib import Path

import pytest

from workbench.errors import UserError
from workbench.interchange.whole_file import write_whole


def test_a_file_takes_its_place_at_the_end(tmp_path: Path) -> None:
    path = tmp_path / "Ünder a name" / "file.bin"
    path.parent.mkdir()
    path.write_bytes(b"old")
    with write_whole(path) as file:
        file.write(b"new")
        assert path.read_bytes() == b"old"
    assert path.read_bytes() == b"new"
    assert path.stat().st_mode & 0o777 == 0o644
    assert list(path.parent.iterdir()) == [path]


def _half(path: Path) -> None:
    with write_whole(path) as file:
        file.write(b"half of the ne")
        raise ZeroDivisionError


def _much(path: Path) -> None:
    with write_whole(path) as file:
        for _ in range(100):
            file.write(b"x" * 100_000)


def test_what_was_there_stays_when_the_writing_ends_early(tmp_path: Path) -> None:
    path = tmp_path / "folder" / "file.bin"
    path.parent.mkdir()
    path.write_bytes(b"old")
    with pytest.raises(ZeroDivisionError):
        _half(path)
    assert path.read_bytes() == b"old"
    assert list(path.parent.iterdir()) == [path]


def test_a_place_that_cannot_be_written_is_named(tmp_path: Path) -> None:
    with pytest.raises(UserError, match=r"nowhere/file.bin cannot be written"):
        _half(tmp_path / "nowhere/file.bin")


def test_a_full_disk_is_said_and_leaves_nothing(small_disk: Path) -> None:
    with pytest.raises(UserError, match="cannot be written: No space left"):
        _much(small_disk / "file.bin")
    assert list(small_disk.iterdir()) == []
