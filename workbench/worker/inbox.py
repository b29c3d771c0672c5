"""The way in: a thread that turns lines of stdin into messages and never waits for anything else."""

from __future__ import annotations

import os
import sys
import threading
from collections.abc import Callable
from queue import Empty, SimpleQueue
from typing import BinaryIO

from workbench.worker.protocol import Asked, Cancel, Complete, Count, Embed, Load, Rehearse, Spare, decode_asked

_END_SECONDS = 1.5
"""What is left to do at the end may take so long; the parent waits little longer."""


class End:
    """Nothing more will be asked."""


Work = Load | Complete | Rehearse | Embed | End
"""What is done one after the other, in the order of its coming."""


class Inbox:
    """What the parent asked for and nobody has begun yet.

    At the end of stdin the process ends where it stands, in the middle of a batch if need be: nobody is left to
    hear its answer.
    """

    def __init__(self, source: BinaryIO) -> None:
        self._source = source
        self._work: SimpleQueue[Work] = SimpleQueue()
        self.counts: SimpleQueue[Count | Spare] = SimpleQueue()
        self.interrupt: Callable[[], None] = lambda: None
        """Called on the reader's thread as soon as a request is cancelled."""
        self.ended: threading.Event | None = None
        """When somebody sets one: `End` comes as the last work, and the process ends when the event is set, or
        after a moment all the same.
        """
        self._lock = threading.Lock()  # `_cancelled` is filled by the reader and emptied by the main thread
        self._cancelled: set[int] = set()

    def start(self) -> None:
        """Begin to read."""
        threading.Thread(target=self._read, name="reader", daemon=True).start()

    def wait(self, seconds: float | None = None) -> Work | None:
        """The next request; None when none has come after so many seconds."""
        try:
            return self._work.get(timeout=seconds)
        except Empty:
            return None

    def waiting(self) -> list[Work]:
        """The requests that have come by now."""
        found: list[Work] = []
        while not self._work.empty():  # nobody else takes anything out
            found.append(self._work.get())
        return found

    def take_cancelled(self) -> set[int]:
        """Ids of cancelled requests; each of them has been in `waiting` before or is in it now."""
        with self._lock:
            taken, self._cancelled = self._cancelled, set()
        return taken

    def _read(self) -> None:
        for line in self._source:
            try:
                self._sort(decode_asked(line))
            except (ValueError, KeyError, TypeError) as error:
                print(f"not a message: {error!r}: {line[:200]!r}", file=sys.stderr, flush=True)  # noqa: T201
        if self.ended:
            self._work.put(End())
            self.ended.wait(_END_SECONDS)
        os._exit(0)

    def _sort(self, message: Asked) -> None:
        match message:
            case Cancel():
                with self._lock:
                    self._cancelled.add(message.id)
                self.interrupt()
            case Count() | Spare():
                self.counts.put(message)
            case _:
                self._work.put(message)
