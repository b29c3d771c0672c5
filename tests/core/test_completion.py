"""Generation parameters: their ranges, and their JSON data."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from workbench.core.completion import PARAMETERS, GenerationConfig, checked, config_data, config_from
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
)


@given(CONFIGS)
def test_data_gives_the_config_back(config: GenerationConfig) -> None:
    assert config_from(config_data(config)) == config


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
        ({"temprature": 1}, "Unknown parameter temprature"),
    ],
)
def test_values_out_of_range_are_refused(data: dict[str, Any], named: str) -> None:
    with pytest.raises(UserError, match=named):
        config_from(data)


def test_every_parameter_is_named() -> None:
    assert set(PARAMETERS) >= {"temperature", "top_p", "top_k", "min_p", "max_tokens", "seed", "stop"}
    assert checked(GenerationConfig()) == GenerationConfig()
