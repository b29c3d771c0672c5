"""What the disk and other programs do to a workspace, and what a person reads about it."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from pathlib import Path

import pytest

from tests.store.samples import a_run
from workbench.errors import StoreError
from workbench.store import Store, database
from workbench.store.faults import store_error


def test_a_full_disk_is_told_and_loses_nothing_written_before(small_disk: Path) -> None:
    with Store.open(small_disk / "workspace.db") as store:
        kept = _fill(store)
        assert {run.id for run in store.runs(limit=10_000)} == set(kept)
        with pytest.raises(StoreError, match="the disk is full"):
            store.finish_run(a_run("y" * 3_000_000))
    with Store.open(small_disk / "workspace.db") as store:
        assert {run.id for run in store.runs(limit=10_000)} == set(kept)


def test_writing_goes_on_when_there_is_room_again(small_disk: Path) -> None:
    ballast = small_disk / "ballast"
    ballast.write_bytes(b"x" * 1_500_000)
    with Store.open(small_disk / "workspace.db") as store:
        _fill(store)
        ballast.unlink()
        run = a_run("after")
        store.finish_run(run)
        assert store.run(run.id).run == run


def test_a_workspace_on_a_full_disk_is_refused_with_the_cause(small_disk: Path) -> None:
    with pytest.raises(OSError, match="space"):
        (small_disk / "ballast").write_bytes(b"x" * 5_000_000)
    with pytest.raises(StoreError, match="the disk is full"):
        Store.open(small_disk / "workspace.db")


def test_a_file_that_may_not_grow_rolls_the_whole_write_back(store: Store) -> None:
    connection = store._database.connection
    pages = connection.execute("PRAGMA page_count").fetchone()[0]
    connection.execute(f"PRAGMA max_page_count = {pages + 5}")

    def write() -> None:
        with store.transaction():
            store.set_setting("before", 1)
            store.finish_run(a_run("x" * 1_000_000))

    with pytest.raises(StoreError, match="the disk is full"):
        write()
    assert store.setting("before") is None
    assert store.take_changes() == ()
    store.set_setting("after", 1)
    assert store.setting("after") == 1


def test_a_program_that_does_not_let_go_is_named_as_the_cause(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(database, "BUSY_SECONDS", 0.05)
    with Store.open(path) as store, closing(sqlite3.connect(path, isolation_level=None)) as other:
        other.execute("BEGIN IMMEDIATE")
        with pytest.raises(StoreError, match="in use by another program"):
            store.set_setting("x", 1)
        other.rollback()
        store.set_setting("x", 1)


@pytest.mark.parametrize(
    ("code", "words"),
    [
        (sqlite3.SQLITE_FULL, "the disk is full"),
        (sqlite3.SQLITE_IOERR_WRITE, "cannot be read or written"),
        (sqlite3.SQLITE_CORRUPT, "is damaged"),
        (sqlite3.SQLITE_NOTADB, "is damaged"),
        (sqlite3.SQLITE_BUSY_SNAPSHOT, "in use by another program"),
        (sqlite3.SQLITE_READONLY, "cannot be opened for writing"),
        (sqlite3.SQLITE_CANTOPEN, "cannot be opened for writing"),
        (sqlite3.SQLITE_TOOBIG, "more than one billion bytes"),
    ],
)
def test_every_fault_has_its_sentence(tmp_path: Path, code: int, words: str) -> None:
    error = sqlite3.OperationalError("the cause")
    error.sqlite_errorcode = code
    found = store_error(error, tmp_path / "workspace.db")
    assert found is not None
    assert words in found.message
    assert (found.details, bool(found.advice)) == ("the cause", True)


def test_a_failed_write_on_a_full_disk_is_a_full_disk(small_disk: Path) -> None:
    with pytest.raises(OSError, match="space"):
        (small_disk / "ballast").write_bytes(b"x" * 5_000_000)
    error = sqlite3.OperationalError("disk I/O error")
    error.sqlite_errorcode = sqlite3.SQLITE_IOERR_WRITE
    assert "the disk is full" in str(store_error(error, small_disk / "workspace.db"))


def test_a_bug_stays_a_bug(store: Store) -> None:
    with pytest.raises(sqlite3.OperationalError, match="no such table"):
        store._database.execute("SELECT * FROM nowhere")


def _fill(store: Store) -> list[str]:
    """Write runs until the disk is full; the ids of those that were acknowledged."""
    kept: list[str] = []
    while True:
        run = a_run("a long answer " * 2_000)
        try:
            store.finish_run(run)
        except StoreError as error:
            if "the disk is full" in error.message:
                return kept
            raise
        kept.append(run.id)
