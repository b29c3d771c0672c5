"""Asking for files and folders, without a look into the files of the folder that is shown.

Qt's own dialog opens every file to find out its kind. Closing a file that this process opened by itself drops the
locks of all its SQLite connections to that file (POSIX advisory locks belong to the process): where the workspace
lies in the folder, another program that leaves it then takes itself for the last one and cuts the log off under
this one. So kinds are told by names here. Dialogs of the desktop, where there are some, look into nothing of ours.
"""

from __future__ import annotations

from pathlib import Path

from PySide6.QtCore import QFileInfo
from PySide6.QtGui import QIcon
from PySide6.QtWidgets import QFileDialog, QFileIconProvider, QWidget


class NamesOnly(QFileIconProvider):
    """Icons and kinds of files by what they are called."""

    def icon(self, what: QFileInfo | QFileIconProvider.IconType) -> QIcon:
        if isinstance(what, QFileInfo):
            what = QFileIconProvider.IconType.Folder if what.isDir() else QFileIconProvider.IconType.File
        return super().icon(what)

    def type(self, info: QFileInfo) -> str:
        return "Folder" if info.isDir() else info.suffix().upper() or "File"


def open_file(parent: QWidget, title: str, start: str = "", choices: str = "") -> str:
    """A file that is there; empty for none."""
    chosen, _ = _asked(_dialog(parent, title, start, choices, QFileDialog.FileMode.ExistingFile))
    return next(iter(chosen), "")


def open_files(parent: QWidget, title: str, start: str = "", choices: str = "") -> list[str]:
    """Files that are there; none when the person thought better of it."""
    return _asked(_dialog(parent, title, start, choices, QFileDialog.FileMode.ExistingFiles))[0]


def save_file(parent: QWidget, title: str, start: str = "", choices: str = "") -> tuple[str, str]:
    """Where a file goes, empty for nowhere, and the choice that was made. `start` may name the file."""
    dialog = _dialog(parent, title, start, choices, QFileDialog.FileMode.AnyFile)
    dialog.setAcceptMode(QFileDialog.AcceptMode.AcceptSave)
    chosen, kind = _asked(dialog)
    return next(iter(chosen), ""), kind


def folder(parent: QWidget, title: str, start: str = "") -> str:
    """A folder that is there; empty for none."""
    dialog = _dialog(parent, title, start, "", QFileDialog.FileMode.Directory)
    dialog.setOption(QFileDialog.Option.ShowDirsOnly)
    return next(iter(_asked(dialog)[0]), "")


def _dialog(parent: QWidget, title: str, start: str, choices: str, mode: QFileDialog.FileMode) -> QFileDialog:
    place = Path(start) if start else None
    names_file = place is not None and not place.is_dir()
    dialog = QFileDialog(parent, title, str(place.parent) if place and names_file else start, choices)
    dialog.setFileMode(mode)
    provider = NamesOnly()
    dialog.setIconProvider(provider)
    dialog.finished.connect(lambda _result: provider.options())  # keeps it: the dialog does not own it
    if place and names_file:
        dialog.selectFile(place.name)
    return dialog


def _asked(dialog: QFileDialog) -> tuple[list[str], str]:
    try:
        accepted = bool(dialog.exec())
        return (dialog.selectedFiles() if accepted else []), dialog.selectedNameFilter()
    finally:
        dialog.deleteLater()
