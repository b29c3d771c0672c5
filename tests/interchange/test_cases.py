"""Test cases from the files that people have: CSV of every spreadsheet, JSONL, JSON lists."""

from __future__ import annotations

import csv
import io
import json
import re
import time
from collections.abc import Mapping
from pathlib import Path

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from workbench.core.case import Case
from workbench.core.check import Check
from workbench.errors import BadFile
from workbench.interchange import cases

Plain = tuple[dict[str, str], str, str]


def read(tmp_path: Path, content: str | bytes, name: str = "cases.csv") -> list[Plain]:
    path = tmp_path / name
    path.write_bytes(content if isinstance(content, bytes) else content.encode())
    return [plain(case) for case in cases.read(path)]


def plain(case: Case) -> Plain:
    return dict(case.values), case.expected, case.name


TWO = [({"a": "1", "b": "2"}, "3", ""), ({"a": "4", "b": "5"}, "9", "")]


@pytest.mark.parametrize(
    "content",
    [
        "a,b,expected\n1,2,3\n4,5,9\n",
        "a,b,expected\r\n1,2,3\r\n4,5,9\r\n",
        "a,b,expected\r1,2,3\r4,5,9",
        "\ufeffa;b;expected\n1;2;3\n4;5;9",
        "a\tb\texpected\n1\t2\t3\n4\t5\t9\n",
        "a|b|__expected\n1|2|3\n4|5|9\n",
        " a , expected, b\n1,3,2\n\n4,9,5\n,,\n",
        '"a","b","expected"\n"1","2","3"\n"4","5","9"\n',
    ],
)
def test_csv_in_its_dialects(content: str, tmp_path: Path) -> None:
    assert read(tmp_path, content) == TWO


@pytest.mark.parametrize("encoding", ["utf-8-sig", "utf-16-le", "utf-16-be"])
def test_unicode_text_of_spreadsheets_is_read_by_its_byte_order_mark(encoding: str, tmp_path: Path) -> None:
    mark = "" if encoding == "utf-8-sig" else "\ufeff"
    content = f"{mark}wörd\texpected\r\n茶\t🍵\r\n".encode(encoding)
    for name in ("cases.tsv", "cases.csv", "cases.txt"):
        assert read(tmp_path, content, name) == [({"wörd": "茶"}, "🍵", "")]


@pytest.mark.parametrize(
    ("content", "name"),
    [
        ('{"a": "1", "b": "2", "expected": "3"}\n{"a": "4", "b": "5", "expected": "9"}\n', "c.jsonl"),
        ('\ufeff{"a": 1, "b": 2, "expected": 3}\r\n\r\n{"a": 4, "b": 5, "expected": 9}', "c.ndjson"),
        (
            '{"values": {"a": "1", "b": "2"}, "expected": "3"}\n{"vars": {"a": "4", "b": "5"}, "__expected": "9"}',
            "c.jsonl",
        ),
        ('[{"a": "1", "b": "2", "expected": "3"},\n {"a": "4", "b": "5", "expected": "9"}]', "c.json"),
    ],
)
def test_json_in_its_shapes(content: str, name: str, tmp_path: Path) -> None:
    assert read(tmp_path, content, name) == TWO


def test_fields_keep_their_line_breaks_quotes_and_spaces(tmp_path: Path) -> None:
    content = 'text,expected\n"two\nlines, ""quoted""", kept \n"a\rb\r\nc",x\n'
    assert read(tmp_path, content) == [
        ({"text": 'two\nlines, "quoted"'}, " kept ", ""),
        ({"text": "a\rb\r\nc"}, "x", ""),
    ]


def test_an_expected_column_is_optional(tmp_path: Path) -> None:
    assert read(tmp_path, "a\n1\n2\n") == [({"a": "1"}, "", ""), ({"a": "2"}, "", "")]


def test_a_column_called_name_is_a_variable(tmp_path: Path) -> None:
    assert read(tmp_path, "name,__description\nMaya,first\n") == [({"name": "Maya"}, "", "first")]
    assert read(tmp_path, '{"name": "Maya"}', "c.jsonl") == [({"name": "Maya"}, "", "")]
    assert read(tmp_path, '{"name": "first", "values": {"name": "Maya"}}', "c.jsonl") == [
        ({"name": "Maya"}, "", "first")
    ]


