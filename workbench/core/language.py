"""Which language a text is in: a light guess from its script and its most usual words. It can be wrong."""

from __future__ import annotations

import re
from collections import Counter
from dataclasses import dataclass

NAMES = {
    "ar": "Arabic", "de": "German", "el": "Greek", "en": "English", "es": "Spanish", "fr": "French",
    "he": "Hebrew", "hi": "Hindi", "it": "Italian", "ja": "Japanese", "ko": "Korean", "nl": "Dutch",
    "pl": "Polish", "pt": "Portuguese", "ru": "Russian", "sv": "Swedish", "th": "Thai",
    "uk": "Ukrainian", "zh": "Chinese",
}  # fmt: skip
"""By their ISO 639-1 codes."""

_USUAL = {
    "en": "the of and to a in is that it for was on are with as at be this have from or by not but what you",
    "de": "der die das und in zu den ist nicht von mit sich des auf für im dem ein eine als auch es an werden aus "
    "sie ich wir sind oder wie",
    "fr": "le la les de des et à un une du en est que qui dans pour pas sur au ne ce il elle nous vous avec",
    "es": "el la los las de que y en un una por con no para es al lo como más pero sus se del su este está son",
    "it": "il lo la gli le di che e un una in per è non con del della sono da al come più ma si questo anche nel",
    "pt": "o a os as de que e do da em um uma para é com não por mais dos como mas ao se na no são seu sua está",
    "nl": "de het een van en in is dat op te zijn voor met niet aan er om ook als maar bij uit naar dan je wij",
    "sv": "och att det i en på är som för med av den till inte har om ett jag kan vi ska från men så eller",
    "pl": "i w na z się nie do to że jest o jak za od po dla ale są przez przy oraz może który tym być",
}
_STOP_WORDS = {code: frozenset(words.split()) for code, words in _USUAL.items()}

_SCRIPTS = {
    "ja": r"[\u3040-\u30ff]",  # kana; before Chinese, whose characters Japanese uses too
    "ko": r"[\uac00-\ud7af]",
    "zh": r"[\u4e00-\u9fff]",
    "ar": r"[\u0600-\u06ff]",
    "he": r"[\u0590-\u05ff]",
    "hi": r"[\u0900-\u097f]",
    "el": r"[\u0370-\u03ff]",
    "th": r"[\u0e00-\u0e7f]",
    "cyrillic": r"[\u0400-\u04ff]",
}
_UKRAINIAN = re.compile("[іїєґ]", re.IGNORECASE)
_WORDS = re.compile(r"[^\W\d_]+")

_READ = 20_000
_FEWEST_WORDS = 3
_LEAD = 1.4
"""How many times more usual words than the next language the guessed one must have."""


@dataclass(frozen=True, slots=True)
class Guess:
    """A language, and by what it was guessed."""

    code: str
    by: str
    """`its script` or `12 usual words`."""


def guess(text: str) -> Guess | None:
    """The likeliest language of the beginning of a text; None where there is too little to go by."""
    text = text[:_READ]
    letters = sum(map(len, _WORDS.findall(text)))
    for code, script in _SCRIPTS.items():
        share = 0.1 if code == "ja" else 0.3
        if letters and len(re.findall(script, text)) > share * letters:
            return Guess(_cyrillic(text) if code == "cyrillic" else code, "its script")
    return _by_words(Counter(_WORDS.findall(text.lower())))


def _cyrillic(text: str) -> str:
    return "uk" if _UKRAINIAN.search(text) else "ru"


def _by_words(words: Counter[str]) -> Guess | None:
    found = {code: sum(words[word] for word in usual) for code, usual in _STOP_WORDS.items()}
    (best, count), (_, next_count) = Counter(found).most_common(2)
    if count < _FEWEST_WORDS or count < _LEAD * next_count:
        return None
    return Guess(best, f"{count} usual words")
