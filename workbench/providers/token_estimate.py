"""How many tokens a text has, roughly, for models whose tokenizer is not at hand.

Tokenizers cut texts into words first and common words are one token each; so counting words, numbers and signs by
their length comes closer than dividing the characters by four, above all for code, numbers and other scripts.
"""

from __future__ import annotations

import re
from math import ceil

_PIECES = re.compile(r"(\d+)|(\w+)|(\s*\n\s*)|(\s\s+)|([\x21-\x7e]+)|([^\x00-\x7f])")
"""Numbers, words, line ends, wide space, ASCII signs, other signs. A single space belongs to the word after it."""

_MESSAGE = 4
"""What a chat template puts around a message."""

_SAMPLE = 100_000
"""Characters that are looked at; a longer text is taken to go on as it begins."""


def estimate(text: str) -> int:
    """Tokens of a text.

    Against SmolLM2's tokenizer, English prose, Python and JSON came out at 0.90 to 1.12 of the truth.
    """
    if len(text) > _SAMPLE:
        return ceil(estimate(text[:_SAMPLE]) * len(text) / _SAMPLE)
    return ceil(sum(_cost(match) for match in _PIECES.finditer(text)))


def estimate_messages(texts: tuple[str, ...]) -> tuple[int, tuple[int, ...]]:
    """Tokens of a whole request, and of each of its messages alone."""
    each = tuple(estimate(text) for text in texts)
    return sum(each) + _MESSAGE * len(each), each


def _cost(match: re.Match[str]) -> float:
    number, word, _, _, signs, other = match.groups()
    if number:
        return len(number) / 2
    if word:
        return _word_cost(word)
    if signs:
        return ceil(len(signs) / 2)
    if other:
        return len(other.encode("utf-8", "surrogatepass")) / 2
    return 1


def _word_cost(word: str) -> float:
    """Latin words by their length; other alphabets by the letter; scripts without spaces a token a sign."""
    if word.isascii():
        return 1 + max(0, len(word) - 7) / 5
    latin = sum(character.isascii() for character in word)
    wide = sum(character >= "\u0800" for character in word)
    narrow = len(word) - latin - wide
    return max(1, latin / 4 + narrow * 0.3 + wide * 0.9)
