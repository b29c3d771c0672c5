"""Output text as it comes: appended in batches, shown safely, kept exactly.

What is shown differs from the text in two ways, both undone by `text()` and by copying: a line is broken after
`LINE_LIMIT` characters, because the layout of one unbroken line of 1 MB takes most of a minute, and characters
that would vanish, stop the text or turn it around (NUL, lone surrogates, bidirectional overrides) are shown as a
sign of the same length. So a place on the screen is a place in the text, less the breaks before it.
"""

from __future__ import annotations

import re
from bisect import bisect_left

from PySide6.QtCore import QMimeData
from PySide6.QtGui import QTextCursor
from PySide6.QtWidgets import QFrame, QPlainTextEdit, QWidget

from workbench.desktop import theme

LINE_LIMIT = 2_000
"""Longest line that is laid out as one."""

_SIGNS = (
    {code: chr(0x2400 + code) for code in range(0x20) if code not in (0x09, 0x0A)}
    | {0x7F: "␡", 0x85: "␤", 0x2028: "␤", 0x2029: "¶", 0xFFFC: "\ufffd", 0xFDD0: "\ufffd", 0xFDD1: "\ufffd"}
    | dict.fromkeys(range(0xD800, 0xE000), "\ufffd")
    | dict.fromkeys([*range(0x202A, 0x202F), *range(0x2066, 0x206A)], "⇋")
)
_UNSAFE = re.compile(
    r"[\x00-\x08\x0b-\x1f\x7f\x85\u2028\u2029\u202a-\u202e\u2066-\u2069\ufdd0\ufdd1\ufffc\ud800-\udfff]"
)
_RETURN_BEFORE_NEWLINE = re.compile(r"\r(?=\n)")
_INVISIBLE = "\u200b"
_LONG_LINE = re.compile(rf"[^\n]{{{LINE_LIMIT}}}")


def shown(text: str) -> str:
    """The text with every character that could harm or hide replaced by a sign of the same length."""
    if not _UNSAFE.search(text):
        return text
    return _RETURN_BEFORE_NEWLINE.sub(_INVISIBLE, text).translate(_SIGNS)


def units(text: str) -> int:
    """Length in UTF-16 units, in which Qt counts places."""
    return len(text) if text.isascii() else len(text.encode("utf-16-le", "surrogatepass")) // 2


class LineBreaker:
    """Breaks long lines of a text that comes in pieces, and remembers where it did."""

    def __init__(self) -> None:
        self.breaks: list[int] = []
        """Places of the breaks in what is shown, in UTF-16 units."""
        self.column = 0
        """Characters in the line that is not ended yet."""
        self._end = 0

    def take(self, text: str) -> str:
        """The next piece with its long lines broken."""
        pieces, at = [], 0
        while True:
            room = LINE_LIMIT - self.column
            newline = text.find("\n", at, at + room + 1)
            if newline >= 0:
                newline = _last_short_line(text, newline)
                pieces.append(text[at : newline + 1])
                self._end += units(pieces[-1])
                at, self.column = newline + 1, 0
                continue
            if at + room >= len(text):
                break
            pieces += [text[at : at + room], "\n"]
            self._end += units(pieces[-2]) + 1
            self.breaks.append(self._end - 1)
            at, self.column = at + room, 0
        pieces.append(text[at:])
        self._end += units(pieces[-1])
        self.column += len(text) - at
        return "".join(pieces)


def _last_short_line(text: str, newline: int) -> int:
    """The last line end before the next overlong line, so that ordinary text is taken in one piece."""
    long = _LONG_LINE.search(text, newline + 1)
    return text.rfind("\n", newline, long.start() if long else len(text))


class TextView(QPlainTextEdit):
    """A read-only view of a model's text that follows the stream while it stands at the bottom."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setReadOnly(True)
        self.setUndoRedoEnabled(False)
        self.setTabChangesFocus(True)
        self.setFrameShape(QFrame.Shape.NoFrame)
        self.setFont(theme.text_font())
        self.setAccessibleName("Answer")
        self._pieces: list[str] = []
        self._breaker = LineBreaker()
        self._held = ""

    def text(self) -> str:
        """Everything that was appended, unchanged."""
        if len(self._pieces) > 1:
            self._pieces = ["".join(self._pieces)]
        return self._pieces[0] if self._pieces else ""

    def set_text(self, text: str) -> None:
        """Show another text, from its top."""
        self._pieces, self._breaker, self._held = [], LineBreaker(), ""
        self.clear()
        self._append(text)
        self.moveCursor(QTextCursor.MoveOperation.Start)

    def append_batch(self, text: str) -> None:
        """Add what came since the last call; call it once per drain, not once per token."""
        if not text:
            return
        bar = self.verticalScrollBar()
        follows = bar.value() >= bar.maximum() - 1
        self._append(text)
        if follows:
            bar.setValue(bar.maximum())

    def _append(self, text: str) -> None:
        if not text:
            return
        self._pieces.append(text)
        text = self._held + text
        # A carriage return is told from the half of a line end only by what follows it.
        self._held = "\r" if text.endswith("\r") else ""
        cursor = QTextCursor(self.document())
        cursor.movePosition(QTextCursor.MoveOperation.End)
        cursor.insertText(self._breaker.take(shown(text.removesuffix("\r"))))

    def createMimeDataFromSelection(self) -> QMimeData:
        """The selected part of the exact text, without our breaks and signs."""
        cursor = self.textCursor()
        breaks = self._breaker.breaks
        first, last = (at - bisect_left(breaks, at) for at in (cursor.selectionStart(), cursor.selectionEnd()))
        exact = self.text().encode("utf-16-le", "surrogatepass")[2 * first : 2 * last]
        data = QMimeData()
        data.setText(exact.decode("utf-16-le", "replace"))
        return data
