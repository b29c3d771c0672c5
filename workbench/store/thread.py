"""The store threads of a program.

Threading rules
- `start` starts three threads, nothing else in the store does. The *writer* owns a `Store`; every write is run
  there, in the order of asking. Those that wait together are committed together, as parts of one transaction
  that fail each on their own: a commit waits for the disk, and hundreds of answers may end in one second.
  The *reader* owns a read-only `Store`; a question sees one moment of the file and never waits behind a long
  write. The *caretaker* checks the file and makes the daily copy on a connection of its own, when opening left
  that to do or a day has passed.
- Futures are done on the thread that did the work, listeners are called on the writer after each commit and
  before that write's future is done. Both have to be quick and must not call `close`.
- `_lock` keeps that nothing is queued after the `None` that ends a queue.
- `close` may be called from any other thread, also twice; it returns when what was queued is done.
"""

from __future__ import annotations

import logging
import sqlite3
import threading
from collections import deque
from collections.abc import Callable
from concurrent.futures import Future
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from queue import SimpleQueue
from typing import Any, TypeVar

from workbench.errors import StoreError
from workbench.store import upkeep
from workbench.store.database import connect
from workbench.store.records import Changed
from workbench.store.store import Store

_log = logging.getLogger(__name__)

T = TypeVar("T")
Listener = Callable[[tuple[Changed, ...]], None]

TOGETHER = 100
"""Most writes that are committed together."""

LOOK_SECONDS = 3600.0
"""How often the caretaker looks whether a day has passed."""


@dataclass(frozen=True, slots=True)
class _Job:
    """A question or a write, and where its answer goes."""

    do: Callable[[Store], Any]
    answer: Future[Any]


_Queue = SimpleQueue[_Job | None]


class StoreThread:
    """The one place of a program that writes to its workspace."""

    def __init__(self, path: Path) -> None:
        self.path = path.expanduser().absolute()
        self.checked: Future[None] = Future()
        """Done when the file was found sound for the first time; carries the StoreError of a damaged one."""
        self.damaged: Future[None] = Future()
        """Carries the StoreError as soon as the file is found damaged while it is in use, today or days later."""
        self._writes: _Queue = SimpleQueue()
        self._reads: _Queue = SimpleQueue()
        self._opened: Future[None] = Future()
        self._listeners: list[Listener] = []
        self._closing = threading.Event()
        self._lock = threading.Lock()
        self._threads = tuple(
            threading.Thread(target=target, name=f"store {name}", daemon=True)
            for name, target in (
                ("reader", self._read_all),
                ("caretaker", self._care),
                ("writer", self._write_all),
            )
        )

    def start(self) -> Future[None]:
        """Open the workspace; the future carries the StoreError when that fails, as every later one then does."""
        for thread in self._threads:
            thread.start()
        return self._opened

    def write(self, do: Callable[[Store], T]) -> Future[T]:
        """Run a write in a transaction of its own; whatever it raises rolls all of it back."""
        return self._queue(self._writes, do)

    def read(self, ask: Callable[[Store], T]) -> Future[T]:
        """Ask a question; it sees every write whose future is done."""
        return self._queue(self._reads, ask)

    def listen(self, listener: Listener) -> None:
        """Have the listener called on the writer thread with what each commit changed."""
        self._listeners.append(listener)

    def close(self) -> None:
        """Do what is queued and let go of the file."""
        with self._lock:
            if not self._closing.is_set():
                self._closing.set()
                self._reads.put(None)
                self._writes.put(None)
        for thread in self._threads:  # the writer last: the last to close writes the log back into the file
            if thread.ident is not None:
                thread.join()

    def _queue(self, queue: _Queue, do: Callable[[Store], T]) -> Future[T]:
        answer: Future[T] = Future()
        with self._lock:
            if self._closing.is_set():
                answer.set_exception(StoreError(f"The workspace {self.path} is closed."))
            else:
                queue.put(_Job(do, answer))
        return answer

    # On the writer

    def _write_all(self) -> None:
        try:
            store = Store.open(self.path)
        except BaseException as error:  # noqa: BLE001 - it travels on in the future
            self._opened.set_exception(error)
            _refuse(self._writes, error)
            return
        self._opened.set_result(None)
        with store:
            while jobs := _waiting(self._writes):
                while jobs:
                    self._write_together(store, jobs)
            for thread in self._threads[:2]:
                thread.join()

    def _write_together(self, store: Store, jobs: deque[_Job]) -> None:
        """Take jobs off and commit them; when the transaction is lost under one, those behind it stay."""
        written: list[tuple[_Job, Any]] = []
        asked = len(jobs)
        try:
            with store.transaction():
                while jobs:
                    _write_one(store, jobs.popleft(), written)
        except BaseException as error:  # noqa: BLE001 - it travels on in the futures
            nothing_begun = len(jobs) == asked  # another program did not let go of the file
            _fail(_started(jobs) if nothing_begun else [job for job, _ in written], error)
            return
        if changes := store.take_changes():
            for listener in tuple(self._listeners):
                _tell(listener, changes)
        for job, result in written:
            job.answer.set_result(result)

    # On the reader

    def _read_all(self) -> None:
        try:
            self._opened.result()
            store = Store.open(self.path, read_only=True)
        except BaseException as error:  # noqa: BLE001 - it travels on in the future
            _refuse(self._reads, error)
            return
        with store:
            while job := self._reads.get():
                _answer(job, store)

    # On the caretaker

    def _care(self) -> None:
        try:
            self._opened.result()
        except BaseException as error:  # noqa: BLE001 - it travels on in the future
            self.checked.set_exception(error)
            return
        try:
            self._look_after()
            self.checked.set_result(None)
            while not self._closing.wait(LOOK_SECONDS):
                self._look_after()
        except StoreError as error:
            _log.error("%s", error)
            if not self.checked.done():
                self.checked.set_exception(error)
            self.damaged.set_exception(error)

    def _look_after(self) -> None:
        """Check the file and make today's copy, unless there is one. Raises StoreError for a damaged file."""
        if not upkeep.is_copy_due(self.path):
            return
        try:
            with closing(connect(self.path, read_only=True)) as connection:
                if found := upkeep.problem(connection, self._closing.is_set):
                    upkeep.mark_damaged(self.path)
                    raise StoreError(
                        f"The workspace {self.path} is damaged.",
                        advice="Start the program again; it sets the damaged file aside.",
                        details=found,
                    )
                upkeep.copy(connection, self.path, stop=self._closing.is_set)
        except upkeep.Stopped:
            return
        except (sqlite3.Error, OSError) as error:
            _log.warning("No backup copy of %s: %s", self.path, error)


