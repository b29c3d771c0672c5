"""The way in: a thread that turns lines of stdin into messages and never waits for anything else."""

from __future__ import annotations

import os
import sys
import threading
from collections.abc import Callable
from queue import SimpleQueue
from typing import BinaryIO

from workbench.worker.protocol import Asked, Cancel, Complete, Count, Embed, Load, Rehearse, decode_asked

Work = Load | Complete | Rehearse | Embed
"""What is done one after the other, in the order of its coming."""


class Inbox:
    """What the parent asked for and nobody has begun yet.

    At the end of stdin the process ends where it stands, in the middle of a batch if need be: nobody is left to
    hear its answer.
    """

    def __init__(self, source: BinaryIO) -> None:
        self._source = source
        self._work: SimpleQueue[Work] = SimpleQueue()
        self.counts: SimpleQueue[Count] = SimpleQueue()
        self.interrupt: Callable[[], None] = lambda: None
        """Called on the reader's thread as soon as a request is cancelled."""
        self._lock = threading.Lock()  # `_cancelled` is filled by the reader and emptied by the main thread
        self._cancelled: set[int] = set()

    def start(self) -> None:
        """Begin to read."""
        threading.Thread(target=self._read, name="reader", daemon=True).start()

    def wait(self) -> Work:
        """The next request, however long it takes."""
        return self._work.get()

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
        os._exit(0)

    def _sort(self, message: Asked) -> None:
        match message:
            case Cancel():
                with self._lock:
                    self._cancelled.add(message.id)
                self.interrupt()
            case Count():
                self.counts.put(message)
            case _:
                self._work.put(message)
