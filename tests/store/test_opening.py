"""Opening a workspace: new, newer, older, damaged, foreign, or where nothing can be written."""

from __future__ import annotations

import os
import re
import shutil
import sqlite3
import subprocess
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest

from tests.store.samples import GREETING, a_run, make_newer
from workbench.errors import StoreError
from workbench.store import Store, upkeep
from workbench.store.migrations import migrations


def test_a_new_workspace_is_made_with_its_folders(path: Path) -> None:
    with Store.open(path) as store:
        assert store.path == path
        assert store.prompts() == ()
    assert path.exists()


def test_opening_again_finds_what_was_written(path: Path) -> None:
    with Store.open(path) as store:
        store.create_prompt("A", GREETING)
    with Store.open(path) as store:
        assert [p.name for p in store.prompts()] == ["A"]


def test_the_connection_is_set_up_to_lose_nothing(store: Store, path: Path) -> None:
    assert _pragma(path, "journal_mode") == "wal"
    connection = store._database.connection
    assert connection.execute("PRAGMA synchronous").fetchone()[0] == 2
    assert connection.execute("PRAGMA foreign_keys").fetchone()[0] == 1


def test_reading_only_neither_makes_nor_changes_a_workspace(path: Path) -> None:
    with pytest.raises(StoreError, match="There is no workspace"):
        Store.open(path, read_only=True)
    with Store.open(path) as store:
        store.create_prompt("A", GREETING)
    with Store.open(path, read_only=True) as reader:
        assert [p.name for p in reader.prompts()] == ["A"]
        with pytest.raises(StoreError, match="cannot be opened for writing"):
            reader.set_setting("x", 1)


def test_a_newer_workspace_is_refused_and_left_as_it_is(path: Path) -> None:
    Store.open(path).close()
    make_newer(path)
    before = path.read_bytes()
    for read_only in (False, True):
        with pytest.raises(StoreError, match=r"newer Prompt Workbench \(it has m9999_future\)"):
            Store.open(path, read_only=read_only)
    assert path.read_bytes() == before


def test_an_older_workspace_is_copied_and_brought_up_to_date(path: Path) -> None:
    _make_older(path)
    with Store.open(path) as store:
        store.finish_run(a_run())
        assert len(store.runs()) == 1
    (copy,) = upkeep.copies(path)
    assert copy.stem.endswith("-before-upgrade")
    with closing(sqlite3.connect(copy)) as connection:
        steps = connection.execute("SELECT name FROM _sqlite_migrations").fetchall()
    assert steps == [("m0001_workspace",)]


def test_an_upgrade_that_fails_changes_nothing(path: Path) -> None:
    _make_older(path)
    with closing(sqlite3.connect(path)) as connection, connection:
        connection.execute("CREATE TABLE library_entries (in_the_way)")
    for _ in range(2):
        with pytest.raises(sqlite3.OperationalError, match="already exists"):
            Store.open(path)
    with closing(sqlite3.connect(path)) as connection:
        tables = {row[0] for row in connection.execute("SELECT name FROM sqlite_master WHERE type = 'table'")}
    assert "runs" not in tables


def test_garbage_under_the_name_of_a_workspace_is_set_aside(path: Path) -> None:
    path.parent.mkdir()
    path.write_bytes(b"this is no database, but somebody's text" * 100)
    with pytest.raises(StoreError, match=r"set aside as workspace\.db\.damaged-\d{4}-\d\d-\d\d\."):
        Store.open(path)
    (aside,) = path.parent.glob("*.damaged-*")
    assert aside.read_bytes().startswith(b"this is no database")
    Store.open(path).close()


def test_a_damaged_workspace_is_set_aside_whole_and_a_copy_is_named(path: Path) -> None:
    with Store.open(path) as store:
        for n in range(300):
            store.finish_run(a_run(f"answer {n} " * 50))
    damaged = _overwrite_middle(path)
    with pytest.raises(StoreError, match="is damaged") as caught:
        Store.open(path)
    (copy,) = upkeep.copies(path)
    assert str(copy) in caught.value.advice
    assert caught.value.details
    (aside,) = path.parent.glob("*.damaged-*")
    assert aside.read_bytes() == damaged
    with Store.open(path) as store:
        assert store.runs() == ()


def test_a_second_damaged_file_of_a_day_does_not_replace_the_first(path: Path) -> None:
    path.parent.mkdir()
    for text in (b"first" * 100, b"second" * 100):
        path.write_bytes(text)
        with pytest.raises(StoreError):
            Store.open(path)
    assert {file.read_bytes()[:5] for file in path.parent.glob("*.damaged-*")} == {b"first", b"secon"}


@pytest.mark.parametrize("length", [0, 10, 100, 4096, 20_000])
def test_a_truncated_workspace_is_set_aside(path: Path, length: int) -> None:
    with Store.open(path) as store:
        store.create_prompt("A", GREETING)
    os.truncate(path, length)
    with pytest.raises(StoreError, match="set aside"):
        Store.open(path)
    Store.open(path).close()


