"""An answer is read as JSON and held against the prompt's schema."""

from __future__ import annotations

import pytest

from workbench.desktop.results.json_check import check_json

SCHEMA = '{"type": "object", "properties": {"age": {"type": "integer"}}, "required": ["age"]}'


def test_json_of_the_schema_is_valid_and_indented() -> None:
    check = check_json('{"age": 3, "näme": "x"}', SCHEMA)
    assert check.valid
    assert check.pretty == '{\n  "age": 3,\n  "näme": "x"\n}'


def test_a_code_fence_is_seen_through_and_named() -> None:
    check = check_json('```json\n{"age": 3}\n```', SCHEMA)
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
        ('{"age": 3}', "{", "schema cannot be used"),
        ('{"age": 3}', '{"type": "nonsense"}', "schema cannot be used"),
        ('{"age": 3}', '{"$ref": "https://example.com/schema.json"}', "schema cannot be used"),
    ],
)
def test_what_is_wrong_is_said(text: str, schema: str, said: str) -> None:
    check = check_json(text, schema)
    assert not check.valid
    assert said in check.verdict
