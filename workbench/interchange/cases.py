"""Test cases from files: CSV, JSONL, JSON lists, Parquet, and the tests of promptfoo.

One column is a variable; `expected` is the expected answer. Text is read as UTF-8, with or without a byte order
mark, or as UTF-16 with one, which spreadsheets call Unicode text. A CSV's delimiter is the one of comma,
semicolon, tab and bar that splits the header best; nothing is guessed from the data. A table with `__expected`
columns and objects with `vars` or `assert` are promptfoo's: their assertions become checks, and what has no check
here is listed.
"""

from __future__ import annotations

import csv
import io
import json
from codecs import BOM_UTF16_BE, BOM_UTF16_LE
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from workbench.core.case import PARTS, Case
from workbench.core.check import from_data as check_from
from workbench.core.identifier import new_id
from workbench.errors import BadFile, UserError
from workbench.interchange import promptfoo
from workbench.interchange.suite import as_text

EXPECTED = ("expected", "__expected")
"""Columns that hold the expected answer; the second is promptfoo's."""
NAMES = ("__name", "__description")
"""Columns that name the case; the second is promptfoo's. A column `name` is a variable like any other."""
DETAILS = ("__checks", "__pass_score", "__part", "__generated")
"""Columns with the other parts of a case, as `case_file` writes them: checks as JSON."""

SUFFIXES = (".csv", ".tsv", ".jsonl", ".ndjson", ".json", ".parquet", ".yaml", ".yml")

_DELIMITERS = ",;\t|"
_FIELD_LIMIT = 2**31 - 1
_LARGEST = 256 * 1024 * 1024
_JSON_SUFFIXES = frozenset({".jsonl", ".ndjson", ".json"})
_YAML_SUFFIXES = frozenset({".yaml", ".yml"})


@dataclass(frozen=True, slots=True)
class CaseFile:
    """What a file of cases says."""

    cases: tuple[Case, ...]
    unsupported: tuple[str, ...] = ()
    """What of another tool's file was left out, a few words each."""


def read(path: Path) -> tuple[Case, ...]:
    """The cases of a file, in its order. Raises BadFile, with the line that is wrong."""
    return read_file(path).cases


def read_file(path: Path) -> CaseFile:
    """The cases of a file with what was left out. Raises BadFile."""
    match path.suffix.lower():
        case ".parquet":
            from workbench.interchange import parquet

            found = CaseFile(tuple(_case(row) for row in parquet.rows(path)))
        case suffix if suffix in _JSON_SUFFIXES:
            found = _json(_text(path), path)
        case suffix if suffix in _YAML_SUFFIXES:
            found = _yaml(path)
        case _:
            found = _csv(_text(path), path)
    if not found.cases:
        raise BadFile(f"{path.name} holds no test case.")
    return found


def _text(path: Path) -> str:
    try:
        if path.stat().st_size > _LARGEST:
            raise BadFile(f"{path.name} is larger than 256 MB.", advice="Split it.")
        # newline="": a CR inside a quoted field is the person's, not the file's.
        with path.open("rb") as file:
            encoding = "utf-16" if file.read(2) in (BOM_UTF16_LE, BOM_UTF16_BE) else "utf-8-sig"
        with path.open(encoding=encoding, newline="") as file:
            return file.read()
    except OSError as error:
        raise BadFile(f"{path.name} cannot be read: {error.strerror or error}.") from error
    except UnicodeDecodeError as error:
        raise BadFile(
            f"{path.name} is not a text file in {error.encoding.upper()} (byte {error.start}).",
            advice="Save it as CSV UTF-8.",
        ) from error


# Tables


def _csv(text: str, path: Path) -> CaseFile:
    if (at := text.find("\0")) >= 0:
        raise BadFile(
            f"{path.name}, line {text.count(chr(10), 0, at) + 1}: a NUL character, which no text has.",
            advice="The file is damaged or not a table; save it as CSV UTF-8 again.",
        )
    rows = tuple(_table(text, path.name))
    if any(column.startswith("__expected") or column == "__threshold" for column in (rows[0] if rows else ())):
        return _tests_of_table(rows, path)
    return CaseFile(tuple(_placed(_case, row, f"{path.name}, case {n}") for n, row in enumerate(rows, 1)))


def _table(text: str, name: str) -> Iterator[Mapping[str, str]]:
    """The rows by the names in the header."""
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
            yield dict(zip(header, fields, strict=True))
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
    if all(column.startswith("__") or column in EXPECTED for column in names):
        raise BadFile(f"{name} has no column for a variable.", advice=f"It has only {', '.join(names)}.")
    return names


# Objects


def _json(text: str, path: Path) -> CaseFile:
    """A case for every object: one in each line, or all in one list."""
    name = path.name
    if text.lstrip().startswith("["):
        listed = _parsed(text, name)
        return _objects(((f"{name}, item {number}", item) for number, item in enumerate(listed, 1)), path)
    if path.suffix.lower() == ".json" and isinstance(whole := _try_parsed(text), dict) and "tests" in whole:
        return _tests(whole, path)
    # split("\n") and not splitlines(): U+2028 inside a JSON text does not end the line.
    lines = ((f"{name}, line {number}", line) for number, line in enumerate(text.split("\n"), 1))
    return _objects(((place, _parsed(line, place)) for place, line in lines if line.strip()), path)


