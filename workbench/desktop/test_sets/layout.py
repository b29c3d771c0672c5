"""How a person has arranged the pages of test sets, kept in the workspace."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from PySide6.QtCore import QObject, QTimer
from PySide6.QtWidgets import QSplitter

from workbench.desktop.bridge import Bridge
from workbench.desktop.editor.choice import Choice
from workbench.store import StoreThread

_SETTING = "test_set_layout"
_KEPT_AFTER_MS = 500


class Layout(QObject):
    """Remembers the height of the rows and the width of the panel."""

    def __init__(
        self,
        store: StoreThread,
        bridge: Bridge,
        splitter: QSplitter,
        lines: Choice,
        set_lines: Callable[[int], None],
    ) -> None:
        super().__init__(splitter)
        self._store, self._splitter, self._lines, self._set_lines = store, splitter, lines, set_lines
        lines.chosen.connect(self._take_lines)
        self._soon = QTimer(self, singleShot=True, interval=_KEPT_AFTER_MS)
        self._soon.timeout.connect(self._keep)
        splitter.splitterMoved.connect(lambda *_: self._soon.start())
        known = store.read(lambda open_store: open_store.setting(_SETTING))
        bridge.when(known, self._restore, lambda _error: None, owner=self)

    def _restore(self, data: Any) -> None:
        match data:
            case {"lines": str(lines), "sizes": [int(table), int(panel)]} if self._lines.findData(lines) >= 0:
                self._lines.show_word(lines)
                self._set_lines(int(lines))
                self._splitter.setSizes([table, panel])

    def _take_lines(self, lines: str) -> None:
        self._set_lines(int(lines))
        self._keep()

    def _keep(self) -> None:
        data = {"lines": self._lines.word(), "sizes": self._splitter.sizes()}
        self._store.write(lambda store: store.set_setting(_SETTING, data))
