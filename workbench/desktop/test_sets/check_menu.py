"""The kinds of checks as a person chooses them, and what each of them asks for.

One table: a kind that stands in none of the groups comes last and takes its value as JSON, so a new kind can be
used before anything here knows it.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Literal

from workbench.core import language
from workbench.core.asked_checks import SCALES

Input = Literal["text", "lines", "number", "number or text", "choice", "json", "model", "column", "file"]


@dataclass(frozen=True, slots=True)
class Field:
    """One thing that a kind asks for."""

    name: str
    """Its key in the check's value; empty where it is the whole value."""
    input: Input
    title: str = ""
    hint: str = ""
    choices: Mapping[str, str] | None = None
    """Words and their titles; the first is the usual one and is left out of the value where it has a key."""


_EXPECTED = "empty: the expected answer"
_RUBRIC = Field("rubric", "text", "Rubric", "What a good answer is like")
_MODEL = Field("model", "model", "Judge")
_REPEAT = Field("repeat", "number", "Asked", "once")
_PARAMETERS = Field("parameters", "json", "Parameters", '{"temperature": 0}')

FIELDS: Mapping[str, tuple[Field, ...]] = {
    "equals": (Field("", "text", "", _EXPECTED),),
    "contains": (Field("", "text", "", _EXPECTED),),
    "contains_in_any_case": (Field("", "text", "", _EXPECTED),),
    "contains_all": (Field("", "lines", "", "one text a line"),),
    "contains_any": (Field("", "lines", "", "one text a line"),),
    "one_of": (Field("", "lines", "", "one answer a line"),),
    "starts_with": (Field("", "text", "", "text"),),
    "regex": (Field("", "text", "", r"pattern, such as \d{4}-\d{2}"),),
    "is_json": (),
    "json_schema": (Field("", "json", "", '{"type": "object", "required": ["label"]}'),),
    "json_path": (
        Field("path", "text", "Path", "$.items[0].name"),
        Field("equals", "json", "Is", 'JSON, such as "paid"; empty: anything'),
    ),
    "length": (
        Field("min", "number", "At least", "any"),
        Field("max", "number", "At most", "any"),
        Field("unit", "choice", "", choices={name: name for name in ("characters", "words", "lines")}),
    ),
    "language": (Field("", "choice", "", choices={"en": "English", **language.NAMES}),),
    "number_within": (
        Field("min", "number", "At least", "any"),
        Field("max", "number", "At most", "any"),
        Field("value", "number or text", "Or near", "a number or {{variable}}"),
        Field("tolerance", "number", "Within ±", "0"),
        Field("path", "text", "At the path", "the last number"),
    ),
    "edit_similarity": (Field("", "text", "", _EXPECTED),),
    "rouge_l": (Field("", "text", "", _EXPECTED),),
    "edit_distance": (Field("max", "number", "Edits", "5"), Field("to", "text", "To", _EXPECTED)),
    "embedding": (Field("model", "model", "Model"), Field("to", "text", "To", _EXPECTED)),
    "refusal": (),
    "judge": (
        _RUBRIC,
        _MODEL,
        Field("scale", "choice", "Scale", choices=dict(zip(SCALES, ("pass or fail", "1 to 5"), strict=True))),
        _REPEAT,
        _PARAMETERS,
    ),
    "judge_pair": (
        _RUBRIC,
        _MODEL,
        Field("against", "column", "Against", "empty: the expected answer; or a column"),
        _REPEAT,
        _PARAMETERS,
    ),
    "python": (
        Field("file", "file", "File", "a .py file that you trust"),
        Field("function", "text", "Function", "get_assert or check"),
        Field("config", "json", "Config", "JSON for the function"),
    ),
    "latency": (Field("", "number", "", "ms, such as 2000"),),
    "cost": (Field("", "number", "", "US dollars, such as 0.002"),),
    "tokens": (Field("", "number", "", "tokens, such as 200"),),
    "unsupported": (Field("", "text", "", "what it was called"),),
}

_GROUPS: tuple[tuple[str, tuple[str, ...]], ...] = (
    ("Text", ("equals", "contains", "contains_in_any_case", "starts_with", "regex")),
    ("Lists of texts", ("one_of", "contains_any", "contains_all")),
    ("Form", ("is_json", "json_schema", "json_path", "number_within", "length", "language", "refusal")),
    ("Likeness", ("edit_similarity", "rouge_l", "edit_distance", "embedding")),
    ("Judged by others", ("judge", "judge_pair", "python")),
    ("What it took", ("latency", "cost", "tokens")),
)
_NOT_OFFERED = frozenset({"unsupported"})
"""Kinds that only come from other tools' files."""


def fields_of(kind: str) -> tuple[Field, ...]:
    """What a kind asks for."""
    return FIELDS.get(kind, (Field("", "json", "", "JSON"),))


def grouped(kinds: Iterable[str]) -> tuple[tuple[str, tuple[str, ...]], ...]:
    """The kinds under their headings, those of no group last."""
    known = tuple(kinds)
    groups = [(title, tuple(kind for kind in members if kind in known)) for title, members in _GROUPS]
    placed = {kind for _, members in _GROUPS for kind in members} | _NOT_OFFERED
    groups.append(("Other", tuple(kind for kind in known if kind not in placed)))
    return tuple((title, members) for title, members in groups if members)
