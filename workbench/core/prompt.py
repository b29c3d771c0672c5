"""A prompt as a value: sections, examples, chain of thought, output format.

A prompt is immutable; an edit is `dataclasses.replace`. Its canonical JSON (`as_data`) is what is stored,
hashed and exchanged, so a field is only ever added with a default that means "as before".
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass, field, fields
from typing import Any, Literal, TypeVar, get_args

from workbench.errors import UserError

ChainOfThoughtMode = Literal["off", "instruction", "examples", "model"]
"""off · ask for steps · show the reasoning in the examples too · let a reasoning model think by itself."""

AnswerParting = Literal["none", "marker", "tags"]
"""How the answer is told from the reasoning: not at all · after the last marker line · inside <answer> tags."""

Effort = Literal["minimal", "low", "medium", "high"]
OutputKind = Literal["text", "json"]
Section = Literal["system", "context", "examples", "chain_of_thought", "user", "prefill", "output_format"]

SECTIONS: tuple[Section, ...] = get_args(Section)
"""All sections, in the order in which they are shown and sent."""

SECTION_TITLES: dict[Section, str] = {
    "system": "System",
    "context": "Context",
    "examples": "Few-shot",
    "chain_of_thought": "Chain of thought",
    "user": "User",
    "prefill": "Assistant prefill",
    "output_format": "Output format",
}

VARIABLE = re.compile(r"(?<!\\)\{\{\s*([A-Za-z_][A-Za-z0-9_.\-]*)\s*\}\}")
"""`{{name}}`; a backslash before it (`\\{{name}}`) keeps it as text. Anything else in braces is text."""

DEFAULT_INSTRUCTION = "Think step by step before you answer."


@dataclass(frozen=True, slots=True)
class Example:
    """One few-shot example: what comes in, what a good answer looks like."""

    input: str = ""
    output: str = ""
    reasoning: str = ""
    """Shown before the output when the chain of thought is shown in the examples."""
    enabled: bool = True


@dataclass(frozen=True, slots=True)
class ChainOfThought:
    """Whether and how the model reasons before it answers."""

    mode: ChainOfThoughtMode = "off"
    instruction: str = DEFAULT_INSTRUCTION
    """The sentence asked of the model in the modes `instruction` and `examples`."""
    effort: Effort = "medium"
    """How hard a reasoning model thinks, in the mode `model`."""
    parting: AnswerParting = "marker"
    marker: str = "Answer:"
    """The text after which the answer stands, when `parting` is `marker`."""


@dataclass(frozen=True, slots=True)
class OutputFormat:
    """What the answer has to look like."""

    kind: OutputKind = "text"
    schema: str = ""
    """A JSON schema as the person typed it; empty means any JSON."""


@dataclass(frozen=True, slots=True)
class Prompt:
    """Everything a prompt engineer writes; rendering fills the variables in."""

    system: str = ""
    context: str = ""
    examples: tuple[Example, ...] = ()
    chain_of_thought: ChainOfThought = field(default_factory=ChainOfThought)
    user: str = ""
    prefill: str = ""
    output_format: OutputFormat = field(default_factory=OutputFormat)


def variables(prompt: Prompt) -> tuple[str, ...]:
    """Names of all `{{variables}}` that are sent, in the order of their first appearance."""
    seen: dict[str, None] = {}
    for text in _templates(prompt):
        for match in VARIABLE.finditer(text):
            seen.setdefault(match.group(1))
    return tuple(seen)


def _templates(prompt: Prompt) -> tuple[str, ...]:
    chain = prompt.chain_of_thought
    asked = (chain.instruction,) if chain.mode in ("instruction", "examples") else ()
    shown = tuple(text for example in prompt.examples if example.enabled for text in _shown(example, chain))
    return (prompt.system, prompt.context, *shown, *asked, prompt.user, prompt.prefill)


def _shown(example: Example, chain: ChainOfThought) -> tuple[str, ...]:
    reasoning = (example.reasoning,) if chain.mode == "examples" else ()
    return (example.input, *reasoning, example.output)


def as_data(prompt: Prompt) -> dict[str, Any]:
    """The prompt as plain JSON data; `from_data` is its inverse."""
    chain, output = prompt.chain_of_thought, prompt.output_format
    return {
        "system": prompt.system,
        "context": prompt.context,
        "examples": [_plain(example) for example in prompt.examples],
        "chain_of_thought": _plain(chain),
        "user": prompt.user,
        "prefill": prompt.prefill,
        "output_format": _plain(output),
    }


def from_data(data: Any) -> Prompt:
    """A prompt from JSON data; unknown keys and wrong types are refused with the key's name.

    Raises UserError.
    """
    if not isinstance(data, dict):
        raise UserError(f"A prompt must be a JSON object, not {type(data).__name__}.")
    known = {f.name for f in fields(Prompt)}
    if unknown := sorted(set(data) - known):
        raise UserError(f"Unknown part of a prompt: {', '.join(map(str, unknown))}.", advice=_known(known))
    examples = data.get("examples", [])
    if not isinstance(examples, list):
        raise UserError("The examples of a prompt must be a list.")
    texts = {name: _text(data, name) for name in ("system", "context", "user", "prefill")}
    return Prompt(
        examples=tuple(_value(Example, item, "example") for item in examples),
        chain_of_thought=_value(ChainOfThought, data.get("chain_of_thought", {}), "chain of thought"),
        output_format=_value(OutputFormat, data.get("output_format", {}), "output format"),
        **texts,
    )


_CHOICES: dict[str, tuple[str, ...]] = {
    "mode": get_args(ChainOfThoughtMode),
    "parting": get_args(AnswerParting),
    "effort": get_args(Effort),
    "kind": get_args(OutputKind),
}


def _plain(value: Any) -> dict[str, Any]:
    return {f.name: getattr(value, f.name) for f in fields(value)}


T = TypeVar("T", Example, ChainOfThought, OutputFormat)


def _value(kind: type[T], data: Any, what: str) -> T:
    if not isinstance(data, dict):
        raise UserError(f"The {what} must be a JSON object, not {type(data).__name__}.")
    known = {f.name for f in fields(kind)}
    if unknown := sorted(set(data) - known):
        raise UserError(f"Unknown part of the {what}: {', '.join(map(str, unknown))}.", advice=_known(known))
    for name, given in data.items():
        wanted = bool if name == "enabled" else str
        if not isinstance(given, wanted):
            raise UserError(f"{name!r} of the {what} must be {_NAMES[wanted]}, not {given!r}.")
        if name in _CHOICES and given not in _CHOICES[name]:
            raise UserError(f"{name!r} of the {what} is {given!r}.", advice=_known(_CHOICES[name]))
    return kind(**data)


_NAMES = {bool: "true or false", str: "text"}


def _text(data: dict[str, Any], name: str) -> str:
    value = data.get(name, "")
    if not isinstance(value, str):
        raise UserError(f"{name!r} of a prompt must be text, not {value!r}.")
    return value


def _known(names: Iterable[str]) -> str:
    return f"Known: {', '.join(sorted(names))}."