def _yaml(path: Path) -> CaseFile:
    from workbench.interchange import yaml_file

    data = yaml_file.read(path)
    if isinstance(data, dict) and "tests" in data:
        return _tests(data, path)
    items = data if isinstance(data, list) else [data] if data is not None else []
    return _objects(((f"{path.name}, item {number}", item) for number, item in enumerate(items, 1)), path)


def _objects(placed: Iterable[tuple[str, Any]], path: Path) -> CaseFile:
    cases: list[Case] = []
    unsupported: list[str] = []
    for place, data in placed:
        if not isinstance(data, dict):
            raise BadFile(f"{place}: not a JSON object, but {_json_kind(data)}.")
        if promptfoo.is_test(data):
            found = _one_test(data, path)
            cases += found.cases
            unsupported += found.unsupported
        else:
            cases.append(_placed(_object_case, data, place))
    return CaseFile(tuple(cases), tuple(dict.fromkeys(unsupported)))


def _object_case(data: Mapping[str, Any]) -> Case:
    """A case of one object, its lists and objects as JSON; its variables may also lie together under `values`."""
    inner = data.get("values")
    if not isinstance(inner, dict):
        return _case({key: as_text(value) for key, value in data.items()})
    own = {f"__{key}" if key in _OWN else key: value for key, value in data.items() if key != "values"}
    own["__checks"] = json.dumps(own["__checks"]) if "__checks" in own else ""
    around = _case({key: as_text(value) for key, value in own.items()})
    values = {key: as_text(value) for key, value in inner.items()}
    return replace(around, values={**around.values, **values})


_OWN = frozenset({"name", "checks", "pass_score", "part", "generated"})
"""Parts of a case beside its `values`."""


def _parsed(text: str, place: str) -> Any:
    try:
        return json.loads(text)
    except json.JSONDecodeError as error:
        where = f"line {error.lineno}, column {error.colno}" if "\n" in text.strip() else f"column {error.colno}"
        raise BadFile(f"{place}: not valid JSON: {error.msg} ({where}).") from error
    except (ValueError, RecursionError) as error:
        raise BadFile(f"{place}: not valid JSON: {error}.") from error


def _try_parsed(text: str) -> Any:
    try:
        return json.loads(text)
    except (ValueError, RecursionError):
        return None


def _json_kind(value: Any) -> str:
    kinds = {list: "a list", dict: "an object", str: "a text", type(None): "null"}
    return kinds.get(type(value), "a number")


# promptfoo's


def _tests(data: Any, path: Path) -> CaseFile:
    cases, unsupported = promptfoo.tests(data, path.parent)
    return CaseFile(tuple(map(_with_answer, cases)), tuple(dict.fromkeys(unsupported)))


def _one_test(data: dict[str, Any], path: Path) -> CaseFile:
    """A test; people also write what is expected, and a name, beside its `vars`."""
    ours = {key: value for key, value in data.items() if key in (*EXPECTED, "name")}
    found = _tests({key: value for key, value in data.items() if key not in ours}, path)
    expected = next((as_text(ours[key]) for key in EXPECTED if key in ours), "")
    name = str(ours.get("name") or "")
    cases = (replace(case, expected=expected or case.expected, name=case.name or name) for case in found.cases)
    return CaseFile(tuple(cases), found.unsupported)


def _tests_of_table(rows: Iterable[Mapping[str, str]], path: Path) -> CaseFile:
    cases, unsupported = promptfoo.tests_of_table(rows, path.parent)
    return CaseFile(tuple(map(_with_answer, cases)), unsupported)


def _with_answer(case: Case) -> Case:
    """The text that an answer has to equal is what a person calls the expected answer."""
    for at, check in enumerate(case.checks):
        if (
            check.kind == "equals"
            and isinstance(check.value, str)
            and not check.negated
            and "{{" not in check.value
        ):
            checks = (*case.checks[:at], replace(check, value=None), *case.checks[at + 1 :])
            return replace(case, expected=check.value, checks=checks)
    return case


# A case


def _placed(make: Any, data: Any, place: str) -> Case:
    """The case that a function makes, its complaints with the place in the file."""
    try:
        made: Case = make(data)
    except BadFile:
        raise
    except UserError as error:
        raise BadFile(f"{place}: {error.message}", advice=error.advice) from error
    return made


def _case(columns: Mapping[str, str]) -> Case:
    values = {key: value for key, value in columns.items() if key not in (*EXPECTED, *NAMES, *DETAILS)}
    case = Case(new_id(), values, _first(columns, EXPECTED), _first(columns, NAMES))
    return _detailed(case, columns) if any(columns.get(name) for name in DETAILS) else case


def _first(columns: Mapping[str, str], names: tuple[str, ...]) -> str:
    return next((columns[name] for name in names if name in columns), "")


def _detailed(case: Case, columns: Mapping[str, str]) -> Case:
    """The case with its checks, score, part and mark. Raises UserError."""
    checks, score, part, generated = (columns.get(name, "").strip() for name in DETAILS)
    try:
        asked = json.loads(checks or "[]")
        enough = float(score) if score else None
    except ValueError as error:
        raise UserError(f"The checks or the score of the case cannot be read: {error}.") from error
    if not isinstance(asked, list):
        raise UserError(f"The checks of a case are a list, not {checks[:60]!r}.")
    if part not in ("", *PARTS):
        raise UserError(f"The part of the case is {part!r}.", advice=f"Known: {', '.join(PARTS)}.")
    return replace(
        case,
        checks=tuple(map(check_from, asked)),
        pass_score=enough,
        part="held_out" if part == "held_out" else "development",
        generated=generated.casefold() in ("true", "1", "yes"),
    )
