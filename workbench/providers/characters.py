"""Whole characters out of JSON that may hold halves of them.

JSON can spell a lone surrogate (`"\\ud83d"`), and some servers cut a pair between two pieces of a stream. Such a
half is no character: UTF-8 cannot hold it, and neither the database nor a request can carry it.
"""

from __future__ import annotations


def whole_characters(text: str) -> str:
    """The text with surrogate pairs joined and every lone half replaced by U+FFFD."""
    if text.isascii() or not _has_half(text):
        return text
    return text.encode("utf-16-le", "surrogatepass").decode("utf-16-le", "replace")


def _has_half(text: str) -> bool:
    try:
        text.encode()
    except UnicodeEncodeError:
        return True
    return False


class Joining:
    """Pieces of one text, each given back with whole characters only."""

    def __init__(self) -> None:
        self._held = ""

    def add(self, piece: str) -> str:
        """What can be shown by now; the first half of a pair waits for the second."""
        text = self._held + piece
        self._held = text[-1] if text and "\ud800" <= text[-1] <= "\udbff" else ""
        return whole_characters(text[:-1] if self._held else text)

    def end(self) -> str:
        """What is left when no more comes."""
        held, self._held = self._held, ""
        return whole_characters(held)
