"""OK and Cancel below a dialog; Ctrl+Return is OK from everywhere in it, also from a text that has lines."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtGui import QKeySequence, QShortcut
from PySide6.QtWidgets import QDialog, QDialogButtonBox


def ok_and_cancel(dialog: QDialog) -> QDialogButtonBox:
    """The two buttons, and the keys that accept."""
    buttons = QDialogButtonBox(QDialogButtonBox.StandardButton.Ok | QDialogButtonBox.StandardButton.Cancel)
    buttons.accepted.connect(dialog.accept)
    buttons.rejected.connect(dialog.reject)
    ok = buttons.button(QDialogButtonBox.StandardButton.Ok)
    ok.setToolTip("OK (Ctrl+Return)")
    accept_by_keys(dialog, ok.click)  # not while it is disabled
    return buttons


def accept_by_keys(dialog: QDialog, accept: Callable[[], object]) -> None:
    """Have Ctrl+Return accept."""
    for keys in ("Ctrl+Return", "Ctrl+Enter"):
        QShortcut(QKeySequence(keys), dialog, accept)
