"""From the bytes of tokens to text that can be shown: whole characters, nothing of a stop string."""

from __future__ import annotations

import codecs


class AnswerText:
    """An answer while it grows.

    A character may be spread over several tokens, and so may a stop string: what could still become either is held
    back until it is decided.
    """

    def __init__(self, stop: tuple[str, ...] = ()) -> None:
        self._stop = stop
        self._longest = max(map(len, stop), default=0)
        self._decoder = codecs.getincrementaldecoder("utf-8")("replace")
        self._held = ""
        self.stopped = False
        """Whether a stop string was met; nothing is taken after it."""

    def push(self, piece: bytes) -> str:
        """Take the bytes of one token; returns the text that is certain now."""
        if self.stopped:
            return ""
        text = self._held + self._decoder.decode(piece)
        if not self._stop:
            return text
        if (end := self._first_stop(text)) is not None:
            self.stopped, self._held = True, ""
            return text[:end]
        keep = self._may_become_stop(text)
        self._held = text[len(text) - keep :]
        return text[: len(text) - keep]

    def finish(self) -> str:
        """What was held back, when the answer has ended otherwise; half a character is dropped."""
        text, self._held = self._held, ""
        return text

    def _first_stop(self, text: str) -> int | None:
        found = [at for stop in self._stop if (at := text.find(stop)) >= 0]
        return min(found, default=None)

    def _may_become_stop(self, text: str) -> int:
        """Length of the longest end of the text that a stop string begins with."""
        for length in range(min(self._longest - 1, len(text)), 0, -1):
            end = text[-length:]
            if any(stop.startswith(end) for stop in self._stop):
                return length
        return 0
