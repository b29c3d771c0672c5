"""The one history of a prompt: commands for typing and for everything else that changes it.

Typing is kept as splices, so that a hundred edits of a long section cost a hundred words and not a hundred
sections. It is one step until the person pauses, begins another word, or turns to another place.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Protocol

from PySide6.QtGui import QUndoCommand

from workbench.core.prompt import Prompt, Section
from workbench.desktop.editor.place import Place
from workbench.desktop.editor.source import Splice

PAUSE = 1.2
"""Seconds without typing after which the next letter begins a new step."""

_TYPING = 1
_CHOOSING = 2


class Composed(Protocol):
    """What commands work on."""

    def apply_splice(self, place: Place, splice: Splice) -> None:
        """Change one text and bring it into view."""

    def apply_prompt(self, prompt: Prompt, section: Section | None, example: int | None) -> None:
        """Become another prompt and bring what changed into view."""


class Typing(QUndoCommand):
    """A person typed, pasted or deleted in one text; it already stands there when this is pushed."""

    def __init__(
        self, composed: Composed, place: Place, splice: Splice, *, clock: Callable[[], float] = time.monotonic
    ) -> None:
        super().__init__("typing")
        self._composed, self.place, self.splice = composed, place, splice
        self.when = clock()
        self._done = True

    def id(self) -> int:
        return _TYPING

    def redo(self) -> None:
        if self._done:
            self._done = False
            return
        self._composed.apply_splice(self.place, self.splice)

    def undo(self) -> None:
        self._composed.apply_splice(self.place, self.splice.inverse())

    def mergeWith(self, other: QUndoCommand) -> bool:
        if not isinstance(other, Typing) or other.place != self.place or other.when - self.when > PAUSE:
            return False
        joined = join(self.splice, other.splice)
        if joined is None:
            return False
        self.splice, self.when = joined, other.when
        return True


def join(first: Splice, second: Splice) -> Splice | None:
    """Two splices as one, if the second goes on with the word that the first began; else None."""
    if len(second.inserted) == 1 and not second.removed and second.at == first.end:
        begins_word = first.inserted.strip() and first.inserted[-1:].isspace() and not second.inserted.isspace()
        if "\n" in second.inserted or begins_word or not first.inserted:
            return None
        return Splice(first.at, first.removed, first.inserted + second.inserted)
    if first.inserted or second.inserted or len(second.removed) != 1:
        return None
    if second.inverse().end == first.at:
        return Splice(second.at, second.removed + first.removed, "")
    if second.at == first.at:
        return Splice(first.at, first.removed + second.removed, "")
    return None


class Change(QUndoCommand):
    """Anything but typing: the prompt before and after it, which share all that did not change."""

    def __init__(
        self,
        composed: Composed,
        words: str,
        before: Prompt,
        after: Prompt,
        *,
        section: Section | None = None,
        example: int | None = None,
    ) -> None:
        super().__init__(words)
        self._composed, self._before, self._after = composed, before, after
        self._section, self._example = section, example

    def redo(self) -> None:
        self._composed.apply_prompt(self._after, self._section, self._example)

    def undo(self) -> None:
        self._composed.apply_prompt(self._before, self._section, self._example)
