"""An answer is read as JSON and held against the prompt's schema."""

from __future__ import annotations

import pytest

from workbench.core.prompt import OutputFormat, Prompt
from workbench.desktop.results.json_check import JsonCheck, check_json

SCHEMA = '{"type": "object", "properties": {"age": {"type": "integer"}}, "required": ["age"]}'


def checked(text: str, schema: str) -> JsonCheck:
    return check_json(text, Prompt(output_format=OutputFormat("json", schema)))


def test_json_of_the_schema_is_valid_and_indented() -> None:
    check = checked('{"age": 3, "näme": "x"}', SCHEMA)
    assert check.valid
    assert check.pretty == '{\n  "age": 3,\n  "näme": "x"\n}'


def test_a_code_fence_is_seen_through_and_named() -> None:
    check = checked('```json\n{"age": 3}\n```', SCHEMA)
    assert check.valid
    assert "code fence" in check.verdict


@pytest.mark.parametrize(
    ("text", "schema", "said"),
    [
        ('{"age": "three"}', SCHEMA, "at age"),
        ('{"name": 1}', SCHEMA, "'age' is a required property"),
        ("{'age': 3}", SCHEMA, "line 1, column 2"),
        ("", "", "Not JSON"),
        ("[" * 50_000, "", "nested too deeply"),
        ('{"age": 3}', "{", "is not valid JSON"),
        ('{"age": 3}', '{"type": "nonsense"}', "not a valid schema"),
        ('{"age": 3}', '{"$ref": "https://example.com/schema.json"}', "which is not in it"),
    ],
)
def test_what_is_wrong_is_said(text: str, schema: str, said: str) -> None:
    check = checked(text, schema)
    assert not check.valid
    assert said in check.verdict


def test_a_pattern_of_the_schema_cannot_hold_the_window_up() -> None:
    check = checked('"' + "word " * 60 + '!"', '{"type": "string", "pattern": "^(\\\\w+\\\\s?)*$"}')
    assert not check.valid
    assert "took more than" in check.verdict
    assert check.pretty.startswith('"word')


def test_an_answer_that_was_not_asked_for_json_is_held_against_nothing() -> None:
    assert check_json("[1]", Prompt(output_format=OutputFormat("text", SCHEMA))).verdict == "Valid JSON."
