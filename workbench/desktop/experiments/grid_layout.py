"""How a person arranged the grid: the height of its rows, where the detail stands and how much room it has."""

from __future__ import annotations

from typing import Any

from PySide6.QtCore import QObject, Qt, QTimer
from PySide6.QtWidgets import QSplitter

from workbench.desktop.bridge import Bridge
from workbench.desktop.experiments.grid import ExperimentGrid
from workbench.store import StoreThread

_SETTING = "grid_layout"
_AFTER_MS = 800
_SHARE = 0.36
"""Of the room, that the detail takes until a person says otherwise."""


class GridLayout(QObject):
    """Brings the arrangement back, and keeps it a moment after it was changed."""

    def __init__(self, store: StoreThread, bridge: Bridge, grid: ExperimentGrid, splitter: QSplitter) -> None:
        super().__init__(splitter)
        self._store = store
        self._bridge = bridge
        self._grid = grid
        self._splitter = splitter
        self._soon = QTimer(self, singleShot=True, interval=_AFTER_MS)
        self._soon.timeout.connect(self._save)
        splitter.splitterMoved.connect(lambda *_: self._soon.start())
        grid.bar.height_changed.connect(lambda _height: self._soon.start())
        self._bridge.when(
            store.read(lambda store: store.setting(_SETTING, {})),
            self._apply,
            lambda _error: None,  # a width is not worth a message
            owner=self,
        )

    def turn(self) -> None:
        """Put the detail below the grid, or beside it again."""
        self._place(below=not self._is_below())
        self._soon.start()

    def make_room(self) -> None:
        """Let the grid be narrow while the detail stands beside it."""
        detail = self._splitter.widget(1)
        self._grid.table.set_beside(detail is not None and not self._is_below() and not detail.isHidden())

    def _is_below(self) -> bool:
        return self._splitter.orientation() is Qt.Orientation.Vertical

    def _place(self, *, below: bool) -> None:
        self._splitter.setOrientation(Qt.Orientation.Vertical if below else Qt.Orientation.Horizontal)
        room = self._splitter.height() if below else self._splitter.width()
        detail = round(room * _SHARE)
        self._splitter.setSizes([room - detail, detail])
        self.make_room()

    def _apply(self, kept: Any) -> None:
        if not isinstance(kept, dict):
            return
        self._grid.bar.set_height(str(kept.get("height", "")))
        self._place(below=kept.get("below") is True)
        sizes = kept.get("split")
        if isinstance(sizes, list) and len(sizes) == 2 and all(isinstance(one, int) and one > 0 for one in sizes):
            self._splitter.setSizes(sizes)

    def _save(self) -> None:
        kept: dict[str, Any] = {"height": self._grid.table.height_of_rows(), "below": self._is_below()}
        if all(self._splitter.sizes()):  # a hidden detail has none
            kept["split"] = self._splitter.sizes()
        self._bridge.when(
            self._store.write(lambda store: store.set_setting(_SETTING, kept)),
            lambda _done: None,
            lambda _error: None,
            owner=self,
        )
