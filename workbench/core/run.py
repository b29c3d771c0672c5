"""A run: one request, everything that went in and came out. Inserted once, never changed.

What a person thinks of it (rating, golden answer, preference) is kept beside it and may change.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Literal

from workbench.core.completion import GenerationConfig, Message, StopReason, Timings, Usage
from workbench.core.prompt import Prompt

Verdict = Literal["good", "bad"]


@dataclass(frozen=True, slots=True)
class Run:
    """One answer of one model to one rendered prompt; failed and stopped ones too."""

    id: str
    """Sorts by time: a UUID of version 7 as 32 hexadecimal digits."""
    created_at: datetime
    """UTC, when the request was sent."""
    prompt_id: str | None
    """The prompt in the library, or None for one that was never in it."""
    prompt_name: str
    version: str
    """The content id of `prompt`."""
    prompt: Prompt
    values: Mapping[str, str]
    messages: tuple[Message, ...]
    """As sent."""
    model: str
    """The model reference: `starter`, `local:PATH`, `PROFILE:MODEL`."""
    config: GenerationConfig
    text: str
    """The answer as the model wrote it, partial when it was stopped or failed."""
    reasoning: str
    """The model's own reasoning, where it came apart from the text."""
    stop_reason: StopReason
    usage: Usage | None = None
    timings: Timings = field(default_factory=Timings)
    cost: float | None = None
    """US dollars; None when the price is not known."""
    error: str | None = None
    """One sentence, when the stop reason is `error`."""
    details: Mapping[str, Any] = field(default_factory=dict)
    """JSON data: retries, error details, decoding mode, what the provider did not take."""
    case_id: str | None = None
    """The test case that the values came from."""


@dataclass(frozen=True, slots=True)
class Rating:
    """What a person thinks of a run."""

    verdict: Verdict | None = None
    score: int | None = None
    """1 to 5."""
    golden: str | None = None
    """The answer as it should have been; None when it was not edited."""
    note: str = ""
    rated_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Preference:
    """Of two runs of one input, the better one."""

    better: str
    worse: str
    """Run ids."""


@dataclass(frozen=True, slots=True)
class RatedRun:
    """A run with its rating, as lists and exports need them."""

    run: Run
    rating: Rating
