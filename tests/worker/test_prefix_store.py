"""Beginnings on disk: found again, bounded in size, and never trusted when something is wrong with them."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from workbench.models.starter import starter_path
from workbench.worker.file_identity import file_identity
from workbench.worker.prefix_store import LEAST, PrefixStore, worth_keeping

ONE = list(range(100))
STATE = bytes(range(256)) * 10


def store(folder: Path, identity: str = "model A", limit: int = 1_000_000) -> PrefixStore:
    return PrefixStore(folder, identity, limit=limit)


def files(folder: Path) -> list[Path]:
    return sorted(folder.rglob("*.beginning"))


def test_a_beginning_is_found_by_another_process_and_reads_as_it_was(tmp_path: Path) -> None:
    store(tmp_path).keep(ONE, "", STATE)
    again = store(tmp_path)
    kept, length = again.find([*ONE[:80], -1], "")
    assert kept
    assert length == 80
    assert kept.tokens == ONE
    assert again.read(kept) == STATE


def test_another_model_and_other_adapters_find_nothing(tmp_path: Path) -> None:
    store(tmp_path).keep(ONE, "", STATE)
    assert store(tmp_path, "model B").find(ONE, "") == (None, 0)
    assert store(tmp_path).find(ONE, "an adapter") == (None, 0)


@pytest.mark.parametrize("at", [5, 40, 150, 700, -1])
def test_a_file_with_a_wrong_byte_is_deleted(tmp_path: Path, at: int) -> None:
    store(tmp_path).keep(ONE, "", STATE)
    (path,) = files(tmp_path)
    data = bytearray(path.read_bytes())
    data[at] ^= 1
    path.write_bytes(data)
    again = store(tmp_path)
    kept, _ = again.find(ONE, "")
    assert kept is None or again.read(kept) is None
    assert files(tmp_path) == []
    assert again.find(ONE, "") == (None, 0)


@pytest.mark.parametrize("length", [0, 10, 60, 300, 2000])
def test_a_file_that_is_cut_off_is_deleted(tmp_path: Path, length: int) -> None:
    store(tmp_path).keep(ONE, "", STATE)
    (path,) = files(tmp_path)
    path.write_bytes(path.read_bytes()[:length])
    again = store(tmp_path)
    kept, _ = again.find(ONE, "")
    assert kept is None or again.read(kept) is None
    assert files(tmp_path) == []


def test_one_that_another_process_deleted_is_a_miss(tmp_path: Path) -> None:
    mine = store(tmp_path)
    mine.keep(ONE, "", STATE)
    kept, _ = mine.find(ONE, "")
    assert kept
    kept.path.unlink()
    assert mine.read(kept) is None


def test_the_least_recently_used_go_first_whatever_model_they_are_of(tmp_path: Path) -> None:
    other, mine = store(tmp_path, "model B", 9_000), store(tmp_path, limit=9_000)
    other.keep(ONE, "", STATE)
    mine.keep(ONE, "", STATE)
    for age, path in enumerate(files(tmp_path)):
        os.utime(path, (1000 + age, 1000 + age))
    mine.read(next(kept for kept in [mine.find(ONE, "")[0]] if kept))  # the youngest now
    mine.keep([*ONE, 1], "", STATE)
    mine.keep([*ONE, 2], "", STATE)
    assert sum(path.stat().st_size for path in files(tmp_path)) <= 9_000
    assert store(tmp_path, "model B").find(ONE, "") == (None, 0)
    assert mine.find(ONE, "")[1] == 100
    mine.keep([*ONE, 3], "", STATE * 10)
    assert mine.find([*ONE, 3], "")[1] == 100, "what is larger than the limit is not kept"


def test_what_a_killed_process_left_half_written_goes_after_an_hour(tmp_path: Path) -> None:
    store(tmp_path).keep(ONE, "", STATE)
    (kept,) = files(tmp_path)
    fresh, old = kept.parent / ".writing-fresh", kept.parent / ".writing-old"
    fresh.touch()
    old.touch()
    os.utime(old, (1000, 1000))
    store(tmp_path)
    assert (fresh.exists(), old.exists(), kept.exists()) == (True, False, True)


def test_a_folder_that_cannot_be_written_to_does_no_harm(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    broken = store(tmp_path / "file")
    broken.keep(ONE, "", STATE)
    assert broken.find(ONE, "") == (None, 0)


def test_what_several_prompts_share_is_kept_once_and_a_single_prompt_whole() -> None:
    rules, other = list(range(300)), list(range(1000, 1200))
    prompts = [[*rules, 900 + number, 7, 7] for number in range(5)]
    assert worth_keeping([*prompts, other, [5] * (LEAST - 1)]) == [rules, other]
    assert worth_keeping([]) == []


def test_two_prompts_with_little_in_common_are_kept_both() -> None:
    one, two = [*range(70), *range(200, 400)], [*range(70), *range(500, 700)]
    assert worth_keeping([two, one]) == [one, two]


def test_a_changed_byte_makes_another_model(tmp_path: Path) -> None:
    copy = tmp_path / "copy.gguf"
    copy.write_bytes(starter_path().read_bytes()[:1_000_000])
    before = file_identity(copy)
    assert before == file_identity(copy)
    data = bytearray(copy.read_bytes())
    data[-1] ^= 1
    copy.write_bytes(data)
    assert file_identity(copy) != before
