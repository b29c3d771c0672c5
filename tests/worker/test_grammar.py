"""JSON schemas as grammars."""

from __future__ import annotations

import pytest

from workbench.errors import UserError
from workbench.worker.grammar import grammar_of


def test_an_empty_schema_is_any_object() -> None:
    assert "root ::= object" in grammar_of({})


def test_strings_may_not_hold_bare_control_characters() -> None:
    grammar = grammar_of({"type": "object", "properties": {"a": {"type": "string"}}})
    assert r"\x00-\x1F" in grammar
    assert r'[^"\\] |' not in grammar


@pytest.mark.parametrize(
    "schema", [{"type": "nonsense"}, {"$ref": "#/nowhere"}, {"$ref": "https://example.com/a"}]
)
def test_a_schema_that_cannot_be_followed_says_so(schema: dict[str, str]) -> None:
    with pytest.raises(UserError, match="JSON schema of the output format cannot be followed"):
        grammar_of(schema)