def _answer(job: _Job, store: Store) -> None:
    if not job.answer.set_running_or_notify_cancel():
        return
    try:
        with store.snapshot():
            result = job.do(store)
    except BaseException as error:  # noqa: BLE001 - it travels on in the future
        job.answer.set_exception(error)
    else:
        job.answer.set_result(result)


def _waiting(queue: _Queue) -> deque[_Job]:
    """Wait for a job and take with it what is queued behind it; empty at the end of the queue."""
    jobs: deque[_Job] = deque()
    while job := queue.get():
        jobs.append(job)
        if queue.empty() or len(jobs) == TOGETHER:
            return jobs
    if jobs:
        queue.put(None)  # the end is seen again when these are written
    return jobs


def _write_one(store: Store, job: _Job, written: list[tuple[_Job, Any]]) -> None:
    """Run one job as a part of the transaction. Raises only when it took the whole transaction with it."""
    if not job.answer.set_running_or_notify_cancel():
        return
    try:
        with store.transaction():
            result = job.do(store)
    except BaseException as error:
        job.answer.set_exception(error)
        if not store.in_transaction:
            raise
    else:
        written.append((job, result))


def _started(jobs: deque[_Job]) -> list[_Job]:
    """All jobs that nobody cancelled, taken off."""
    taken = [jobs.popleft() for _ in range(len(jobs))]
    return [job for job in taken if job.answer.set_running_or_notify_cancel()]


def _fail(jobs: list[_Job], error: BaseException) -> None:
    for job in jobs:
        job.answer.set_exception(error)


def _refuse(queue: _Queue, error: BaseException) -> None:
    """The workspace could not be opened: so does every write and question end, until closing."""
    while job := queue.get():
        if job.answer.set_running_or_notify_cancel():
            job.answer.set_exception(error)


def _tell(listener: Listener, changes: tuple[Changed, ...]) -> None:
    try:
        listener(changes)
    except Exception:  # noqa: BLE001 - a bug of a listener must not fail the writes behind it
        _log.exception("A listener of the store failed")
