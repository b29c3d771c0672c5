"""Work that needs neither the store nor a socket, away from the UI thread: parsing, comparing, checking, files.

Threading rules: each computation runs on a daemon thread of its own that touches no widget, so that a keyring or
a folder that never answers keeps neither the window nor its end waiting. What it returns crosses over through
`Bridge.when`, or as the queued signal of a `Computation`, of which only the latest start counts.
"""

from __future__ import annotations

import threading
from collections.abc import Callable
from concurrent.futures import Future
from typing import TypeVar

from PySide6.QtCore import QObject, Qt, Signal

T = TypeVar("T")


def compute(do: Callable[[], T]) -> Future[T]:
    """Call a function on a thread of its own; the future carries what it returns or raises."""
    answer: Future[T] = Future()

    def work() -> None:
        try:
            result = do()
        except BaseException as error:  # noqa: BLE001 - it travels on in the future
            answer.set_exception(error)
        else:
            answer.set_result(result)

    threading.Thread(target=work, name="computation", daemon=True).start()
    return answer


class _Outlet(QObject):
    """Where a thread leaves its result; kept alive by the thread."""

    left = Signal(object)


class Computation(QObject):
    """The latest of several computations of one question, for a widget that knows no bridge."""

    finished = Signal(object)
    """What the latest function returned, on the UI thread."""

    def __init__(self, parent: QObject) -> None:
        super().__init__(parent)
        self._latest = 0

    def start(self, do: Callable[[], object]) -> None:
        """Compute; whatever was started before no longer matters."""
        self._latest += 1
        number, outlet = self._latest, _Outlet()
        # Queued also when it is done before we are: a receiver is never called from within `start`.
        outlet.left.connect(self._deliver, Qt.ConnectionType.QueuedConnection)
        compute(do).add_done_callback(lambda done: outlet.left.emit((number, done)))

    def drop(self) -> None:
        """The answer is no longer wanted."""
        self._latest += 1

    def _deliver(self, answer: tuple[int, Future[object]]) -> None:
        number, done = answer
        if number == self._latest:
            self.finished.emit(done.result())
