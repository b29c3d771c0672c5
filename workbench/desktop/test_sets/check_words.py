"""A check in a few words, for cells and tips."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from pathlib import PurePath
from typing import Any

from workbench.core.check import Check, Kind
from workbench.desktop.test_sets.check_menu import fields_of

_LONGEST = 60


def in_words(check: Check, kinds: Mapping[str, Kind]) -> str:
    """`not contains “refund”`, `length at most 80 words`; its name, where it has one."""
    if check.name:
        return check.name
    title = kinds[check.kind].title if check.kind in kinds else check.kind
    return " ".join(filter(None, ("not" if check.negated else "", title, _value(check))))


def all_in_words(checks: Iterable[Check], kinds: Mapping[str, Kind], between: str = " · ") -> str:
    """Several checks in a few words each."""
    return between.join(in_words(check, kinds) for check in checks)


def _value(check: Check) -> str:
    value = check.value
    match value:
        case None:
            inputs = [field.hint for field in fields_of(check.kind) if not field.name]
            return "the expected answer" if any("expected" in hint for hint in inputs) else ""
        case str():
            return f"“{_short(value)}”"
        case list() | tuple():
            return _short(", ".join(map(str, value)))
        case dict():
            return _parts(check.kind, value)
    return (
        f"{value:,}"
        if isinstance(value, int | float) and not isinstance(value, bool)
        else _short(json.dumps(value))
    )


def _parts(kind: str, value: Mapping[str, Any]) -> str:
    """The parts by the titles of their fields, in their order; where one says it all, that one."""
    match value:
        case {"rubric": str(rubric)}:
            return f"“{_short(rubric)}”"
        case {"file": str(file)}:
            return PurePath(file).name
    fields = {field.name: field.title.casefold() for field in fields_of(kind)}
    known = [(fields[name], value[name]) for name in fields if name in value]
    if len(known) != len(value):
        return _short(json.dumps(value, ensure_ascii=False))
    return _short(" ".join(f"{title} {_plain(part)}".strip() for title, part in known))


def _plain(part: Any) -> str:
    return part if isinstance(part, str) else json.dumps(part, ensure_ascii=False)


def _short(text: str) -> str:
    text = " ".join(text.split())
    return text if len(text) <= _LONGEST else f"{text[: _LONGEST - 1]}…"
