"""The history's columns and its split, as the person left them."""

from __future__ import annotations

from typing import Any

from PySide6.QtCore import QObject, QTimer
from PySide6.QtWidgets import QSplitter, QTableView

from workbench.desktop.bridge import Bridge
from workbench.store import StoreThread

_SETTING = "history_layout"
_AFTER_MS = 800


class HistoryLayout(QObject):
    """Brings the widths back, then keeps every change of them a moment later."""

    def __init__(self, store: StoreThread, bridge: Bridge, table: QTableView, split: QSplitter) -> None:
        super().__init__(split)
        self._store = store
        self._bridge = bridge
        self._table = table
        self._split = split
        self._soon = QTimer(self, singleShot=True, interval=_AFTER_MS)
        self._soon.timeout.connect(self._save)

    def restore(self) -> None:
        """Ask for what was kept; until it is there, nothing is kept."""
        self._bridge.when(
            self._store.read(lambda store: store.setting(_SETTING, {})),
            self._apply,
            lambda _error: self._watch(),
            owner=self,
        )

    def _apply(self, kept: Any) -> None:
        columns, split = _numbers(kept, "columns"), _numbers(kept, "split")
        header = self._table.horizontalHeader()
        if len(columns) == header.count():
            for column, width in enumerate(columns):
                header.resizeSection(column, width)
        if len(split) == self._split.count():
            self._split.setSizes(split)
        self._watch()

    def _watch(self) -> None:
        self._table.horizontalHeader().sectionResized.connect(lambda *_: self._soon.start())
        self._split.splitterMoved.connect(lambda *_: self._soon.start())

    def _save(self) -> None:
        header = self._table.horizontalHeader()
        columns = [header.sectionSize(column) for column in range(header.count())]
        kept = {"columns": columns, "split": self._split.sizes()}
        self._bridge.when(
            self._store.write(lambda store: store.set_setting(_SETTING, kept)),
            lambda _done: None,
            lambda _error: None,  # a width is not worth a message
            owner=self,
        )


def _numbers(kept: Any, name: str) -> list[int]:
    """A list of sizes out of a setting that may be of another time or hand."""
    values = kept.get(name) if isinstance(kept, dict) else None
    if not isinstance(values, list):
        return []
    return [value for value in values if isinstance(value, int) and 0 < value < 10_000]
