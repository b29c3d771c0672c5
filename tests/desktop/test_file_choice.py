"""A dialog for files looks at names only: the locks of the workspace that lies in the folder stay."""

from __future__ import annotations

import fcntl
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from PySide6.QtCore import QTimer
from PySide6.QtWidgets import QApplication, QDialogButtonBox, QFileDialog, QFileSystemModel, QWidget
from pytestqt.qtbot import QtBot

from workbench.desktop import file_choice

NAMES = ("workspace.db", "workspace.db-shm", "workspace.db-wal")

OTHER = """
import fcntl, sys
for name in sys.argv[1:]:
    with open(name, "r+b") as file:
        try:
            fcntl.lockf(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
            print(name)
        except OSError:
            pass
"""
"""Another program that takes what is not locked."""


@pytest.fixture
def locked(tmp_path: Path) -> Iterator[Path]:
    """A folder with a workspace, as far as locks and first bytes go."""
    files = []
    for name in NAMES:
        path = tmp_path / name
        path.write_bytes(b"SQLite format 3\0" + bytes(5_000))
        file = path.open("r+b")
        fcntl.lockf(file, fcntl.LOCK_EX)
        files.append(file)
    (tmp_path / "cases.csv").write_text("word\n")
    yield tmp_path
    for file in files:
        file.close()


def unlocked(folder: Path) -> list[str]:
    done = subprocess.run(
        [sys.executable, "-c", OTHER, *NAMES], cwd=folder, capture_output=True, text=True, check=True
    )
    return done.stdout.split()


def shown_dialog() -> QFileDialog:
    (dialog,) = [one for one in QApplication.topLevelWidgets() if isinstance(one, QFileDialog) and one.isVisible()]
    return dialog


@pytest.fixture
def parent(qtbot: QtBot) -> QWidget:
    made = QWidget()
    qtbot.addWidget(made)
    return made


def listed_then(qtbot: QtBot, folder: Path, do: str) -> None:
    """When the dialog has listed the folder, press one of its buttons."""

    def look() -> None:
        dialog = shown_dialog()
        model = dialog.findChild(QFileSystemModel)
        if model is None or model.rowCount(model.index(str(folder))) == 0:
            QTimer.singleShot(20, look)
            return
        if do == "accept":
            dialog.accept()
        else:
            dialog.findChild(QDialogButtonBox).button(QDialogButtonBox.StandardButton.Cancel).click()

    QTimer.singleShot(20, look)


def test_the_locks_of_a_workspace_in_the_folder_stay(qtbot: QtBot, parent: QWidget, locked: Path) -> None:
    assert unlocked(locked) == []
    listed_then(qtbot, locked, "cancel")
    assert file_choice.open_file(parent, "Import", str(locked), "All files (*)") == ""
    assert unlocked(locked) == []


def test_a_place_to_save_is_proposed_and_taken(qtbot: QtBot, parent: QWidget, locked: Path) -> None:
    listed_then(qtbot, locked, "accept")
    proposed = str(locked / "answers.csv")
    assert file_choice.save_file(parent, "Save", proposed, "CSV (*.csv);;All files (*)") == (
        proposed,
        "CSV (*.csv)",
    )
    listed_then(qtbot, locked, "cancel")
    assert file_choice.save_file(parent, "Save", proposed, "CSV (*.csv)")[0] == ""


def test_a_folder_is_taken(qtbot: QtBot, parent: QWidget, tmp_path: Path) -> None:
    (tmp_path / "inside").mkdir()
    listed_then(qtbot, tmp_path, "accept")
    assert Path(file_choice.folder(parent, "Where", str(tmp_path))) == tmp_path


def test_files_that_are_there_are_taken(qtbot: QtBot, parent: QWidget, locked: Path) -> None:
    listed_then(qtbot, locked, "accept")
    start = str(locked / "cases.csv")
    assert file_choice.open_files(parent, "Open", start) == [start]
