"""Rendering: the messages as sent, where each section stands in them, and the answer told from the reasoning."""

from __future__ import annotations

import itertools
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given

from tests.core.test_prompt import PROMPTS, TEXTS
from workbench.core.completion import GenerationConfig, Message
from workbench.core.prompt import ChainOfThought, Example, OutputFormat, Prompt, variables
from workbench.core.rendering import Parted, fill, json_schema, part, render, request
from workbench.errors import MissingVariables, UserError

FULL = Prompt(
    system="You are {{role}}.",
    context="Facts: {{facts}}",
    examples=(
        Example("2 + 2", "4", reasoning="Two and two make four."),
        Example("off", "off", enabled=False),
        Example("3 + 3", "6"),
    ),
    chain_of_thought=ChainOfThought(mode="examples"),
    user="{{sum}}",
    prefill="Let me see:",
    output_format=OutputFormat("json", '{"type": "object"}'),
)
STEPS = "Think step by step before you answer. Then write the final answer after “Answer:” on a line of its own."
VALUES = {"role": "a teacher", "facts": "none", "sum": "4 + 5"}


def test_messages_of_a_full_prompt() -> None:
    assert render(FULL, VALUES).messages == (
        Message(
            "system",
            f"You are a teacher.\n\nFacts: none\n\n{STEPS}\n\nReply with JSON only, following this schema:\n"
            '{"type": "object"}',
        ),
        Message("user", "2 + 2"),
        Message("assistant", "Two and two make four.\n\nAnswer: 4"),
        Message("user", "3 + 3"),
        Message("assistant", "Answer: 6"),
        Message("user", "4 + 5"),
        Message("assistant", "Let me see:"),
    )


def test_spans_cover_the_rendered_text_of_each_section() -> None:
    rendered = render(FULL, VALUES)
    shown = [
        (span.section, span.example, rendered.messages[span.message].content[span.start : span.end])
        for span in rendered.spans
    ]
    assert shown == [
        ("system", None, "You are a teacher."),
        ("context", None, "Facts: none"),
        ("chain_of_thought", None, STEPS),
        ("output_format", None, 'Reply with JSON only, following this schema:\n{"type": "object"}'),
        ("examples", 0, "2 + 2"),
        ("examples", 0, "Two and two make four.\n\nAnswer: 4"),
        ("examples", 2, "3 + 3"),
        ("examples", 2, "Answer: 6"),
        ("user", None, "4 + 5"),
        ("prefill", None, "Let me see:"),
    ]


@given(PROMPTS, TEXTS)
def test_spans_cover_everything_but_the_blank_lines_between_sections(prompt: Prompt, value: str) -> None:
    try:
        rendered = render(prompt, dict.fromkeys(variables(prompt), value))
    except MissingVariables:
        raise
    except UserError:  # nothing to send
        return
    for index, message in enumerate(rendered.messages):
        spans = [span for span in rendered.spans if span.message == index]
        assert spans[0].start == 0
        assert spans[-1].end == len(message.content)
        for one, other in itertools.pairwise(spans):
            assert message.content[one.end : other.start] == "\n\n"


def test_values_are_never_read_again() -> None:
    values = {"a": "{{b}}", "b": r"\{{a}} and {{a}}"}
    assert fill("{{a}} {{b}}", values) == r"{{b}} \{{a}} and {{a}}"


@given(TEXTS, TEXTS)
def test_a_value_arrives_exactly(before: str, value: str) -> None:
    plain = before.replace("{", "").replace("\\", "")
    assert fill(plain + "{{x}}", {"x": value}) == plain + value


@given(TEXTS)
def test_text_without_braces_stays_as_it_is(text: str) -> None:
    plain = text.replace("{", "")
    assert fill(plain, {}) == plain


@pytest.mark.parametrize(
    ("template", "text"),
    [
        (r"\{{a}}", "{{a}}"),
        (r"Use \{{ name }} here", "Use {{ name }} here"),
        (r"\{{a}}{{a}}", "{{a}}1"),
        (r"\n {{a}} \{a}", r"\n 1 \{a}"),
        ("{{{a}}}", "{1}"),
    ],
)
def test_a_backslash_keeps_braces_as_text(template: str, text: str) -> None:
    assert fill(template, {"a": "1"}) == text


