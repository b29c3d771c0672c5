"""Texts on their way into SQLite and back, exactly; and the copy of them that is searched.

SQLite keeps text as UTF-8, which has no place for a lone surrogate, and its own functions and tokenizers stop
at a NUL. Both come in model output. So an ordinary text is stored as TEXT, pleasant to read with any tool, and
one that TEXT cannot hold as a BLOB of the same UTF-8 with surrogates let through. What is searched is a copy
in which such characters are replaced.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from typing import Any

from workbench.core.prompt import Prompt

EXCERPT_CHARACTERS = 200
SEARCHED_OF_A_VALUE = 4_000

_UNSTORABLE = re.compile("[\x00\ud800-\udfff]")


def stored(text: str) -> str | bytes:
    """A text as its column holds it; `restored` is the inverse."""
    return text.encode("utf-8", "surrogatepass") if _UNSTORABLE.search(text) else text


def restored(value: str | bytes) -> str:
    """The exact text that was stored."""
    return value if isinstance(value, str) else value.decode("utf-8", "surrogatepass")


def optional(text: str | None) -> str | bytes | None:
    """As `stored`, None staying None."""
    return None if text is None else stored(text)


def optional_back(value: str | bytes | None) -> str | None:
    """As `restored`, None staying None."""
    return None if value is None else restored(value)


def json_stored(data: Any) -> str:
    """Data as the one JSON text of it; readable where UTF-8 allows, escaped where not."""
    text = json.dumps(data, sort_keys=True, separators=(",", ":"), ensure_ascii=False)
    if _UNSTORABLE.search(text):
        return json.dumps(data, sort_keys=True, separators=(",", ":"), ensure_ascii=True)
    return text


def searchable(*texts: str) -> str:
    """The texts as one text for the index: a line each, unstorable characters replaced.

    Two spaces at the end let a search for one or two letters find them there too (see `search`).
    """
    return _UNSTORABLE.sub("\ufffd", "\n".join(text for text in texts if text)) + "  "


def searchable_values(values: Mapping[str, str]) -> str:
    """What is searched of a set of values: the beginning of each.

    A document as a value is stored once however many runs share it; whole in the index of each run it would
    be what most of the file is made of.
    """
    return "\n".join(value[:SEARCHED_OF_A_VALUE] for value in values.values())


def searchable_prompt(prompt: Prompt) -> tuple[str, ...]:
    """What is searched of a prompt: everything that a person wrote."""
    examples = (text for e in prompt.examples for text in (e.input, e.reasoning, e.output))
    return (prompt.system, prompt.context, *examples, prompt.user, prompt.prefill, prompt.output_format.schema)


def excerpt(text: str, around: str = "") -> str:
    """A stretch of the text on one line, where `around` stands in it, or from its beginning."""
    at = max(0, text.lower().find(around.lower()) - EXCERPT_CHARACTERS // 4) if around else 0
    shown = " ".join(_UNSTORABLE.sub("\ufffd", text[at : at + 4 * EXCERPT_CHARACTERS]).split())
    return shown[:EXCERPT_CHARACTERS]
