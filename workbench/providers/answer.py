"""One answer while it comes: its stream, and the clock beside it."""

from __future__ import annotations

import time
from dataclasses import dataclass, field
from typing import Any

from workbench.core.completion import Finished, Timings
from workbench.providers.chat_stream import ChatStream
from workbench.providers.server import Server


@dataclass(slots=True)
class Answer:
    """One answer while it comes."""

    stream: ChatStream = field(default_factory=ChatStream)
    began: float = field(default_factory=time.monotonic)
    first: float | None = None
    """When the first piece came."""
    pieces: int = 0
    in_one: bool = False
    """Whether the server did not stream."""

    def came(self) -> None:
        """Take note of a piece."""
        self.pieces += 1
        if self.first is None:
            self.first = time.monotonic()

    def finished(self, server: Server) -> Finished:
        """The end of it, now. What the server says of itself is stored, so it is searched for the key too."""
        stream = self.stream
        details = {name: _without_key(value, server) for name, value in stream.details.items()}
        return Finished(stream.stop_reason, stream.usage, self._timings(time.monotonic()), details)

    def _timings(self, ended: float) -> Timings:
        total = (ended - self.began) * 1_000
        if self.first is None:
            return Timings(None, total)
        tokens = self.stream.usage.completion_tokens if self.stream.usage else 0
        spent = ended - self.first
        # An answer that comes in one piece says nothing about speed.
        streamed = self.pieces > 1 and not self.in_one
        speed = (tokens - 1) / spent if streamed and tokens > 1 and spent > 0 else None
        return Timings((self.first - self.began) * 1_000, total, speed)


def _without_key(value: Any, server: Server) -> Any:
    return server.hide_key(value) if isinstance(value, str) else value
