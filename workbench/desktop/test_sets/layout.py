"""How a person has arranged the pages of test sets, kept in the workspace."""

from __future__ import annotations

from typing import Any

from PySide6.QtCore import QObject, QTimer
from PySide6.QtWidgets import QSplitter

from workbench.desktop.bridge import Bridge
from workbench.desktop.editor.choice import Choice
from workbench.desktop.test_sets.table import CaseTable
from workbench.store import Store, StoreThread

_SETTING = "test_set_layout"
_KEPT_AFTER_MS = 500


class Layout(QObject):
    """Remembers the height of the rows, the width of the panel, and the columns of each test set."""

    def __init__(
        self,
        test_set_id: str,
        store: StoreThread,
        bridge: Bridge,
        *,
        table: CaseTable,
        splitter: QSplitter,
        lines: Choice,
    ) -> None:
        super().__init__(table)
        self._store, self._table, self._splitter, self._lines = store, table, splitter, lines
        self._own = f"{_SETTING}:{test_set_id}"
        self._soon = QTimer(self, singleShot=True, interval=_KEPT_AFTER_MS)
        self._soon.timeout.connect(self._keep)
        lines.chosen.connect(self._take_lines)
        splitter.splitterMoved.connect(lambda *_: self._soon.start())
        table.columns_sized.connect(self._soon.start)
        bridge.when(store.read(self._known), self._restore, lambda _error: None, owner=self)

    def _known(self, store: Store) -> tuple[Any, Any]:
        return store.setting(_SETTING), store.setting(self._own)

    def _restore(self, known: tuple[Any, Any]) -> None:
        match known[0]:
            case {"lines": str(lines), "sizes": [int(table), int(panel)]} if self._lines.findData(lines) >= 0:
                self._lines.show_word(lines)
                self._table.set_lines(int(lines))
                self._splitter.setSizes([table, panel])
        match known[1]:
            case dict(widths):
                self._table.remember_widths(widths)

    def _take_lines(self, lines: str) -> None:
        self._table.set_lines(int(lines))
        self._soon.start()

    def _keep(self) -> None:
        data = {"lines": self._lines.word(), "sizes": self._splitter.sizes()}
        own, widths = self._own, self._table.widths()

        def keep(store: Store) -> None:
            store.set_setting(_SETTING, data)
            if widths:
                store.set_setting(own, widths)

        self._store.write(keep)
