"""Parquet files, with pyarrow and without it."""

from __future__ import annotations

import sys
from pathlib import Path

import pyarrow
import pytest
from pyarrow import parquet

from workbench.errors import BadFile
from workbench.interchange import cases


def test_without_pyarrow_one_sentence_says_how_to_get_it(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "pyarrow", None)
    path = tmp_path / "cases.parquet"
    path.write_bytes(b"PAR1")
    with pytest.raises(BadFile, match="needs pyarrow, which is not installed") as raised:
        cases.read(path)
    assert raised.value.advice == f"Install it with: {sys.executable} -m pip install pyarrow"


def test_columns_become_texts(tmp_path: Path) -> None:
    path = tmp_path / "cases.parquet"
    table = pyarrow.table(
        {
            "question": ["Who?", "Wie, ü?"],
            "n": [1, None],
            "choices": [["a", "b"], []],
            "expected": ["Ada", "Bo"],
        }
    )
    parquet.write_table(table, path)
    first, second = cases.read(path)
    assert dict(first.values) == {"question": "Who?", "n": "1", "choices": '["a", "b"]'}
    assert (second.values["n"], second.expected) == ("", "Bo")


def test_what_is_no_text_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "cases.parquet"
    parquet.write_table(pyarrow.table({"picture": [b"\xff\xd8"]}), path)
    with pytest.raises(BadFile, match="'picture' holds bytes"):
        cases.read(path)
    path.write_bytes(b"not Parquet at all")
    with pytest.raises(BadFile, match=r"not a Parquet file.*[^.]\.$"):
        cases.read(path)
    with pytest.raises(BadFile, match="cannot be read"):
        cases.read(tmp_path / "nowhere.parquet")
