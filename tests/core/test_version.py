"""Versions: equal content is one version, and two of them are compared section by section."""

from __future__ import annotations

import json
from dataclasses import replace

import pytest
from hypothesis import given

from tests.core.test_prompt import PROMPTS
from workbench.core.prompt import SECTIONS, ChainOfThought, Example, OutputFormat, Prompt, Section, from_data
from workbench.core.version import canonical, content_id, diff, section_text


@given(PROMPTS)
def test_canonical_text_is_ascii_and_gives_the_prompt_back(prompt: Prompt) -> None:
    text = canonical(prompt)
    assert text.isascii()
    assert "\0" not in text
    assert from_data(json.loads(text)) == prompt


@given(PROMPTS, PROMPTS)
def test_the_id_tells_contents_apart(one: Prompt, other: Prompt) -> None:
    assert (content_id(one) == content_id(other)) == (one == other)


def test_the_id_is_the_same_on_every_machine() -> None:
    assert content_id(Prompt(user="Hello {{name}}")) == (
        "292879b4ab708adf2b955429b38fa87d638b6605bc69cab4ec69211d75a24dd4"
    )


BASE = Prompt(system="Be kind.", context="Facts.", examples=(Example("a", "b"),), user="{{x}}", prefill="So")

CHANGES: dict[Section, Prompt] = {
    "system": replace(BASE, system="Be brief."),
    "context": replace(BASE, context=""),
    "examples": replace(BASE, examples=(Example("a", "b", enabled=False),)),
    "chain_of_thought": replace(BASE, chain_of_thought=ChainOfThought(mode="instruction")),
    "user": replace(BASE, user="{{y}}"),
    "prefill": replace(BASE, prefill=""),
    "output_format": replace(BASE, output_format=OutputFormat("json")),
}


@pytest.mark.parametrize("section", SECTIONS)
def test_a_change_shows_in_its_section_only(section: Section) -> None:
    changed = [part.section for part in diff(BASE, CHANGES[section]) if part.changed]
    assert changed == [section]


def test_the_diff_of_a_section_marks_its_words() -> None:
    system = diff(BASE, CHANGES["system"])[0]
    assert [(piece.operation, piece.text) for piece in system.pieces] == [
        ("same", "Be "),
        ("removed", "kind"),
        ("added", "brief"),
        ("same", "."),
    ]


def test_every_section_is_in_the_diff() -> None:
    assert tuple(part.section for part in diff(BASE, BASE)) == SECTIONS
    assert not any(part.changed for part in diff(BASE, BASE))


@pytest.mark.parametrize(
    "other",
    [
        ChainOfThought(mode="model", effort="high"),
        ChainOfThought(mode="examples"),
        ChainOfThought(mode="instruction", instruction="Go slowly."),
        ChainOfThought(mode="instruction", parting="tags"),
        ChainOfThought(mode="instruction", marker="Result:"),
    ],
)
def test_a_change_of_the_chain_of_thought_can_be_read(other: ChainOfThought) -> None:
    one = Prompt(chain_of_thought=ChainOfThought(mode="instruction"))
    assert section_text(one, "chain_of_thought") != section_text(
        Prompt(chain_of_thought=other), "chain_of_thought"
    )


def test_examples_can_be_read() -> None:
    prompt = Prompt(examples=(Example("in", "out", reasoning="why"), Example("x", "y", enabled=False)))
    assert section_text(prompt, "examples") == (
        "1\ninput: in\nreasoning: why\noutput: out\n\n2 (off)\ninput: x\noutput: y"
    )
