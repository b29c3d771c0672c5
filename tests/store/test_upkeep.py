"""Backup copies and checks of a workspace file."""

from __future__ import annotations

import sqlite3
import threading
from contextlib import closing
from datetime import datetime, timedelta
from pathlib import Path

import pytest

from tests.store.samples import GREETING, a_run, cut_a_page_off_its_tree
from workbench.errors import StoreError
from workbench.store import Store, StoreThread, thread, upkeep

MORNING = datetime(2026, 11, 21, 8, 30).astimezone()


def test_a_copy_is_made_once_a_day_and_seven_are_kept(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for day in range(10):
        monkeypatch.setattr(upkeep, "_now", lambda day=day: MORNING + timedelta(days=day))
        for _ in range(2):
            with Store.open(path) as store:
                store.create_prompt(store.free_name("day"), GREETING)
    names = [copy.name for copy in upkeep.copies(path)]
    assert names == [f"workspace-2026-11-{21 + day}T083000.db" for day in range(3, 10)]
    assert not list(path.parent.rglob("*.part"))


def test_a_copy_is_a_workspace(path: Path, tmp_path: Path) -> None:
    with Store.open(path) as store:
        store.create_prompt("A", GREETING)
    upkeep.copies(path)[0].unlink()
    Store.open(path).close()
    restored = tmp_path / "restored.db"
    restored.write_bytes(upkeep.copies(path)[0].read_bytes())
    with Store.open(restored) as store:
        assert [p.name for p in store.prompts()] == ["A"]


def test_copies_of_a_workspace_with_a_longer_name_are_not_taken_for_its_own(path: Path) -> None:
    Store.open(path).close()
    other = path.with_name("workspace-2.db")
    Store.open(other).close()
    assert len(upkeep.copies(path)) == len(upkeep.copies(other)) == 1


def test_a_copy_holds_what_is_only_in_the_log_yet_and_nothing_half(store: Store, path: Path) -> None:
    writer_waits, copied = threading.Event(), threading.Event()
    store.create_prompt("committed", GREETING)

    def write() -> None:
        with Store.open(path) as other, other.transaction():
            other.create_prompt("half", GREETING)
            writer_waits.set()
            copied.wait(20)

    thread = threading.Thread(target=write)
    thread.start()
    assert writer_waits.wait(20)
    with closing(sqlite3.connect(path)) as source:
        copy = upkeep.copy(source, path)
    copied.set()
    thread.join()
    with closing(sqlite3.connect(copy)) as connection:
        assert connection.execute("SELECT name FROM prompts").fetchall() == [("committed",)]


@pytest.mark.usefixtures("expected_log")
def test_a_copy_that_cannot_be_made_is_no_reason_not_to_work(path: Path, caplog: pytest.LogCaptureFixture) -> None:
    path.parent.mkdir()
    (path.parent / "backups").write_text("a file in the way")
    with Store.open(path) as store:
        store.create_prompt("A", GREETING)
    assert "No backup copy" in caplog.text


def test_a_large_file_is_checked_and_copied_beside_the_work(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(upkeep, "SMALL", 0)
    with Store.open(path) as store:
        store.create_prompt("A", GREETING)
        assert upkeep.copies(path) == ()
    threads = StoreThread(path)
    threads.start().result(20)
    threads.checked.result(20)
    assert len(upkeep.copies(path)) == 1
    threads.close()


@pytest.mark.usefixtures("expected_log")
def test_damage_found_beside_the_work_is_told_and_set_aside_at_the_next_opening(
    path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(upkeep, "SMALL", 0)
    with Store.open(path) as store:
        for n in range(300):
            store.finish_run(a_run(f"answer {n} " * 50))
    cut_a_page_off_its_tree(path)
    threads = StoreThread(path)
    threads.start().result(20)
    with pytest.raises(StoreError, match="is damaged"):
        threads.checked.result(20)
    assert isinstance(threads.damaged.exception(20), StoreError)
    threads.close()
    assert upkeep.copies(path) == ()
    with pytest.raises(StoreError, match="set aside"):
        Store.open(path)
    assert not upkeep.is_marked(path)
    Store.open(path).close()


@pytest.mark.usefixtures("expected_log")
def test_damage_of_a_later_day_is_told_too(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(upkeep, "SMALL", 0)
    monkeypatch.setattr(thread, "LOOK_SECONDS", 0.02)
    with Store.open(path) as store:
        for n in range(300):
            store.finish_run(a_run(f"answer {n} " * 50))
    threads = StoreThread(path)
    threads.start().result(20)
    threads.checked.result(20)
    assert not threads.damaged.done()
    cut_a_page_off_its_tree(path)
    for copy in upkeep.copies(path):  # as when the day is over: there is none of today
        copy.unlink()
    assert isinstance(threads.damaged.exception(20), StoreError)
    threads.close()


def test_closing_does_not_wait_for_the_check_of_a_large_file(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    Store.open(path).close()
    monkeypatch.setattr(upkeep, "_CHECK_STEPS", 10)
    monkeypatch.setattr(upkeep, "_STEP_PAGES", 1)
    with closing(sqlite3.connect(path)) as connection:
        with pytest.raises(upkeep.Stopped):
            upkeep.problem(connection, stop=lambda: True)
        with pytest.raises(upkeep.Stopped):
            upkeep.copy(connection, path, stop=lambda: True)
    assert not list(path.parent.rglob("*.part"))
