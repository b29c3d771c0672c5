"""Ablation: the same prompt with one thing taken away or turned at a time, to see what it is worth.

Pure: from a prompt and its parameters to labelled variants of them, the prompt as it is among them. Which of them
is better is an experiment's affair.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from typing import Any, Literal, get_args

from workbench.core.completion import PARAMETERS, WHOLE_NUMBERS, GenerationConfig, config_data, config_from
from workbench.core.prompt import SECTION_TITLES, ChainOfThought, OutputFormat, Prompt, Section
from workbench.errors import UserError

What = Literal["examples", "sections", "shots"]
WHATS: tuple[What, ...] = get_args(What)
"""Each example left out · each section off · the first 0, 1, 2 … examples only."""

MOST_SHOTS = 8
MOST_VALUES = 24
AS_IT_IS = "as it is"
"""The label of the column that the others are compared with."""

_SWEEPABLE = tuple(name for name in PARAMETERS if name not in ("stop", "logit_bias", "grammar", "logprobs"))


@dataclass(frozen=True, slots=True)
class Ablated:
    """A prompt and parameters with one thing changed."""

    label: str
    """What was changed, for a column's heading."""
    prompt: Prompt
    config: GenerationConfig
    at: float | None = None
    """Where it stands on the axis of a curve: shots, or the parameter's value; None where there is no axis."""


def ablated(what: str, prompt: Prompt, config: GenerationConfig) -> tuple[Ablated, ...]:
    """The variants of `examples`, `sections`, `shots` or `PARAMETER=VALUE,VALUE…`.

    Raises UserError for anything else, and where the prompt has nothing to take away.
    """
    name, equals, values = what.partition("=")
    if equals:
        return sweep(prompt, config, name.strip(), _numbers(name, values))
    makers: dict[str, Callable[[Prompt, GenerationConfig], tuple[Ablated, ...]]] = {
        "examples": without_examples,
        "sections": without_sections,
        "shots": shots,
    }
    if what not in makers:
        known = f"{', '.join(WHATS)}, or a parameter with its values such as temperature=0,0.5,1"
        raise UserError(f"{what!r} is nothing that can be ablated.", advice=f"Known: {known}.")
    return makers[what](prompt, config)


def without_examples(prompt: Prompt, config: GenerationConfig) -> tuple[Ablated, ...]:
    """Each enabled example left out, one at a time. Raises UserError without one."""
    enabled = _enabled(prompt)
    left_out = (
        Ablated(
            f"without example {number}", _with_examples(prompt, enabled[: number - 1] + enabled[number:]), config
        )
        for number in range(1, len(enabled) + 1)
    )
    return (Ablated(AS_IT_IS, prompt, config), *left_out)


def shots(prompt: Prompt, config: GenerationConfig, *, most: int = MOST_SHOTS) -> tuple[Ablated, ...]:
    """The first 0, 1, 2 … enabled examples, up to `most`. Raises UserError without one."""
    enabled = _enabled(prompt)
    return tuple(
        Ablated(
            f"{count} {'shot' if count == 1 else 'shots'}", _with_examples(prompt, enabled[:count]), config, count
        )
        for count in range(min(most, len(enabled)) + 1)
    )


def without_sections(prompt: Prompt, config: GenerationConfig) -> tuple[Ablated, ...]:
    """Each section that says something off, one at a time; the user section asks the question and stays.

    Raises UserError where there is no other.
    """
    off: dict[Section, dict[str, Any]] = {
        "system": {"system": ""},
        "context": {"context": ""},
        "examples": {"examples": ()},
        "chain_of_thought": {"chain_of_thought": ChainOfThought()},
        "prefill": {"prefill": ""},
        "output_format": {"output_format": OutputFormat()},
    }
    made = [
        Ablated(f"without {SECTION_TITLES[section].lower()}", replace(prompt, **change), config)
        for section, change in off.items()
        if _says_something(prompt, section)
    ]
    if not made:
        raise UserError(
            "The prompt has only its user section, so no section can be off.", advice="Write another one."
        )
    return (Ablated(AS_IT_IS, prompt, config), *made)


def sweep(prompt: Prompt, config: GenerationConfig, name: str, values: Iterable[float]) -> tuple[Ablated, ...]:
    """A parameter at each of these values. Raises UserError for one that there is not, or out of range."""
    if name not in _SWEEPABLE:
        raise UserError(
            f"{name!r} is no parameter that takes a number.", advice=f"Known: {', '.join(_SWEEPABLE)}."
        )
    kept = tuple(dict.fromkeys(values))
    if not 1 <= len(kept) <= MOST_VALUES:
        raise UserError(f"{name} has {len(kept)} values; between 1 and {MOST_VALUES} can be tried.")
    return tuple(Ablated(f"{name} {value:g}", prompt, _changed(config, name, value), value) for value in kept)


def _changed(config: GenerationConfig, name: str, value: float) -> GenerationConfig:
    if name in WHOLE_NUMBERS and not float(value).is_integer():
        raise UserError(f"{name} takes whole numbers, not {value:g}.")
    number = int(value) if name in WHOLE_NUMBERS else value
    return config_from({**config_data(config), name: number})


def _numbers(name: str, text: str) -> tuple[float, ...]:
    try:
        return tuple(float(part) for part in text.split(",") if part.strip())
    except ValueError:
        raise UserError(
            f"{text!r} are no values of {name.strip()}.",
            advice="Give numbers parted by commas: temperature=0,0.5,1.",
        ) from None


def _enabled(prompt: Prompt) -> tuple[Any, ...]:
    enabled = tuple(example for example in prompt.examples if example.enabled)
    if not enabled:
        raise UserError(
            "The prompt has no example that is on.", advice="Add few-shot examples, or ablate sections."
        )
    return enabled


def _with_examples(prompt: Prompt, examples: tuple[Any, ...]) -> Prompt:
    return replace(prompt, examples=examples)


def _says_something(prompt: Prompt, section: Section) -> bool:
    match section:
        case "examples":
            return any(example.enabled for example in prompt.examples)
        case "chain_of_thought":
            return prompt.chain_of_thought.mode != "off"
        case "output_format":
            return prompt.output_format.kind != "text"
        case _:
            return bool(str(getattr(prompt, section)).strip())
