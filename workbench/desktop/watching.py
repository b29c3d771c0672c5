"""Notices within a second that another program, such as the command line, wrote to the workspace."""

from __future__ import annotations

from PySide6.QtCore import QObject, QTimer, Signal

from workbench.desktop.bridge import Bridge
from workbench.store import StoreThread

EVERY_MS = 1_000


class Watching(QObject):
    """Asks SQLite for its number of changes, which costs a few microseconds.

    The writing connection is asked: for that one its own writes do not count.
    """

    written = Signal()
    """Somebody else wrote something since the last look."""

    def __init__(self, store: StoreThread, bridge: Bridge, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._store = store
        self._bridge = bridge
        self._number: int | None = None
        self._timer = QTimer(self, singleShot=True, interval=EVERY_MS)
        self._timer.timeout.connect(self._look)
        self._look()

    def stop(self) -> None:
        """Look no more."""
        self._timer.stop()

    def _look(self) -> None:
        self._bridge.when(
            self._store.write(lambda store: store.data_version()),
            self._compare,
            lambda _error: self._timer.start(),
            owner=self,
        )

    def _compare(self, number: int) -> None:
        if self._number not in (None, number):
            self.written.emit()
        self._number = number
        self._timer.start()
