"""Where a text stands in a prompt, so that an edit can be applied, undone and brought into view."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any, Literal

from workbench.core.prompt import Prompt, Section

Field = Literal["text", "input", "reasoning", "output", "instruction", "marker", "schema"]


@dataclass(frozen=True, slots=True)
class Place:
    """One editable text of a prompt."""

    section: Section
    field: Field = "text"
    example: int = 0
    """Index into the examples, for the few-shot section."""


def text_at(prompt: Prompt, place: Place) -> str:
    """The text at a place."""
    match place.section:
        case "examples":
            return str(getattr(prompt.examples[place.example], place.field))
        case "chain_of_thought" | "output_format":
            return str(getattr(getattr(prompt, place.section), place.field))
        case _:
            return str(getattr(prompt, place.section))


def with_text(prompt: Prompt, place: Place, text: str) -> Prompt:
    """The prompt with another text at a place; everything else is shared."""
    new: Any = {place.field: text}
    match place.section:
        case "examples":
            examples = list(prompt.examples)
            examples[place.example] = replace(examples[place.example], **new)
            return replace(prompt, examples=tuple(examples))
        case "chain_of_thought":
            return replace(prompt, chain_of_thought=replace(prompt.chain_of_thought, **new))
        case "output_format":
            return replace(prompt, output_format=replace(prompt.output_format, **new))
        case section:
            part: Any = {section: text}
            return replace(prompt, **part)
