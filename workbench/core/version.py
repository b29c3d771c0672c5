"""Versions of a prompt: named by their content, compared section by section.

A version's id is the SHA-256 of the prompt's canonical JSON, so equal content is the same version wherever it
was written, and a run can name the content it was made from before anybody saved it.
"""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass
from datetime import datetime

from workbench.core.difference import Piece, word_diff
from workbench.core.prompt import SECTIONS, Example, Prompt, Section, as_data


def canonical(prompt: Prompt) -> str:
    """The one JSON text of a prompt: sorted keys, no spaces, everything but ASCII escaped.

    Escaping keeps lone surrogates and NUL storable; it is reversible.
    """
    return json.dumps(as_data(prompt), sort_keys=True, separators=(",", ":"), ensure_ascii=True)


def content_id(prompt: Prompt) -> str:
    """64 hexadecimal digits; the first 8 are enough to show."""
    return hashlib.sha256(canonical(prompt).encode("ascii")).hexdigest()


@dataclass(frozen=True, slots=True)
class PromptVersion:
    """A prompt's content at a point that somebody saved."""

    id: str
    """The content id."""
    prompt_id: str
    number: int
    """1, 2, 3 … within its prompt; for people."""
    prompt: Prompt
    parent: str | None
    """The version id that it was edited from."""
    message: str
    label: str
    """A name that moves, such as `production`; empty for none."""
    created_at: datetime


@dataclass(frozen=True, slots=True)
class SectionDiff:
    """How one section changed."""

    section: Section
    before: str
    after: str
    pieces: tuple[Piece, ...]

    @property
    def changed(self) -> bool:
        """Whether the section differs at all."""
        return self.before != self.after


def diff(before: Prompt, after: Prompt) -> tuple[SectionDiff, ...]:
    """Every section of two prompts, with their words marked; unchanged sections included."""
    texts = ((section, section_text(before, section), section_text(after, section)) for section in SECTIONS)
    return tuple(SectionDiff(section, old, new, word_diff(old, new)) for section, old, new in texts)


def section_text(prompt: Prompt, section: Section) -> str:
    """One section as text for reading and comparing."""
    chain, output = prompt.chain_of_thought, prompt.output_format
    match section:
        case "examples":
            return "\n\n".join(_example_text(n, example) for n, example in enumerate(prompt.examples, 1))
        case "chain_of_thought":
            return _chain_text(prompt)
        case "output_format":
            return "text" if output.kind == "text" else f"JSON\n{output.schema}".rstrip()
        case "system" | "context" | "user" | "prefill":
            return str(getattr(prompt, section))
    raise AssertionError(chain)


def _chain_text(prompt: Prompt) -> str:
    chain = prompt.chain_of_thought
    match chain.mode:
        case "off":
            return "off"
        case "model":
            return f"the model's own reasoning, effort {chain.effort}"
        case _:
            parting = f"marker {chain.marker}" if chain.parting == "marker" else chain.parting
            return f"{chain.mode}\n{chain.instruction}\nanswer parted by {parting}"


def _example_text(number: int, example: Example) -> str:
    off = "" if example.enabled else " (off)"
    reasoning = f"\nreasoning: {example.reasoning}" if example.reasoning else ""
    return f"{number}{off}\ninput: {example.input}{reasoning}\noutput: {example.output}"
