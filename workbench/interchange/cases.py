"""Test cases from a CSV or JSONL file: one column a variable, with an optional `expected` column.

The file is read as UTF-8, with or without a byte order mark. A CSV's delimiter is the one of comma,
semicolon, tab and bar that splits the header best; nothing is guessed from the data.
"""

from __future__ import annotations

import csv
import io
import json
from collections import Counter
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from workbench.core.case import Case
from workbench.core.identifier import new_id
from workbench.errors import BadFile

EXPECTED = ("expected", "__expected")
"""Columns that hold the expected answer; the second is promptfoo's."""
NAMES = ("__name", "__description")
"""Columns that name the case; the second is promptfoo's. A column `name` is a variable like any other."""

_DELIMITERS = ",;\t|"
_FIELD_LIMIT = 2**31 - 1
_LARGEST = 256 * 1024 * 1024
_JSON_SUFFIXES = frozenset({".jsonl", ".ndjson", ".json"})


def read(path: Path) -> tuple[Case, ...]:
    """The cases of a file, in its order. Raises BadFile, with the line that is wrong."""
    text = _text(path)
    found = _json(text, path.name) if path.suffix.lower() in _JSON_SUFFIXES else _csv(text, path.name)
    cases = tuple(found)
    if not cases:
        raise BadFile(f"{path.name} holds no test case.")
    return cases


def _text(path: Path) -> str:
    try:
        if path.stat().st_size > _LARGEST:
            raise BadFile(f"{path.name} is larger than 256 MB.", advice="Split it.")
        # newline="": a CR inside a quoted field is the person's, not the file's.
        with path.open(encoding="utf-8-sig", newline="") as file:
            return file.read()
    except OSError as error:
        raise BadFile(f"{path.name} cannot be read: {error.strerror or error}.") from error
    except UnicodeDecodeError as error:
        raise BadFile(
            f"{path.name} is not a text file in UTF-8 (byte {error.start}).", advice="Save it as CSV UTF-8."
        ) from error


def _csv(text: str, name: str) -> Iterator[Case]:
    previous = csv.field_size_limit(_FIELD_LIMIT)
    try:
        reader = csv.reader(io.StringIO(text, newline=""), delimiter=_delimiter(text), strict=True)
        header = _checked_header(next(reader, []), name)
        for fields in reader:
            if not any(fields):
                continue
            if len(fields) != len(header):
                raise BadFile(
                    f"{name}, line {reader.line_num}: {len(fields)} columns where the header has {len(header)}.",
                    advice="Put a text with delimiters or line breaks into quotes.",
                )
            yield _case(dict(zip(header, fields, strict=True)))
    except csv.Error as error:
        raise BadFile(f"{name}, line {reader.line_num}: {error}.") from error
    finally:
        csv.field_size_limit(previous)


def _delimiter(text: str) -> str:
    """The delimiter that splits the first line into the most columns; a comma when none does."""
    first = text.lstrip("\r\n")[:65_536].splitlines()[:1] or [""]
    return max(_DELIMITERS, key=first[0].count)


def _checked_header(header: list[str], name: str) -> list[str]:
    names = [column.strip() for column in header]
    if not any(names):
        raise BadFile(f"{name} has no header line.", advice="Its first line names the variables.")
    if "" in names:
        raise BadFile(f"{name}: column {names.index('') + 1} has no name.")
    twice = next((column for column, times in Counter(names).items() if times > 1), None)
    if twice is not None:
        raise BadFile(f"{name}: two columns are named {twice!r}.")
    if all(column in (*EXPECTED, *NAMES) for column in names):
        raise BadFile(f"{name} has no column for a variable.", advice=f"It has only {', '.join(names)}.")
    return names


def _json(text: str, name: str) -> Iterator[Case]:
    """A case for every object: one in each line, or all in one list."""
    if text.lstrip().startswith("["):
        listed = _parsed(text, name)
        places = ((f"{name}, item {number}", item) for number, item in enumerate(listed, 1))
    else:
        # split("\n") and not splitlines(): U+2028 inside a JSON text does not end the line.
        lines = ((f"{name}, line {number}", line) for number, line in enumerate(text.split("\n"), 1))
        places = ((place, _parsed(line, place)) for place, line in lines if line.strip())
    for place, data in places:
        if not isinstance(data, dict):
            raise BadFile(f"{place}: not a JSON object, but {_json_kind(data)}.")
        yield _json_case(data, place)


def _parsed(text: str, place: str) -> Any:
    try:
        return json.loads(text)
    except (ValueError, RecursionError) as error:
        raise BadFile(f"{place}: not valid JSON: {error}.") from error


def _json_case(data: dict[str, Any], place: str) -> Case:
    """A case from one object; its variables may also lie together under `values` or `vars`."""
    for key in ("values", "vars"):
        if isinstance(data.get(key), dict):
            data = {NAMES[0] if outer == "name" else outer: value for outer, value in data.items()}
            data = {**data.pop(key), **data}
    return _case({key: _as_text(value, key, place) for key, value in data.items()})


def _as_text(value: Any, key: str, place: str) -> str:
    if isinstance(value, str):
        return value
    if value is None:
        return ""
    if isinstance(value, bool | int | float):
        return json.dumps(value)
    if key in EXPECTED:  # an expected JSON answer, written as what it is
        return json.dumps(value, ensure_ascii=False)
    raise BadFile(f"{place}: {key!r} is {_json_kind(value)}, not a text.")


def _json_kind(value: Any) -> str:
    kinds = {list: "a list", dict: "an object", str: "a text", type(None): "null"}
    return kinds.get(type(value), "a number")


def _case(columns: Mapping[str, str]) -> Case:
    values = {key: value for key, value in columns.items() if key not in (*EXPECTED, *NAMES)}
    return Case(new_id(), values, _first(columns, EXPECTED), _first(columns, NAMES))


def _first(columns: Mapping[str, str], names: tuple[str, ...]) -> str:
    return next((columns[name] for name in names if name in columns), "")