def test_all_missing_variables_are_named_at_once() -> None:
    with pytest.raises(MissingVariables) as raised:
        render(FULL, {"facts": ""})
    assert raised.value.names == ("role", "sum")
    assert str(raised.value) == "No value for {{role}}, {{sum}}. Fill in the variable or choose a case."


def test_an_empty_value_is_a_value() -> None:
    assert render(Prompt(user="Hi{{x}}"), {"x": ""}).messages == (Message("user", "Hi"),)


@pytest.mark.parametrize(
    "prompt", [Prompt(), Prompt(system="Only rules."), Prompt(user=" \n "), Prompt(prefill="So")]
)
def test_a_prompt_without_a_user_turn_is_refused(prompt: Prompt) -> None:
    with pytest.raises(UserError, match="nothing to send"):
        render(prompt, {})


def test_a_marker_is_literal_text() -> None:
    chain = ChainOfThought(mode="examples", marker="{{answer}}")
    prompt = Prompt(examples=(Example("q", "a"),), user="u", chain_of_thought=chain)
    assert variables(prompt) == ()
    messages = render(prompt, {}).messages
    assert messages[2].content == "{{answer}} a"
    assert part(chain, messages[2].content).answer == "a"


def test_prefilled_request_carries_model_schema_and_config() -> None:
    config = GenerationConfig(temperature=0.5)
    asked = request(FULL, VALUES, model="m", config=config)
    assert (asked.model, asked.config, asked.json_schema, asked.effort) == ("m", config, {"type": "object"}, None)


def test_effort_is_sent_for_a_model_that_reasons_itself() -> None:
    prompt = Prompt(user="u", chain_of_thought=ChainOfThought(mode="model", effort="high"))
    asked = request(prompt, {}, model="m", config=GenerationConfig())
    assert asked.effort == "high"
    assert asked.messages == (Message("user", "u"),)


@pytest.mark.parametrize(
    ("output", "schema"),
    [
        (OutputFormat(), None),
        (OutputFormat("text", '{"type": "object"}'), None),
        (OutputFormat("json"), {}),
        (OutputFormat("json", " "), {}),
        (OutputFormat("json", '{"type": "array"}'), {"type": "array"}),
    ],
)
def test_json_schema(output: OutputFormat, schema: Any) -> None:
    assert json_schema(Prompt(user="u", output_format=output)) == schema


@pytest.mark.parametrize("schema", ["{", "[]", "3", "[" * 50_000])
def test_a_bad_schema_is_refused(schema: str) -> None:
    with pytest.raises(UserError, match="JSON"):
        json_schema(Prompt(user="u", output_format=OutputFormat("json", schema)))


MARKER = ChainOfThought(mode="instruction")
TAGS = replace(MARKER, parting="tags")


@pytest.mark.parametrize(
    ("chain", "text", "parted"),
    [
        (MARKER, "2 * 3 = 6\n\nAnswer: 6", Parted("2 * 3 = 6", "6", found=True)),
        (MARKER, "Answer: 5? No.\nAnswer: 6\n", Parted("Answer: 5? No.", "6", found=True)),
        (MARKER, "six", Parted("", "six", found=False)),
        (replace(MARKER, marker=""), "six", Parted("", "six", found=False)),
        (TAGS, "So <answer> 6 </answer>.", Parted("So", "6", found=True)),
        (TAGS, "<answer>5</answer> no <answer>6</answer>", Parted("<answer>5</answer> no", "6", found=True)),
        (TAGS, "So <answer>6", Parted("So", "6", found=True)),
        (TAGS, "six", Parted("", "six", found=False)),
        (ChainOfThought(), "Answer: 6", Parted("", "Answer: 6", found=True)),
        (ChainOfThought(), "<think>Hm.</think>\n\nSix.", Parted("Hm.", "Six.", found=True)),
        (ChainOfThought(), "<thinking>Hm", Parted("Hm", "", found=True)),
        (ChainOfThought(), "I <think> so.", Parted("", "I <think> so.", found=True)),
        (MARKER, "<think>Hm.</think>2 * 3\nAnswer: 6", Parted("Hm.\n\n2 * 3", "6", found=True)),
        (replace(MARKER, parting="none"), "Answer: 6", Parted("", "Answer: 6", found=True)),
    ],
)
def test_parting_answer_and_reasoning(chain: ChainOfThought, text: str, parted: Parted) -> None:
    assert part(chain, text) == parted
