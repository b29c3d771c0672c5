"""A test set saves itself: half a second after the last edit, and within two seconds while somebody types on.

What cannot be saved, as on a full disk, stays in the table and is tried again every few seconds. Cases that
another program added meanwhile are kept: they come behind ours.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from time import monotonic

from PySide6.QtCore import QObject, QTimer, Signal

from workbench.core.case import Case
from workbench.desktop.bridge import Bridge
from workbench.store import Store, StoreThread

AFTER_MS = 500
AT_MOST_SECONDS = 2.0
RETRY_MS = 5_000


@dataclass(frozen=True, slots=True)
class Content:
    """What is saved."""

    cases: tuple[Case, ...]
    columns: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Saved:
    """What the store has now."""

    moment: str
    strangers: tuple[Case, ...]
    """Cases that another program had added."""


class Saving(QObject):
    """Brings the table of one test set to the store."""

    waiting = Signal()
    """An edit is not on the disk yet."""
    saved = Signal(object)
    """A `Saved`."""
    failed = Signal(object)
    """The error; what was to be saved is kept and tried again."""

    def __init__(
        self, test_set_id: str, content: Callable[[], Content], store: StoreThread, bridge: Bridge, parent: QObject
    ) -> None:
        super().__init__(parent)
        self._id, self._content, self._store, self._bridge = test_set_id, content, store, bridge
        self._waiting = False
        self._under_way = False
        self._since = 0.0
        self._known: frozenset[str] = frozenset()
        self.moment = ""
        """When the store's cases were saved, as far as we know."""
        self.error: BaseException | None = None
        """Why the last attempt failed; None when it did not."""
        self._timer = QTimer(self, singleShot=True)
        self._timer.timeout.connect(self.save)

    def begin(self, moment: str, content: Content) -> None:
        """This is what the store has."""
        self.moment = moment
        self._known = frozenset(case.id for case in content.cases)

    def touch(self) -> None:
        """Something was edited."""
        if not self._waiting:
            self._since = monotonic()
        self._waiting = True
        left = AT_MOST_SECONDS - (monotonic() - self._since)
        self._timer.start(max(0, min(AFTER_MS, round(left * 1000))))
        self.waiting.emit()

    def is_settled(self) -> bool:
        """Whether every edit is on the disk."""
        return not self._waiting and not self._under_way

    def save(self) -> None:
        """Send what waits to the store now, or as soon as what is under way is done."""
        self._timer.stop()
        if self._waiting and not self._under_way:
            self._send()

    def flush(self) -> None:
        """Send what waits to the store now; it writes in the order of asking."""
        self._timer.stop()
        if self._waiting:
            self._send()

    def _send(self) -> None:
        self._waiting, self._under_way = False, True
        content, known, moment = self._content(), self._known, self.moment
        self._known |= {case.id for case in content.cases}
        self._bridge.when(
            self._store.write(lambda store: _save(store, self._id, content, known, moment)),
            self._took,
            self._refused,
            owner=self,
        )

    def stop(self) -> None:
        """Try no more: the test set is gone."""
        self._timer.stop()
        self._waiting = False

    def _took(self, saved: Saved) -> None:
        self._under_way, self.error = False, None
        self.moment = saved.moment
        self._known |= {case.id for case in saved.strangers}
        self.saved.emit(saved)
        if self._waiting and not self._timer.isActive():
            self.save()

    def _refused(self, error: BaseException) -> None:
        self._under_way, self._waiting, self.error = False, True, error
        self._timer.start(RETRY_MS)
        self.failed.emit(error)


def _save(store: Store, test_set_id: str, content: Content, known: frozenset[str], moment: str) -> Saved:
    strangers: tuple[Case, ...] = ()
    state = store.test_set_state(test_set_id)
    if state is not None and state[1] != moment:
        ours = known | {case.id for case in content.cases}
        strangers = tuple(case for case in store.test_set(test_set_id).cases if case.id not in ours)
    columns = tuple(dict.fromkeys((*content.columns, *(name for case in strangers for name in case.values))))
    return Saved(store.save_cases(test_set_id, (*content.cases, *strangers), columns), strangers)
