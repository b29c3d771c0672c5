"""Rows of a Parquet file as texts. It is read by pyarrow, which comes only with the extra `parquet`."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator, Mapping
from datetime import date, datetime, time
from pathlib import Path
from typing import Any

from workbench.errors import BadFile

MOST_ROWS = 100_000
_AT_ONCE = 1_000


def rows(path: Path) -> Iterator[Mapping[str, str]]:
    """Every row by its columns; lists and objects are written as JSON.

    Raises BadFile, also when pyarrow is not there, and for what is no text, such as pictures.
    """
    parquet = _pyarrow(path)
    from pyarrow.lib import ArrowException

    try:
        with parquet.ParquetFile(path) as file:
            if file.metadata.num_rows > MOST_ROWS:
                raise BadFile(
                    f"{path.name} has {file.metadata.num_rows:,} rows.", advice=f"Take {MOST_ROWS:,} at most."
                )
            for batch in file.iter_batches(batch_size=_AT_ONCE):
                for row in batch.to_pylist():
                    yield {str(column): _text(value, column, path) for column, value in row.items()}
    except OSError as error:
        raise BadFile(f"{path.name} cannot be read: {error.strerror or error}.") from error
    except ArrowException as error:
        raise BadFile(f"{path.name} is not a Parquet file that can be read: {str(error).rstrip('.')}.") from error


def _pyarrow(path: Path) -> Any:
    try:
        import pyarrow.parquet
    except ImportError as error:
        raise BadFile(
            f"{path.name} is a Parquet file, and reading it needs pyarrow, which is not installed.",
            advice=f"Install it with: {sys.executable} -m pip install pyarrow",
        ) from error
    return pyarrow.parquet


def _text(value: Any, column: str, path: Path) -> str:
    match value:
        case None:
            return ""
        case str():
            return value
        case datetime() | date() | time():
            return value.isoformat()
        case bytes():
            raise BadFile(f"{path.name}: the column {column!r} holds bytes, not texts.", advice="Leave it out.")
    try:
        return json.dumps(value, ensure_ascii=False, default=_plain)
    except TypeError as error:
        raise BadFile(f"{path.name}: the column {column!r} holds no text: {error}.") from error


def _plain(value: Any) -> str:
    if isinstance(value, bytes):
        raise TypeError("bytes inside of it")
    return str(value)