def test_an_expected_json_answer_is_written_out(tmp_path: Path) -> None:
    assert read(tmp_path, '{"a": true, "b": null, "expected": {"x": ["ü"]}}', "c.jsonl") == [
        ({"a": "true", "b": ""}, '{"x": ["ü"]}', "")
    ]


def test_a_delimiter_in_the_texts_is_not_mistaken(tmp_path: Path) -> None:
    assert read(tmp_path, 'text;expected\n"a, b, c, d";x, y, z\n') == [({"text": "a, b, c, d"}, "x, y, z", "")]


def test_lists_and_objects_become_the_json_that_they_are(tmp_path: Path) -> None:
    path = tmp_path / "c.jsonl"
    path.write_text(
        '{"ask": "Who?", "choices": ["ä", 1], "about": {"year": 1815}, "expected": {"x": null}}', "utf-8"
    )
    (case,) = cases.read(path)
    assert dict(case.values) == {"ask": "Who?", "choices": '["ä", 1]', "about": '{"year": 1815}'}
    assert case.expected == '{"x": null}'


@pytest.mark.parametrize(
    ("content", "name", "why"),
    [
        ("", "c.csv", "no header"),
        ("\n\n", "c.csv", "no header"),
        ("a,b\n", "c.csv", "holds no test case"),
        ("expected\nx\n", "c.csv", "no column for a variable"),
        ("a,,b\n1,2,3\n", "c.csv", "column 2 has no name"),
        ("a,b,a\n1,2,3\n", "c.csv", "two columns are named 'a'"),
        ("a,b\n1,2\n1,2,3\n", "c.csv", "line 3: 3 columns where the header has 2"),
        ('a,b\n1,2\n"1,2\n', "c.csv", "line 3: unexpected end of data"),
        ('a,b\n"1"x,2\n', "c.csv", "line 2"),
        ("a,b\n1,2\n3,x\0y\n", "c.csv", "line 3: a NUL character"),
        ("a\tb\n1\t2\n".encode("utf-16-le"), "c.tsv", "line 1: a NUL character"),
        (b"\xff\xfea\x00\n", "c.csv", "not a text file in UTF-16"),
        (b"a\n\xff\n", "c.csv", r"not a text file in UTF-8 \(byte 2\)"),
        ('{"a": 1}\n{', "c.jsonl", r"line 2: not valid JSON: .* \(column 2\)"),
        ('[\n{"a": 1},\n{]', "c.json", r"c.json: not valid JSON: .* \(line 3, column 2\)"),
        ('{"a": 1}\n\n[1]', "c.jsonl", "line 3: not a JSON object, but a list"),
        ('[{"a": 1}, 3]', "c.json", "item 2: not a JSON object, but a number"),
        ("", "c.jsonl", "holds no test case"),
        ("[" * 100_000, "c.json", "not valid JSON"),
    ],
)
def test_a_wrong_file_is_refused_with_its_place(content: str | bytes, name: str, why: str, tmp_path: Path) -> None:
    with pytest.raises(BadFile, match=why) as raised:
        read(tmp_path, content, name)
    assert str(raised.value).startswith(name)


def test_a_missing_file_and_a_folder_are_named(tmp_path: Path) -> None:
    with pytest.raises(BadFile, match=r"gone\.csv cannot be read: No such file"):
        cases.read(tmp_path / "gone.csv")
    with pytest.raises(BadFile, match="cannot be read: Is a directory"):
        cases.read(tmp_path)


def test_cases_have_ids_of_their_own(tmp_path: Path) -> None:
    (tmp_path / "c.csv").write_text("a\n1\n1\n", "utf-8")
    assert len({case.id for case in cases.read(tmp_path / "c.csv")}) == 2


TEXT = st.text(st.characters(codec="utf-8", exclude_characters="\0"), max_size=30)


