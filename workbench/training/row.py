"""What a trainer learns from: rows with one good answer, pairs with a better and a worse one."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from workbench.core.completion import Message
from workbench.training.recipe import Recipe

Kind = Literal["completion", "preference"]
"""One good answer · a better and a worse one."""

Origin = Literal["golden", "ratings", "preference"]
"""Why a pair is one: an edited answer against its original · two ratings of one input · a person's choice."""


@dataclass(frozen=True, slots=True)
class Row:
    """One input with the answer to learn."""

    input: tuple[Message, ...]
    """Up to and including the user's turn; assistant turns in it are examples and are not trained."""
    answer: Message
    run_id: str
    version: str
    """Content id of the prompt that the run was made with."""
    model: str
    golden: bool
    """Whether a person wrote the answer."""

    @property
    def run_ids(self) -> tuple[str, ...]:
        """The runs that the row comes from."""
        return (self.run_id,)

    @property
    def answers(self) -> tuple[Message, ...]:
        """What is trained on."""
        return (self.answer,)


@dataclass(frozen=True, slots=True)
class Pair:
    """One input with a chosen and a rejected answer."""

    input: tuple[Message, ...]
    chosen: Message
    rejected: Message
    run_ids: tuple[str, ...]
    """The run of the chosen answer, then that of the rejected one; one id when an answer was edited."""
    version: str
    """Content id of the prompt that the chosen answer was made with."""
    model: str
    """The model of the chosen answer."""
    origin: Origin

    @property
    def answers(self) -> tuple[Message, ...]:
        """What is trained on."""
        return (self.chosen, self.rejected)


@dataclass(frozen=True, slots=True)
class Refused:
    """A run that gave no row, with one sentence that says why."""

    run_id: str
    reason: str
    kind: Kind = "completion"


@dataclass(frozen=True, slots=True)
class TrainingSet:
    """All rows and pairs that a recipe makes of the rated runs."""

    recipe: Recipe
    rows: tuple[Row, ...]
    pairs: tuple[Pair, ...]
    refused: tuple[Refused, ...]
    not_good: int = 0
    """Runs that were looked at and are simply not rated good."""
