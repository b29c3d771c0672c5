"""A workspace that cannot be opened or written: one sentence, and no answer is lost."""

from __future__ import annotations

import os
import sqlite3
from contextlib import closing, suppress
from pathlib import Path

from tests.cli.conftest import Shell
from tests.store.samples import make_newer


def test_a_workspace_of_a_newer_program_is_left_as_it_is(shell: Shell, tmp_path: Path) -> None:
    path = tmp_path / "newer.db"
    assert shell("prompts", "list", "--workspace", str(path)).code == 0
    make_newer(path)
    content = path.read_bytes()
    said = shell("prompts", "list", "--workspace", str(path))
    assert (said.code, said.out) == (2, "")
    assert "written by a newer Prompt Workbench" in said.err
    assert "Install the newer program" in said.err
    assert said.err.count("\n") == 1
    assert path.read_bytes() == content


def test_a_database_of_another_program_is_left_as_it_is(shell: Shell, tmp_path: Path) -> None:
    path = tmp_path / "other.db"
    with closing(sqlite3.connect(path)) as database, database:
        database.execute("CREATE TABLE theirs (id INTEGER)")
    content = path.read_bytes()
    said = shell("prompts", "list", "--workspace", str(path))
    assert (said.code, said.out) == (2, "")
    assert "is a database of another program" in said.err
    assert "Choose another file" in said.err
    assert path.read_bytes() == content


def test_a_place_that_can_hold_no_workspace_is_named(shell: Shell) -> None:
    said = shell("prompts", "list", "--workspace", "/dev/full/workspace.db")
    assert (said.code, said.out) == (2, "")
    assert "/dev/full" in said.err
    assert said.err.count("\n") == 1


def test_a_full_disk_is_said_before_anything_is_run(shell: Shell, small_disk: Path) -> None:
    workspace = ("--workspace", str(small_disk / "workspace.db"))
    assert shell("prompts", "list", *workspace).code == 0
    leave(small_disk, 0)
    said = shell("run", "Support reply", "--model", "echo:m", *workspace)
    assert (said.code, said.out) == (2, "")
    assert "the disk is full" in said.err
    assert said.err.count("\n") == 1


def test_an_answer_that_a_full_disk_cannot_keep_is_given_all_the_same(shell: Shell, small_disk: Path) -> None:
    workspace = ("--workspace", str(small_disk / "workspace.db"))
    assert shell("prompts", "list", *workspace).code == 0
    leave(small_disk, 300_000)
    values = ("--var", "customer=Ada", "--var", f"message={'word ' * 50_000}", "--var", "help=none")
    said = shell("run", "Support reply", *values, "--model", "echo:m", *workspace)
    assert said.out.count("word") > 100
    assert said.code == 3
    assert "The run is not in the history" in said.err
    assert "the disk is full. Make room and try again." in said.err


def leave(folder: Path, free: int) -> None:
    """Fill a small disk but for so many bytes."""
    ballast = folder / "ballast"
    with suppress(OSError), ballast.open("wb", buffering=0) as file:
        while True:
            file.write(bytes(4096))
    os.truncate(ballast, ballast.stat().st_size - free)
