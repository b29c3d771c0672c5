"""Rated runs as the store would hand them over."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from workbench.core.completion import GenerationConfig, StopReason
from workbench.core.identifier import new_id
from workbench.core.prompt import Example, Prompt
from workbench.core.rendering import render
from workbench.core.run import RatedRun, Rating, Run
from workbench.core.version import content_id

PROMPT = Prompt(
    system="Name the capital.",
    examples=(Example("Norway", "Oslo"), Example("Peru", "Lima"), Example("off", "off", enabled=False)),
    user="{{country}}",
)
"""A prompt with every part that a recipe treats in a way of its own, but reasoning."""

GOOD = Rating(verdict="good")
BAD = Rating(verdict="bad")


def rated(
    text: str = "Paris",
    rating: Rating = GOOD,
    *,
    prompt: Prompt = PROMPT,
    stop_reason: StopReason = "stop",
    reasoning: str = "",
    run_id: str | None = None,
    **values: str,
) -> RatedRun:
    """A run of `prompt` with the given answer, and its rating. Values default to the country France."""
    given = values or {"country": "France"}
    run = Run(
        id=run_id or new_id(),
        created_at=datetime.now(UTC),
        prompt_id="p",
        prompt_name="Capitals",
        version=content_id(prompt),
        prompt=prompt,
        values=given,
        messages=render(prompt, given).messages,
        model="echo:test",
        config=GenerationConfig(),
        text=text,
        reasoning=reasoning,
        stop_reason=stop_reason,
    )
    return RatedRun(run, rating)


def golden(text: str, **more: Any) -> Rating:
    """A rating with an edited answer."""
    return Rating(golden=text, **more)
