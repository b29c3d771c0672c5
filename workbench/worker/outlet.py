"""The way out: messages as lines, from any thread, with pieces of text gathered for a moment."""

from __future__ import annotations

import os
import threading
import time
from dataclasses import replace
from typing import BinaryIO

from workbench.worker.protocol import Answered, Done, Failed, Piece, encode

GATHER_SECONDS = 0.066
"""Every line wakes the parent, which takes a core from llama.cpp: 60 lines a second cost 4% of the speed on two
cores. A model that is slower than this is shown token by token. The first piece of an answer never waits."""


class Outlet:
    """Writes messages whole and in order. A lock keeps a held piece before whatever is sent after it."""

    def __init__(self, sink: BinaryIO) -> None:
        self._sink = sink
        self._lock = threading.Lock()
        self._held: dict[int, Piece] = {}
        self._begun: set[int] = set()
        self._flushed = 0.0

    def send(self, message: Answered) -> None:
        """Send a message; a piece may be held back until `flush_due`."""
        with self._lock:
            held = self._held.pop(message.id, None)
            if not isinstance(message, Piece):
                self._write((encode(held) if held else b"") + encode(message))
                if isinstance(message, Done | Failed):
                    self._begun.discard(message.id)
            elif message.id not in self._begun:
                self._begun.add(message.id)
                self._write(encode(message))
            elif held and held.reasoning == message.reasoning:
                self._held[message.id] = replace(held, text=held.text + message.text)
            else:
                if held:
                    self._write(encode(held))
                self._held[message.id] = message

    def flush_due(self) -> None:
        """Send what is held back, if the last time was long enough ago."""
        if not self._held or (now := time.monotonic()) - self._flushed < GATHER_SECONDS:
            return
        with self._lock:
            lines = [encode(piece) for piece in self._held.values()]
            self._held.clear()
            self._flushed = now
            self._write(b"".join(lines))

    def _write(self, lines: bytes) -> None:
        try:
            self._sink.write(lines)
            self._sink.flush()
        except OSError:  # the parent is gone, and with it everybody who could want an answer
            os._exit(0)
