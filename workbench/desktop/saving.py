"""Asking where a file goes: in the folder of the last one, with a suffix that says what it is."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from PySide6.QtWidgets import QApplication, QWidget

from workbench.desktop import file_choice

_FOLDER = "savingFolder"  # a property of the application, so that no module holds state


def ask_where(parent: QWidget, title: str, name: str, kinds: Mapping[str, str]) -> Path | None:
    """Where a person wants the file; None for nowhere.

    `kinds` names what may be saved by suffix, the usual one first; a path that is typed without a suffix gets that
    of the kind that was chosen.
    """
    app = QApplication.instance()
    folder = (app.property(_FOLDER) if app else None) or str(Path.home())
    choices = {f"{said} (*{suffix})": suffix for suffix, said in kinds.items()}
    proposed = str(Path(folder, file_name(name) + next(iter(kinds))))
    typed, chosen = file_choice.save_file(parent, title, proposed, ";;".join(choices))
    if not typed:
        return None
    path = Path(typed)
    if app:
        app.setProperty(_FOLDER, str(path.parent))
    return path if path.suffix else path.with_suffix(choices.get(chosen, next(iter(kinds))))


def file_name(name: str) -> str:
    """A name that every file system takes."""
    kept = "".join(letter if letter.isalnum() or letter in " -_" else "-" for letter in name).strip()
    return kept[:80] or "unnamed"
