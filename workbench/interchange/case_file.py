"""A test set as a CSV or JSONL file that `cases` reads back as it was."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import Any

from workbench.core.case import Case
from workbench.core.check import as_data
from workbench.errors import UserError
from workbench.interchange.cases import DETAILS, EXPECTED, NAMES
from workbench.interchange.whole_file import write_whole

SUFFIXES = (".csv", ".jsonl")


def write(path: Path, cases: Sequence[Case], columns: Sequence[str]) -> None:
    """Write all or nothing, by the file's suffix. Raises UserError."""
    match path.suffix.lower():
        case ".csv":
            text = as_csv(cases, columns)
        case ".jsonl":
            text = as_jsonl(cases)
        case _:
            raise UserError(
                f"{path.name} is neither CSV nor JSONL.", advice="Give it a name that ends in .csv or .jsonl."
            )
    try:
        data = text.encode()
    except UnicodeEncodeError as error:
        raise UserError(
            "A case holds half a character, which UTF-8 cannot write.", advice="Save the test set as JSONL."
        ) from error
    with write_whole(path) as file:
        file.write(data)


def as_csv(cases: Sequence[Case], columns: Sequence[str]) -> str:
    """A header and a row for each case; columns that no case needs are left out. Raises UserError."""
    for column in columns:
        if column in EXPECTED or column.startswith("__"):
            raise UserError(
                f"A variable called {column!r} means something else in a CSV file.", advice="Save it as JSONL."
            )
    rows = [_details(case) for case in cases]
    more = [name for name in (NAMES[0], *DETAILS) if any(row[name] for row in rows)]
    expected = [EXPECTED[0]] if any(case.expected for case in cases) else []
    text = io.StringIO(newline="")
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow([*columns, *expected, *more])
    for case, row in zip(cases, rows, strict=True):
        values = [case.values.get(column, "") for column in columns]
        writer.writerow([*values, *([case.expected] if expected else []), *(row[name] for name in more)])
    if "\0" in text.getvalue():
        raise UserError("A case holds a NUL character, which no CSV file can hold.", advice="Save it as JSONL.")
    return text.getvalue()


def _details(case: Case) -> dict[str, str]:
    checks = json.dumps([as_data(check) for check in case.checks], ensure_ascii=False) if case.checks else ""
    score = "" if case.pass_score is None else f"{case.pass_score!r}"
    part = "" if case.part == "development" else case.part
    return dict(
        zip((NAMES[0], *DETAILS), (case.name, checks, score, part, "true" if case.generated else ""), strict=True)
    )


def as_jsonl(cases: Iterable[Case]) -> str:
    """An object in each line."""
    return "".join(f"{_line(case)}\n" for case in cases)


def _line(case: Case) -> str:
    text = json.dumps(dict(_parts(case)), ensure_ascii=False)
    try:
        text.encode()
    except UnicodeEncodeError:  # half a character: JSON has escapes for it
        return json.dumps(dict(_parts(case)))
    return text


def _parts(case: Case) -> Iterator[tuple[str, Any]]:
    if case.name:
        yield "name", case.name
    yield "values", dict(case.values)
    if case.expected:
        yield "expected", case.expected
    if case.checks:
        yield "checks", [as_data(check) for check in case.checks]
    if case.pass_score is not None:
        yield "pass_score", case.pass_score
    if case.part != "development":
        yield "part", case.part
    if case.generated:
        yield "generated", True
