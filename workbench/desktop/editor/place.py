"""Where a text stands in a prompt, so that an edit can be applied, undone and brought into view."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Literal

from workbench.core.prompt import Prompt, Section

Field = Literal["text", "input", "reasoning", "output", "instruction", "marker", "schema"]


@dataclass(frozen=True, slots=True)
class Place:
    """One editable text of a prompt."""

    section: Section
    field: Field = "text"
    example: int | None = None
    """Index into the examples, for the few-shot section."""


def text_at(prompt: Prompt, place: Place) -> str:
    """The text at a place."""
    match place.section:
        case "examples":
            assert place.example is not None
            return str(getattr(prompt.examples[place.example], place.field))
        case "chain_of_thought" | "output_format":
            return str(getattr(getattr(prompt, place.section), place.field))
        case _:
            return str(getattr(prompt, place.section))


def with_text(prompt: Prompt, place: Place, text: str) -> Prompt:
    """The prompt with another text at a place; everything else is shared."""
    match place.section:
        case "examples":
            examples = list(prompt.examples)
            assert place.example is not None
            examples[place.example] = replace(examples[place.example], **{place.field: text})
            return replace(prompt, examples=tuple(examples))
        case "chain_of_thought" | "output_format":
            part = replace(getattr(prompt, place.section), **{place.field: text})
            return replace(prompt, **{place.section: part})
        case _:
            return replace(prompt, **{place.section: text})
