"""A test set as a file: what is written is read back as it was."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from workbench.core.case import Case, variables
from workbench.core.check import Check
from workbench.errors import UserError
from workbench.interchange import case_file, cases

RICH = Case(
    "1",
    {"ticket": 'two\nlines, "quoted"', "tone": "calm"},
    expected="refund",
    name="first",
    checks=(Check("contains", "refund", negated=True), Check("length", {"max": 9}, weight=2.0)),
    pass_score=0.75,
    part="held_out",
    generated=True,
)
PLAIN = Case("2", {"ticket": "ä", "tone": ""})


def said(found: tuple[Case, ...]) -> list[Case]:
    return [replace(case, id="") for case in found]


@pytest.mark.parametrize("suffix", case_file.SUFFIXES)
def test_every_part_of_a_case_comes_back(tmp_path: Path, suffix: str) -> None:
    path = tmp_path / f"cases{suffix}"
    case_file.write(path, (RICH, PLAIN), ("ticket", "tone"))
    found = cases.read(path)
    assert said(found) == said((RICH, PLAIN))
    assert variables(found) == ("ticket", "tone")
    assert [each.name for each in tmp_path.iterdir() if each.name.startswith(".")] == []


def test_a_plain_set_is_a_plain_table(tmp_path: Path) -> None:
    path = tmp_path / "cases.csv"
    case_file.write(path, (replace(PLAIN, expected="x"),), ("tone", "ticket"))
    assert path.read_text("utf-8") == "tone,ticket,expected\n,ä,x\n"


TEXTS = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\x00"), max_size=20)


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=50)
@given(st.lists(st.tuples(TEXTS, TEXTS, TEXTS).filter(lambda row: any(row[:2])), min_size=1, max_size=4))
def test_any_text_comes_back_from_jsonl(tmp_path: Path, rows: list[tuple[str, str, str]]) -> None:
    written = [Case(str(n), {"a": a, "expected": b}, c) for n, (a, b, c) in enumerate(rows)]
    path = tmp_path / "cases.jsonl"
    case_file.write(path, written, ("a", "expected"))
    assert said(cases.read(path)) == said(tuple(written))


def test_half_a_character_comes_back_from_jsonl_and_is_refused_in_csv(tmp_path: Path) -> None:
    odd = (Case("1", {"a": "half \ud83d"}),)
    case_file.write(tmp_path / "cases.jsonl", odd, ("a",))
    assert cases.read(tmp_path / "cases.jsonl")[0].values["a"] == "half \ud83d"
    with pytest.raises(UserError, match="half a character"):
        case_file.write(tmp_path / "cases.csv", odd, ("a",))
    assert not (tmp_path / "cases.csv").exists()


def test_a_nul_comes_back_from_jsonl_and_is_refused_in_csv(tmp_path: Path) -> None:
    odd = (Case("1", {"a": "nothing \0"}),)
    case_file.write(tmp_path / "cases.jsonl", odd, ("a",))
    assert cases.read(tmp_path / "cases.jsonl")[0].values["a"] == "nothing \0"
    with pytest.raises(UserError, match="a NUL character"):
        case_file.write(tmp_path / "cases.csv", odd, ("a",))
    assert not (tmp_path / "cases.csv").exists()


@pytest.mark.parametrize(
    ("name", "columns", "why"),
    [("cases.xlsx", ("a",), "neither CSV nor JSONL"), ("cases.csv", ("expected",), "means something else")],
)
def test_what_could_not_be_read_back_is_refused(
    tmp_path: Path, name: str, columns: tuple[str, ...], why: str
) -> None:
    with pytest.raises(UserError, match=why):
        case_file.write(tmp_path / name, (PLAIN,), columns)


def test_a_folder_that_is_not_there_is_said(tmp_path: Path) -> None:
    with pytest.raises(UserError, match="cannot be written"):
        case_file.write(tmp_path / "nowhere" / "cases.csv", (PLAIN,), ("ticket",))
