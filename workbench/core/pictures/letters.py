"""How wide a text is, about: pictures are laid out without a font, so every letter counts as it usually does.

The widths are those of DejaVu Sans in thousandths of the size, rounded to a few classes. It is the widest of the
faces that a picture may be shown in, so that a text which fits by it fits in all of them.
"""

from __future__ import annotations

from unicodedata import category, east_asian_width

_CLASSES = {
    "iIjl.,:;|!'": 320,
    "ftr()[]{}/\\-· ": 400,
    "ckszJ": 560,
    "mM%@": 970,
    "wW—…": 960,
}
_WIDTHS = {letter: width for letters, width in _CLASSES.items() for letter in letters}
_USUAL, _CAPITAL, _WIDE = 630, 740, 1_000


def width(text: str, size: float, *, bold: bool = False) -> float:
    """Pixels that a line of text takes, rather too many than too few."""
    return sum(map(_letter, text)) * size / 1_000 * (1.1 if bold else 1.0)


def _letter(letter: str) -> int:
    if letter in _WIDTHS:
        return _WIDTHS[letter]
    if east_asian_width(letter) in "WF":
        return _WIDE
    if category(letter) in ("Mn", "Me", "Cf"):
        return 0
    return _CAPITAL if letter.isupper() else _USUAL


def fitted(text: str, room: float, size: float, *, bold: bool = False) -> str:
    """The text, or what of it has room, its middle left out: the ends of two names differ more often."""
    text = " ".join(text.split())
    if width(text, size, bold=bold) <= room:
        return text
    for kept in range(len(text) - 1, 1, -1):
        head = (kept + 1) // 2
        shown = f"{text[:head].rstrip()}…{text[len(text) - (kept - head) :].lstrip()}"
        if width(shown, size, bold=bold) <= room:
            return shown
    return "…"
