"""The menus of the grid: of the selected cells, and of a column."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass

from PySide6.QtWidgets import QMenu, QWidget


@dataclass(frozen=True, slots=True)
class Entry:
    """A line of a menu."""

    text: str
    do: Callable[[], object]
    keys: str = ""
    """Shown beside it; the key itself works in the grid."""
    enabled: bool = True
    parted: bool = False
    """Whether a line stands above it."""


def menu(parent: QWidget, entries: Iterable[Entry]) -> QMenu:
    """A menu that goes away with its last use."""
    made = QMenu(parent)
    made.aboutToHide.connect(made.deleteLater)
    for entry in entries:
        if entry.parted:
            made.addSeparator()
        action = made.addAction(f"{entry.text}\t{entry.keys}" if entry.keys else entry.text)
        action.setEnabled(entry.enabled)
        action.triggered.connect(lambda _checked=False, do=entry.do: do())
    return made
