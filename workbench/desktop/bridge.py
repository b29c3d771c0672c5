"""The one way from other threads onto the UI thread: a queue drained every 33 ms.

`post`, `when` and the listeners made by `listener` may be called from any thread. Everything that is delivered
runs on the thread that made the bridge, at most once per drain, so a view appends once however many tokens
came. `_lock` guards the queue together with `_awake`: an item is never left without a drain to come.
"""

from __future__ import annotations

import sys
import threading
from collections import deque
from collections.abc import Callable
from time import monotonic
from typing import TYPE_CHECKING, Any, TypeVar

import shiboken6
from PySide6.QtCore import QObject, QTimer, Signal

if TYPE_CHECKING:
    from concurrent.futures import Future

    # The store behind them takes a tenth of a second, which the first paint does not wait for.
    from workbench.core.completion import Event
    from workbench.running import Ended

T = TypeVar("T")
Receiver = Callable[[str, "list[Event | Ended]"], None]

INTERVAL_MS = 33


class Bridge(QObject):
    """Brings results and events of other threads to the UI thread."""

    _woken = Signal()

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._lock = threading.Lock()
        self._queue: deque[Callable[[], None]] = deque()
        self._awake = False
        self._closed = False
        self._drained_at = 0.0
        self._timer = QTimer(self, singleShot=True)
        self._timer.timeout.connect(self._drain)
        self._woken.connect(self._schedule)

    def post(self, do: Callable[[], None]) -> None:
        """Call this on the UI thread, with the next drain."""
        with self._lock:
            if self._closed:
                return
            self._queue.append(do)
            wake, self._awake = not self._awake, True
            if wake:
                # Inside the lock, so that `close` cannot let Qt delete this object in between.
                self._woken.emit()

    def when(
        self,
        future: Future[T],
        then: Callable[[T], None],
        failed: Callable[[BaseException], None] | None = None,
        *,
        owner: QObject | None = None,
    ) -> None:
        """Call `then` with the result, or `failed` with what was raised; a bug when nobody takes it.

        Neither is called when the owner (a QObject; that of a bound method by itself) is gone by then, nor for
        a cancelled future.
        """
        future.add_done_callback(lambda done: self.post(lambda: _deliver(done, then, failed, owner)))

    def listener(self, receiver: Receiver) -> Callable[[str, Event | Ended], None]:
        """A listener for `Scheduler.start`; the receiver gets the events of a run once per drain."""
        pending: dict[str, list[Event | Ended]] = {}
        lock = threading.Lock()

        def listen(run_id: str, event: Event | Ended) -> None:
            with lock:
                first = not pending
                pending.setdefault(run_id, []).append(event)
            if first:
                self.post(hand_over)

        def hand_over() -> None:
            with lock:
                batches = dict(pending)
                pending.clear()
            if _is_there(receiver, None):
                for run_id, events in batches.items():
                    receiver(run_id, events)

        return listen

    def close(self) -> None:
        """Deliver nothing any more."""
        with self._lock:
            self._closed = True
            self._queue.clear()
        self._timer.stop()

    def _schedule(self) -> None:
        if self._closed:  # woken by another thread before it was closed; its timer must not outlive it
            return
        since = (monotonic() - self._drained_at) * 1000
        self._timer.start(max(0, round(INTERVAL_MS - since)))

    def _drain(self) -> None:
        self._drained_at = monotonic()
        with self._lock:
            items, self._queue = self._queue, deque()
            self._awake = False
        for item in items:
            try:
                item()
            except Exception:  # noqa: BLE001 - a bug in one view must not keep the others from their events
                sys.excepthook(*sys.exc_info())


def _deliver(
    future: Future[Any],
    then: Callable[[Any], None],
    failed: Callable[[BaseException], None] | None,
    owner: QObject | None,
) -> None:
    if future.cancelled() or not _is_there(then, owner):
        return
    error = future.exception()
    if error is None:
        then(future.result())
    elif failed is None:
        raise error
    else:
        failed(error)


def _is_there(receiver: Callable[..., object], owner: QObject | None) -> bool:
    """Whether the widget that waits is still alive."""
    waiting = owner if owner is not None else getattr(receiver, "__self__", None)
    return not isinstance(waiting, QObject) or bool(shiboken6.isValid(waiting))
