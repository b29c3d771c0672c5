"""Finds a text by some of its letters in their order; word beginnings and runs of letters count more."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import TypeVar

T = TypeVar("T")

_START_OF_TEXT, _START_OF_WORD, _IN_A_ROW, _SKIPPED = 12, 8, 5, -1


def score(query: str, text: str) -> int | None:
    """How well the letters fit, higher is better; None when they are not all there. Spaces do not count."""
    wanted = "".join(query.lower().split())
    letters = text.lower()
    total, at, before = 0, 0, -2
    for letter in wanted:
        found = _next(letters, letter, at)
        if found < 0:
            return None
        total += _worth(letters, found, before)
        before, at = found, found + 1
    return total


def _next(letters: str, letter: str, at: int) -> int:
    """The letter right here or at the next beginning of a word, or else anywhere later."""
    if letters.startswith(letter, at):
        return at
    later = letters.find(letter, at)
    start = letters.find(f" {letter}", at)
    return start + 1 if start >= 0 and later >= 0 else later


def _worth(letters: str, found: int, before: int) -> int:
    if found == 0:
        return _START_OF_TEXT
    if not letters[found - 1].isalnum():
        return _START_OF_WORD
    if found == before + 1:
        return _IN_A_ROW
    return max(_SKIPPED * (found - max(before, 0)), -_IN_A_ROW)


def ranked(query: str, things: Iterable[T], text_of: Callable[[T], str]) -> list[T]:
    """The things that fit, best first; in their own order where nothing is asked or they fit equally well."""
    if not query.strip():
        return list(things)
    scored = ((score(query, text_of(thing)), thing) for thing in things)
    fitting = [(worth, thing) for worth, thing in scored if worth is not None]
    return [thing for _, thing in sorted(fitting, key=lambda pair: -pair[0])]
