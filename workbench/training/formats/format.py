"""A format: how rows or pairs are written for one family of trainers."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

from workbench.core.completion import Message
from workbench.training.row import Kind, Pair, Row, TrainingSet


@dataclass(frozen=True, slots=True)
class Format:
    """One kind of training file. Exactly one of `of_row` and `of_pair` is given."""

    name: str
    """As in the command line."""
    title: str
    """For people."""
    of_row: Callable[[Row], dict[str, Any]] | None = None
    of_pair: Callable[[Pair], dict[str, Any]] | None = None
    suffix: str = ".jsonl"
    fewest: int = 1
    """Fewer rows than this make the trainer refuse the file; worth a warning."""

    @property
    def kind(self) -> Kind:
        """Whether it takes single answers or pairs."""
        return "preference" if self.of_pair else "completion"

    @property
    def file_name(self) -> str:
        """`train` is the name by which loaders find the split."""
        return f"train{self.suffix}"

    def written(self, training_set: TrainingSet) -> Iterator[tuple[Row | Pair, dict[str, Any]]]:
        """Every row or pair with its JSON data."""
        if self.of_row:
            yield from ((row, self.of_row(row)) for row in training_set.rows)
        if self.of_pair:
            yield from ((pair, self.of_pair(pair)) for pair in training_set.pairs)


def message_data(message: Message) -> dict[str, Any]:
    """A message as chat templates and OpenAI-compatible trainers know it."""
    data: dict[str, Any] = {"role": message.role, "content": message.content}
    if message.reasoning:
        data["reasoning_content"] = message.reasoning
    return data
