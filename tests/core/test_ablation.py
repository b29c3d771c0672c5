"""One thing at a time is taken away or turned."""

from __future__ import annotations

import pytest

from workbench.core.ablation import ablated, shots
from workbench.core.completion import GenerationConfig
from workbench.core.prompt import ChainOfThought, Example, OutputFormat, Prompt
from workbench.errors import UserError

EXAMPLES = (Example("1", "one"), Example("2", "two", enabled=False), Example("3", "three"))
PROMPT = Prompt(
    system="Be brief.", examples=EXAMPLES, user="{{n}}", chain_of_thought=ChainOfThought("instruction")
)
CONFIG = GenerationConfig(max_tokens=5)


def inputs(prompt: Prompt) -> list[str]:
    return [example.input for example in prompt.examples if example.enabled]


def test_each_example_that_is_on_is_left_out_once() -> None:
    made = ablated("examples", PROMPT, CONFIG)
    assert [(one.label, inputs(one.prompt)) for one in made] == [
        ("as it is", ["1", "3"]),
        ("without example 1", ["3"]),
        ("without example 2", ["1"]),
    ]
    assert {one.config for one in made} == {CONFIG}


def test_the_curve_of_shots_begins_with_none() -> None:
    made = ablated("shots", PROMPT, CONFIG)
    assert [(one.label, one.at, inputs(one.prompt)) for one in made] == [
        ("0 shots", 0, []),
        ("1 shot", 1, ["1"]),
        ("2 shots", 2, ["1", "3"]),
    ]


def test_a_curve_has_eight_shots_at_most() -> None:
    many = Prompt(user="x", examples=tuple(Example(str(n), "y") for n in range(20)))
    assert [one.at for one in shots(many, CONFIG)] == list(range(9))


def test_sections_that_say_something_are_off_once() -> None:
    made = ablated("sections", PROMPT, CONFIG)
    assert [one.label for one in made] == [
        "as it is",
        "without system",
        "without few-shot",
        "without chain of thought",
    ]
    assert (made[1].prompt.system, made[1].prompt.examples) == ("", EXAMPLES)
    assert made[2].prompt.examples == ()
    assert made[3].prompt.chain_of_thought.mode == "off"


def test_a_format_is_a_section_too() -> None:
    prompt = Prompt(user="x", output_format=OutputFormat("json"))
    assert [one.prompt.output_format.kind for one in ablated("sections", prompt, CONFIG)] == ["json", "text"]


def test_a_parameter_is_turned() -> None:
    made = ablated("temperature=0, 0.5,1", PROMPT, CONFIG)
    assert [(one.label, one.config.temperature, one.at) for one in made] == [
        ("temperature 0", 0, 0),
        ("temperature 0.5", 0.5, 0.5),
        ("temperature 1", 1, 1),
    ]
    assert all(one.config.max_tokens == 5 for one in made)
    assert [one.config.top_k for one in ablated("top_k=1,40", PROMPT, CONFIG)] == [1, 40]


@pytest.mark.parametrize(
    ("what", "said"),
    [
        ("colours", "nothing that can be ablated"),
        ("warmth=1", "no parameter that takes a number"),
        ("stop=1", "no parameter that takes a number"),
        ("temperature=hot", "are no values of temperature"),
        ("temperature=", "has 0 values"),
        ("temperature=9", "must lie between"),
        ("top_k=1.5", "takes whole numbers"),
    ],
)
def test_what_cannot_be_done_is_said(what: str, said: str) -> None:
    with pytest.raises(UserError, match=said):
        ablated(what, PROMPT, CONFIG)


@pytest.mark.parametrize("what", ["examples", "shots", "sections"])
def test_a_prompt_with_nothing_to_take_away_says_so(what: str) -> None:
    with pytest.raises(UserError, match="The prompt has"):
        ablated(what, Prompt(user="x"), CONFIG)
