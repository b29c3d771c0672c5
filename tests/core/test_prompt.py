"""Prompt values: variables, and the JSON data that stores and exchanges them."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from workbench.core.prompt import (
    ChainOfThought,
    Example,
    OutputFormat,
    Prompt,
    as_data,
    from_data,
    variables,
)
from workbench.errors import UserError

TEXTS = st.text(st.characters(codec=None), max_size=40)
"""Any text: lone surrogates, NUL and bidi overrides too."""

PROMPTS = st.builds(
    Prompt,
    system=TEXTS,
    context=TEXTS,
    examples=st.lists(
        st.builds(Example, input=TEXTS, output=TEXTS, reasoning=TEXTS, enabled=st.booleans()), max_size=3
    ).map(tuple),
    chain_of_thought=st.builds(
        ChainOfThought,
        mode=st.sampled_from(["off", "instruction", "examples", "model"]),
        instruction=TEXTS,
        effort=st.sampled_from(["minimal", "low", "medium", "high"]),
        parting=st.sampled_from(["none", "marker", "tags"]),
        marker=TEXTS,
    ),
    user=TEXTS,
    prefill=TEXTS,
    output_format=st.builds(OutputFormat, kind=st.sampled_from(["text", "json"]), schema=TEXTS),
)


@given(PROMPTS)
def test_data_survives_the_way_through_json(prompt: Prompt) -> None:
    assert from_data(json.loads(json.dumps(as_data(prompt)))) == prompt


def test_missing_parts_take_their_defaults() -> None:
    assert from_data({"user": "Hi"}) == Prompt(user="Hi")


@pytest.mark.parametrize(
    ("data", "named"),
    [
        ([], "list"),
        ({"sytem": ""}, "sytem"),
        ({"system": 3}, "'system'"),
        ({"examples": {}}, "examples"),
        ({"examples": ["x"]}, "example"),
        ({"examples": [{"input": 1}]}, "'input'"),
        ({"examples": [{"enabled": "yes"}]}, "'enabled'"),
        ({"examples": [{"in": ""}]}, "in"),
        ({"chain_of_thought": {"mode": "always"}}, "always"),
        ({"chain_of_thought": {"parting": "xml"}}, "xml"),
        ({"output_format": {"kind": "yaml"}}, "yaml"),
        ({"output_format": None}, "output format"),
    ],
)
def test_bad_data_is_refused_with_its_name(data: Any, named: str) -> None:
    with pytest.raises(UserError, match=named):
        from_data(data)


@pytest.mark.parametrize(
    ("text", "names"),
    [
        ("{{ticket}}", ("ticket",)),
        ("{{ ticket }} {{ticket}}", ("ticket",)),
        ("{{b}} {{a}}", ("b", "a")),
        ("{{user.name}} {{a-b}} {{_x1}}", ("user.name", "a-b", "_x1")),
        (r"\{{ticket}}", ()),
        ("{ticket} {{}} {{1a}} {{a b}} {{", ()),
        ("{{{a}}}", ("a",)),
        ("{{ä}}", ()),
    ],
)
def test_variables_of_a_text(text: str, names: tuple[str, ...]) -> None:
    assert variables(Prompt(user=text)) == names


def test_variables_stand_in_the_order_of_the_sections() -> None:
    prompt = Prompt(
        system="{{a}}",
        context="{{b}}",
        examples=(Example("{{c}}", "{{d}}"), Example("{{off}}", enabled=False)),
        user="{{f}} {{a}}",
        prefill="{{g}}",
        chain_of_thought=ChainOfThought(mode="instruction", instruction="{{e}}"),
    )
    assert variables(prompt) == ("a", "b", "c", "d", "e", "f", "g")
    assert variables(replace(prompt, chain_of_thought=ChainOfThought())) == ("a", "b", "c", "d", "f", "g")


def test_reasoning_of_examples_counts_only_when_it_is_shown() -> None:
    example = Example("q", "a", reasoning="Think of {{hint}}.")
    shown = Prompt(examples=(example,), chain_of_thought=ChainOfThought(mode="examples"))
    assert "hint" in variables(shown)
    assert "hint" not in variables(replace(shown, chain_of_thought=ChainOfThought(mode="instruction")))
