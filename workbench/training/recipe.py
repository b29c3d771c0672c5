"""A recipe: what of a rated run goes into a training row. It is stored with every export."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass, fields
from typing import Any, Literal, get_args

from workbench.core.run import Rating
from workbench.errors import UserError

FewShot = Literal["fold", "keep"]
SystemText = Literal["keep", "drop"]
Reasoning = Literal["answer_only", "in_content", "think_tags", "reasoning_content"]

GOOD_SCORE = 4
"""The least score that counts as good when a recipe names none."""


@dataclass(frozen=True, slots=True)
class Recipe:
    """How rows are made. The default suits most: the tuned model no longer needs the examples."""

    few_shot: FewShot = "fold"
    """`fold` leaves the example turns out; `keep` sends them along as turns that are not trained."""
    system: SystemText = "keep"
    """`drop` distils the prompt: the tuned model works without the system message."""
    reasoning: Reasoning = "answer_only"
    """The answer alone · everything as the model wrote it · reasoning in `<think>` tags before the answer ·
    reasoning in a `reasoning_content` of its own. Unless the text stays as it was written, the prompt's request
    for steps and a marker leaves the system message too: a row must not ask for what its answer does not do."""
    minimum_score: int | None = None
    """The least score, 1 to 5, of a run that has one; None takes 4, and every thumb up."""


_CHOICES: dict[str, tuple[str, ...]] = {
    "few_shot": get_args(FewShot),
    "system": get_args(SystemText),
    "reasoning": get_args(Reasoning),
}


def checked(recipe: Recipe) -> Recipe:
    """The same recipe, if every option is a known one. Raises UserError."""
    for name, known in _CHOICES.items():
        if getattr(recipe, name) not in known:
            raise UserError(
                f"The recipe's {name} is {getattr(recipe, name)!r}.", advice=f"Known: {', '.join(known)}."
            )
    score = recipe.minimum_score
    if score is not None and not (isinstance(score, int) and 1 <= score <= 5):
        raise UserError(f"The recipe's minimum_score is {score!r}; it must be a whole number from 1 to 5.")
    return recipe


def as_data(recipe: Recipe) -> dict[str, Any]:
    """The recipe as JSON data."""
    return asdict(recipe)


def from_data(data: Mapping[str, Any]) -> Recipe:
    """The inverse of `as_data`. Raises UserError on unknown options."""
    known = [f.name for f in fields(Recipe)]
    if unknown := sorted(set(data) - set(known)):
        raise UserError(f"Unknown option of a recipe: {', '.join(unknown)}.", advice=f"Known: {', '.join(known)}.")
    return checked(Recipe(**data))


def is_good(rating: Rating, recipe: Recipe) -> bool:
    """Whether a run's own answer may be learned from; a thumb down always says no."""
    if rating.verdict == "bad":
        return False
    if recipe.minimum_score is not None and rating.score is not None:
        return rating.score >= recipe.minimum_score
    return rating.verdict == "good" or (rating.score or 0) >= GOOD_SCORE


def standing(rating: Rating) -> tuple[int, int]:
    """Where a run stands among others of the same input; greater is better, equal is undecided."""
    good = is_good(rating, Recipe())
    bad = rating.verdict == "bad" or (rating.verdict is None and rating.score is not None and rating.score <= 2)
    return (1 if good else -1 if bad else 0, rating.score or 0)
