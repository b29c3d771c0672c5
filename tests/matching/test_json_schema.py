"""A JSON schema is checked by its own dialect; where data breaks one is said."""

from __future__ import annotations

import re
from typing import Any

import pytest

from workbench.matching.json_schema import LONGEST_MESSAGE, BadSchema, fault, problem

PERSON = {"type": "object", "properties": {"age": {"type": "integer"}}, "required": ["age"]}


@pytest.mark.parametrize("schema", [{}, True, PERSON, {"$schema": "http://json-schema.org/draft-04/schema#"}])
def test_a_good_schema_has_no_problem(schema: Any) -> None:
    assert not problem(schema)


@pytest.mark.parametrize(
    ("schema", "said"),
    [
        ({"type": "objekt"}, "'objekt' is not valid.* at type"),
        ({"properties": {"age": {"minimum": "0"}}}, "'0' is not of type 'number' at properties/age/minimum"),
        ({"pattern": "("}, "not a 'regex'"),
        # In the fourth draft, whether a bound is exclusive is said by true and false.
        ({"$schema": "http://json-schema.org/draft-04/schema#", "exclusiveMinimum": 1}, "at exclusiveMinimum"),
    ],
)
def test_a_schema_that_cannot_be_used_says_where(schema: Any, said: str) -> None:

    assert re.search(said, problem(schema))
    with pytest.raises(BadSchema, match=said):
        fault(schema, {})


def test_a_schema_nested_too_deeply_is_refused() -> None:
    schema: dict[str, Any] = {}
    for _ in range(5000):
        schema = {"not": schema}
    assert problem(schema)


@pytest.mark.parametrize(
    ("data", "said"),
    [
        ({"age": 3}, None),
        ({"age": "three"}, "at age: 'three' is not of type 'integer'"),
        ({}, "at the top: 'age' is a required property"),
    ],
)
def test_the_place_of_a_fault_is_said(data: Any, said: str | None) -> None:
    assert fault(PERSON, data) == said


def test_a_long_fault_is_cut() -> None:
    said = fault({"type": "integer"}, "x" * 5000)
    assert said is not None
    assert said.endswith("…")
    assert len(said) < LONGEST_MESSAGE + 20


@pytest.mark.parametrize("reference", ["http://192.0.2.1/schema.json", "#/$defs/missing"])
def test_nothing_is_fetched_and_a_reference_to_nothing_is_named(reference: str) -> None:
    with pytest.raises(BadSchema, match="which is not in it"):
        fault({"$ref": reference}, 1)


def test_a_schema_that_refers_to_itself_cannot_be_used() -> None:
    with pytest.raises(BadSchema, match="cannot be used"):
        fault({"$ref": "#"}, 1)