def test_reading_only_leaves_a_damaged_file_where_it_is(path: Path) -> None:
    path.parent.mkdir()
    path.write_bytes(b"nothing" * 100)
    with pytest.raises(StoreError, match="not a workspace"):
        Store.open(path, read_only=True)
    assert path.exists()


def test_a_file_of_another_kind_is_refused_and_left_alone(tmp_path: Path) -> None:
    photo = tmp_path / "photo.jpg"
    photo.write_bytes(b"\xff\xd8\xff" * 100)
    with pytest.raises(StoreError, match="not a workspace"):
        Store.open(photo)
    assert photo.read_bytes() == b"\xff\xd8\xff" * 100


def test_a_database_of_another_program_is_refused_and_left_alone(tmp_path: Path) -> None:
    other = tmp_path / "cookies.sqlite"
    with closing(sqlite3.connect(other)) as connection, connection:
        connection.execute("CREATE TABLE cookies (name)")
    before = other.read_bytes()
    with pytest.raises(StoreError, match="database of another program"):
        Store.open(other)
    assert other.read_bytes() == before
    assert list(tmp_path.glob("cookies*")) == [other]


def test_a_file_that_became_damaged_while_it_was_too_large_to_check_is_set_aside_next_time(
    path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with Store.open(path) as store:
        for n in range(300):
            store.finish_run(a_run(f"answer {n} " * 50))
    monkeypatch.setattr(upkeep, "SMALL", 0)
    damaged = _overwrite_middle(path)
    with Store.open(path) as store, pytest.raises(StoreError, match="is damaged"):
        [store.run(summary.id) for summary in store.runs(limit=1000)]
    with pytest.raises(StoreError, match="set aside"):
        Store.open(path)
    (aside,) = path.parent.glob("*.damaged-????-??-??")
    assert aside.read_bytes() == damaged


def test_a_workspace_under_a_file_is_refused(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("in the way")
    with pytest.raises(StoreError, match="cannot be opened for writing"):
        Store.open(tmp_path / "file" / "workspace.db")


def test_a_folder_in_place_of_a_workspace_is_refused(tmp_path: Path) -> None:
    with pytest.raises(StoreError, match="cannot be opened for writing"):
        Store.open(tmp_path)


def test_a_folder_that_cannot_be_written_is_refused(unwritable: Path) -> None:
    with pytest.raises(StoreError, match=r"cannot be opened for writing.*permissions"):
        Store.open(unwritable / "new.db")
    with pytest.raises(StoreError, match=r"cannot be opened for writing.*permissions"):
        Store.open(unwritable / "sub" / "new.db")


def test_a_workspace_that_cannot_be_written_is_refused(unwritable: Path) -> None:
    with pytest.raises(StoreError, match=r"cannot be opened for writing.*permissions"):
        Store.open(unwritable / "workspace.db")


@pytest.fixture
def unwritable(tmp_path: Path) -> Iterator[Path]:
    """A folder with a workspace that nobody may write; root is not kept out by permissions, so it is mounted."""
    folder = tmp_path / "unwritable"
    folder.mkdir()
    if os.geteuid() == 0:
        if (
            not shutil.which("mount")
            or subprocess.run(_mount(folder), check=False, capture_output=True).returncode
        ):
            pytest.skip("root without the right to mount")
        Store.open(folder / "workspace.db").close()
        subprocess.run(["mount", "-o", "remount,ro", str(folder)], check=True)
        yield folder
        subprocess.run(["umount", str(folder)], check=True)
        return
    Store.open(folder / "workspace.db").close()
    (folder / "workspace.db").chmod(0o400)
    folder.chmod(0o500)
    yield folder
    folder.chmod(0o700)


def _mount(folder: Path) -> list[str]:
    return ["mount", "-t", "tmpfs", "-o", "size=16m", "tmpfs", str(folder)]


def _make_older(path: Path) -> None:
    """A workspace as the first step of the migrations leaves it."""
    from sqlite_utils import Database

    path.parent.mkdir()
    with closing(sqlite3.connect(path)) as connection:
        migrations.apply(Database(connection, execute_plugins=False), stop_before="m0002_runs")


def _overwrite_middle(path: Path) -> bytes:
    content = bytearray(path.read_bytes())
    for at in range(len(content) // 3, len(content) // 3 * 2, 4096):
        content[at // 4096 * 4096 : at // 4096 * 4096 + 64] = b"\x5a" * 64
    path.write_bytes(bytes(content))
    return bytes(content)


def _pragma(path: Path, name: str) -> str:
    with closing(sqlite3.connect(path)) as connection:
        return str(connection.execute(f"PRAGMA {name}").fetchone()[0])


def test_migrations_import_nothing_of_the_application() -> None:
    source = Path(__file__).parents[2] / "workbench" / "store" / "migrations.py"
    assert not re.search(r"^\s*(from|import) workbench", source.read_text(encoding="utf-8"), re.MULTILINE)
