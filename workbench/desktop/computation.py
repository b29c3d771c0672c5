"""A pure function computed away from the UI thread.

Each computation runs on a daemon thread of its own that touches no widget; what it returns crosses over as a
queued signal. Only the latest one counts: an earlier result that arrives after a newer start is dropped.
"""

from __future__ import annotations

import threading
from collections.abc import Callable
from typing import Any

from PySide6.QtCore import QObject, Signal


class _Outlet(QObject):
    """Where a thread leaves its result; kept alive by the thread."""

    left = Signal(object)


class Computation(QObject):
    """The latest of several computations of one question."""

    finished = Signal(object)
    """What the latest function returned, on the UI thread."""

    def __init__(self, parent: QObject) -> None:
        super().__init__(parent)
        self._latest = 0

    def start(self, do: Callable[[], Any]) -> None:
        """Compute; whatever was started before no longer matters."""
        self._latest += 1
        number, outlet = self._latest, _Outlet()
        outlet.left.connect(self._deliver)

        def compute() -> None:
            outlet.left.emit((number, do()))

        threading.Thread(target=compute, name="computation", daemon=True).start()

    def drop(self) -> None:
        """The answer is no longer wanted."""
        self._latest += 1

    def _deliver(self, answer: tuple[int, object]) -> None:
        number, result = answer
        if number == self._latest:
            self.finished.emit(result)
