"""Test cases from a CSV or JSONL file: one column a variable, with optional `expected` and `name` columns.

The file is read as UTF-8, with or without a byte order mark. A CSV's delimiter is the one of comma,
semicolon, tab and bar that splits the header best; nothing is guessed from the data.
"""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from workbench.core.case import Case
from workbench.core.identifier import new_id
from workbench.errors import BadFile

EXPECTED = ("expected", "__expected")
"""Columns that hold the expected answer; the second is promptfoo's."""
NAME = "name"

_DELIMITERS = ",;\t|"
_FIELD_LIMIT = 2**31 - 1
_LARGEST = 256 * 1024 * 1024
_JSON_SUFFIXES = frozenset({".jsonl", ".ndjson", ".json"})


def read(path: Path) -> tuple[Case, ...]:
    """The cases of a file, in its order. Raises BadFile, with the line that is wrong."""
    text = _text(path)
    found = _jsonl(text, path.name) if path.suffix.lower() in _JSON_SUFFIXES else _csv(text, path.name)
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
    twice = next((column for column in names if names.count(column) > 1), None)
    if twice is not None:
        raise BadFile(f"{name}: two columns are named {twice!r}.")
    if all(column in (*EXPECTED, NAME) for column in names):
        raise BadFile(f"{name} has no column for a variable.", advice=f"It has only {', '.join(names)}.")
    return names


def _jsonl(text: str, name: str) -> Iterator[Case]:
    # split("\n") and not splitlines(): U+2028 inside a JSON text does not end the line.
    for number, line in enumerate(text.split("\n"), 1):
        if not line.strip():
            continue
        try:
            data = json.loads(line)
        except (ValueError, RecursionError) as error:
            raise BadFile(f"{name}, line {number}: not valid JSON: {error}.") from error
        if not isinstance(data, dict):
            raise BadFile(f"{name}, line {number}: not a JSON object, but {_json_kind(data)}.")
        yield _case(_flat(data, name, number))


def _flat(data: dict[str, Any], name: str, number: int) -> dict[str, str]:
    """Columns of one JSON object; variables may also lie together under `values` or `vars`."""
    for key in ("values", "vars"):
        if isinstance(data.get(key), dict):
            data = {**data.pop(key), **data}
    return {key: _as_text(value, key, name, number) for key, value in data.items()}


def _as_text(value: Any, key: str, name: str, number: int) -> str:
    if isinstance(value, str):
        return value
    if value is None:
        return ""
    if isinstance(value, bool | int | float):
        return json.dumps(value)
    if key in EXPECTED:  # an expected JSON answer, written as what it is
        return json.dumps(value, ensure_ascii=False)
    raise BadFile(f"{name}, line {number}: {key!r} is {_json_kind(value)}, not a text.")


def _json_kind(value: Any) -> str:
    kinds = {list: "a list", dict: "an object", str: "a text", type(None): "null"}
    return kinds.get(type(value), "a number")


def _case(columns: Mapping[str, str]) -> Case:
    expected = next((columns[name] for name in EXPECTED if name in columns), "")
    values = {key: value for key, value in columns.items() if key not in (*EXPECTED, NAME)}
    return Case(new_id(), values, expected, columns.get(NAME, ""))
