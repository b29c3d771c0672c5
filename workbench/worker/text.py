"""From the bytes of tokens to text to show: whole characters, reasoning apart, nothing of a stop string."""

from __future__ import annotations

import codecs
from collections.abc import Iterable, Iterator

from workbench.worker.reasoning import Part, Parting


class AnswerText:
    """An answer while it grows.

    A character may be spread over several tokens, and so may a stop string: what could still become either is held
    back until it is decided. Stop strings end answers, not thoughts.
    """

    def __init__(self, stop: tuple[str, ...] = (), parting: Parting | None = None) -> None:
        """Without a `parting`, all text is the answer."""
        self._stop = stop
        self._longest = max(map(len, stop), default=0)
        self._decoder = codecs.getincrementaldecoder("utf-8")("replace")
        self._parting = parting
        self._held = ""
        self.stopped = False
        """Whether a stop string was met; nothing is taken after it."""

    @property
    def thinking(self) -> bool:
        """Whether the next token belongs to the reasoning, as far as is known."""
        return self._parting is not None and self._parting.thinking

    def push(self, piece: bytes) -> tuple[Part, ...]:
        """Take the bytes of one token; returns the text that is certain now."""
        text = self._decoder.decode(piece)
        if self.stopped or not text:
            return ()
        return tuple(self._until_stop(self._parting.push(text) if self._parting else (Part(text),)))

    def finish(self) -> tuple[Part, ...]:
        """What was held back, when the answer has ended otherwise; half a character is dropped."""
        last = tuple(self._until_stop(self._parting.finish() if self._parting else ()))
        held, self._held = self._held, ""
        return (*last, Part(held)) if held else last

    def _until_stop(self, parts: Iterable[Part]) -> Iterator[Part]:
        """The parts up to a stop string; the end of an answer that may become one is held back."""
        for part in parts:
            if self.stopped:
                return
            if part.reasoning:
                held, self._held = self._held, ""
                yield from (Part(held), part) if held else (part,)
            elif text := self._certain(self._held + part.text):
                yield Part(text)

    def _certain(self, text: str) -> str:
        if (end := self._first_stop(text)) is not None:
            self.stopped, self._held = True, ""
            return text[:end]
        keep = self._may_become_stop(text)
        self._held = text[len(text) - keep :]
        return text[: len(text) - keep]

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
