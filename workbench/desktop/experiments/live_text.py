"""An answer while it is written, kept so that a grid can show its end without joining it every time."""

from __future__ import annotations

from workbench.core.completion import Delta, Event, Finished, Notice, ReasoningDelta

SHOWN = 1_000
"""Characters of an answer that a grid keeps; no cell has room for more."""


class LiveText:
    """What has come of one answer so far."""

    def __init__(self) -> None:
        self._pieces: list[str] = []
        self._reasoning: list[str] = []
        self.tail = ""
        """Its last characters, or those of the reasoning while there is nothing else."""
        self.notice = ""
        """What is waited for; empty while text comes."""
        self.ended = False
        """It is written, and not judged yet."""

    def take(self, event: Event) -> None:
        """Add what came."""
        match event:
            case Delta(text):
                self.tail = ((self.tail if self._pieces else "") + text)[-SHOWN:]
                self._pieces.append(text)
                self.notice = ""
            case ReasoningDelta(text):
                self._reasoning.append(text)
                self.tail = (self.tail + text)[-SHOWN:] if not self._pieces else self.tail
                self.notice = ""
            case Notice():
                done = "" if event.fraction is None else f" {round(event.fraction * 100)}%"
                self.notice = event.text + done
            case Finished():
                self.ended = True

    @property
    def answering(self) -> bool:
        """Whether the answer itself has begun."""
        return bool(self._pieces)

    @property
    def thinking(self) -> bool:
        """Whether only reasoning has come so far."""
        return bool(self._reasoning) and not self._pieces

    def text(self) -> str:
        """All of the answer."""
        return "".join(self._pieces)

    def reasoning(self) -> str:
        """All of the model's own reasoning."""
        return "".join(self._reasoning)