@given(
    st.lists(
        st.fixed_dictionaries({"text": TEXT, "more": TEXT.map(lambda text: text + ".")}), min_size=1, max_size=4
    )
)
def test_any_text_survives(tmp_path_factory: pytest.TempPathFactory, rows: list[Mapping[str, str]]) -> None:
    folder = tmp_path_factory.mktemp("cases")
    buffer = io.StringIO()
    writer = csv.DictWriter(buffer, ["text", "more"], quoting=csv.QUOTE_ALL)
    writer.writeheader()
    writer.writerows(rows)
    lines = "\n".join(json.dumps(row, ensure_ascii=False) for row in rows)
    wanted = [(dict(row), "", "") for row in rows]
    assert read(folder, buffer.getvalue()) == wanted
    assert read(folder, lines, "c.jsonl") == wanted


def test_a_large_field_and_many_rows_are_read_in_a_moment(tmp_path: Path) -> None:
    start = time.perf_counter()
    assert len(read(tmp_path, "a,b\n" + "x" * 1_000_000 + ",1\n" + "1,2\n" * 50_000)) == 50_001
    assert time.perf_counter() - start < 20


PROMPTFOO_CSV = """question,__expected1,__expected2,__description,__threshold
Who?,contains: Ada,"javascript:output.length < 5",first,0.5
2+2,4,,,
"""


def test_promptfoos_expected_columns_become_checks(tmp_path: Path) -> None:
    path = tmp_path / "tests.csv"
    path.write_text(PROMPTFOO_CSV)
    found = cases.read_file(path)
    first, second = found.cases
    assert first.name == "first"
    assert first.pass_score == 0.5
    assert first.checks[0] == Check("contains", "Ada")
    assert first.checks[1].kind == "unsupported"
    assert found.unsupported == ("the assertion javascript",)
    assert (second.expected, second.checks) == ("4", (Check("equals"),))


PROMPTFOO_TESTS = """
- description: refunds
  vars: {ticket: My money back, order: {id: 7}}
  assert:
    - {type: equals, value: refund}
    - {type: llm-rubric, value: polite}
- vars: {ticket: [Late, Later]}
"""


@pytest.mark.parametrize("form", ["tests", "config", "json", "jsonl"])
def test_promptfoos_tests_come_in_all_their_forms(tmp_path: Path, form: str) -> None:
    data = yaml.safe_load(PROMPTFOO_TESTS)
    content = {
        "tests": PROMPTFOO_TESTS,
        "config": yaml.safe_dump({"prompts": ["{{ticket}}"], "providers": ["echo"], "tests": data}),
        "json": json.dumps(data),
        "jsonl": "\n".join(map(json.dumps, data)),
    }[form]
    path = tmp_path / f"tests{'.yaml' if form in ('tests', 'config') else f'.{form}'}"
    path.write_text(content)
    first, *others = cases.read(path)
    assert (first.name, first.expected, first.values["order.id"]) == ("refunds", "refund", "7")
    assert first.checks[0] == Check("equals")
    assert [case.values["ticket"] for case in others] == ["Late", "Later"]


def test_a_yaml_list_may_be_plain_cases(tmp_path: Path) -> None:
    assert read(tmp_path, "- {a: 1, expected: yes}\n- {a: 2}\n", "c.yaml") == [
        ({"a": "1"}, "yes", ""),
        ({"a": "2"}, "", ""),
    ]


@pytest.mark.parametrize(
    ("content", "name", "why"),
    [
        ("a,__part\n1,training\n", "c.csv", "case 1: The part of the case is 'training'"),
        ("a,__checks\n1,[\n", "c.csv", "case 1: The checks or the score of the case cannot be read"),
        ('{"values": {"a": "1"}, "checks": [{"kind": 3}]}', "c.jsonl", "line 1: A check is an object with a kind"),
        ("- 3\n", "c.yaml", "item 1: not a JSON object"),
        ("a: [\n", "c.yaml", "not valid YAML"),
    ],
)
def test_wrong_parts_of_a_case_are_refused_with_their_place(
    content: str, name: str, why: str, tmp_path: Path
) -> None:
    with pytest.raises(BadFile, match=re.escape(why)):
        read(tmp_path, content, name)


def test_a_program_in_a_suite_of_others_is_not_executed(tmp_path: Path) -> None:
    (tmp_path / "bad.py").write_text("raise SystemExit")
    path = tmp_path / "tests.yaml"
    path.write_text("- vars: {a: file://bad.py}\n- vars: {a: ok}\n")
    found = cases.read_file(path)
    assert [case.values["a"] for case in found.cases] == ["ok"]
    assert "not executed" in found.unsupported[0]
