"""Generation parameters: their ranges, and their JSON data."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from workbench.core.completion import (
    PARAMETERS,
    GenerationConfig,
    checked,
    config_data,
    config_from,
    config_restored,
    parse_bias,
    write_bias,
)
from workbench.errors import UserError

CONFIGS = st.builds(
    GenerationConfig,
    temperature=st.none() | st.floats(0, 5),
    top_p=st.none() | st.floats(0, 1),
    top_k=st.none() | st.integers(0, 100_000),
    min_p=st.none() | st.floats(0, 1),
    max_tokens=st.none() | st.integers(1, 10_000_000),
    seed=st.none() | st.integers(0, 2**32 - 1),
    stop=st.lists(st.text(min_size=1), max_size=3).map(tuple),
    frequency_penalty=st.none() | st.floats(-2, 2),
    presence_penalty=st.none() | st.floats(-2, 2),
    repeat_penalty=st.none() | st.floats(0.01, 10),
    typical_p=st.none() | st.floats(0, 1),
    dry_allowed_length=st.none() | st.integers(0, 10_000),
    mirostat=st.none() | st.integers(0, 2),
    logit_bias=st.lists(
        st.tuples(st.integers(0, 10**6) | st.text(min_size=1), st.floats(-100, 100)), max_size=3
    ).map(tuple),
    grammar=st.none() | st.just('root ::= "a"'),
    logprobs=st.none() | st.integers(0, 20),
)


@given(CONFIGS)
def test_data_gives_the_config_back(config: GenerationConfig) -> None:
    assert config_from(json.loads(json.dumps(config_data(config)))) == config


def test_what_a_newer_version_added_is_left_out_of_an_old_run() -> None:
    data = {"temperature": 9.0, "stop": ["x"], "of_tomorrow": 1}
    assert config_restored(data) == GenerationConfig(temperature=9.0, stop=("x",))


@given(st.integers(0, 10**6) | st.text(min_size=1), st.integers(-100, 100))
def test_a_bias_is_read_as_it_is_written(token: int | str, bias: int) -> None:
    assert parse_bias(write_bias(token, bias)) == (token, bias)


@pytest.mark.parametrize("text", ["", "=5", "yes", "yes=", "yes=much", "5"])
def test_what_is_no_bias_is_said(text: str) -> None:
    with pytest.raises(UserError, match="is not TOKEN=N"):
        parse_bias(text)


def test_defaults_are_left_out_of_the_data() -> None:
    assert config_data(GenerationConfig()) == {}
    assert config_data(GenerationConfig(temperature=0, stop=("\n",))) == {"temperature": 0, "stop": ["\n"]}


@pytest.mark.parametrize(
    ("data", "named"),
    [
        ({"temperature": -0.1}, "temperature is -0.1; it must lie between 0 and 5"),
        ({"temperature": float("nan")}, "temperature is nan"),
        ({"top_p": 1.5}, "top_p is 1.5"),
        ({"max_tokens": 0}, "max_tokens is 0"),
        ({"seed": -1}, "seed is -1"),
        ({"stop": [""]}, "stop string is empty"),
        ({"mirostat": 3}, "mirostat is 3; it must lie between 0 and 2"),
        ({"grammar": " "}, "grammar is empty"),
        ({"logit_bias": [["yes", 101]]}, "bias of 'yes' is 101; it must lie between -100 and 100"),
        ({"logit_bias": [["yes", float("nan")]]}, "bias of 'yes' is nan"),
        ({"logit_bias": [[-1, 1]]}, "token -1, which there cannot be"),
        ({"logit_bias": [["", 1]]}, "token '', which there cannot be"),
        ({"logit_bias": {"5": 1}}, "not a list of pairs"),
        ({"logit_bias": [5]}, "not a list of pairs"),
        ({"logit_bias": [[1, 1]] * 1025}, "names 1,025 tokens"),
        ({"temprature": 1}, "Unknown parameter temprature"),
    ],
)
def test_values_out_of_range_are_refused(data: dict[str, Any], named: str) -> None:
    with pytest.raises(UserError, match=named):
        config_from(data)


def test_every_parameter_is_named() -> None:
    assert set(PARAMETERS) >= {"temperature", "top_p", "top_k", "min_p", "max_tokens", "seed", "stop"}
    assert checked(GenerationConfig()) == GenerationConfig()
