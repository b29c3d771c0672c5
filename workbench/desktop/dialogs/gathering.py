"""What an export would write, and the export itself: off the UI thread, with progress, and to be stopped.

Both read the workspace through a connection of their own, so that the window's own reads never wait behind
100,000 rated runs.
"""

from __future__ import annotations

import json
import threading
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field, replace
from itertools import islice
from pathlib import Path
from typing import TypeVar

from workbench.core.run import RatedRun
from workbench.errors import WorkbenchError
from workbench.store import Store
from workbench.training import (
    FORMATS,
    Exported,
    Format,
    Pair,
    Recipe,
    Refused,
    Row,
    TrainingSet,
    export,
    preview,
    rows,
)

T = TypeVar("T")

SHOWN_ROWS = 3


class Stopped(WorkbenchError):
    """The person cancelled; nothing was written."""


@dataclass(slots=True)
class Progress:
    """Counts what was done; written by the working thread, read by the window. Stopping it ends the work."""

    done: int = 0
    total: int = 0
    """0 while it is not known."""
    _stop: threading.Event = field(default_factory=threading.Event)

    def stop(self) -> None:
        """End the work at its next row."""
        self._stop.set()

    def stopped(self) -> bool:
        """Whether it was asked to end."""
        return self._stop.is_set()

    def step(self, of: T) -> T:
        """One more is done. Raises Stopped."""
        if self._stop.is_set():
            raise Stopped("The export was cancelled; nothing was written.")
        self.done += 1
        return of

    def counted(self, items: Iterable[T]) -> Iterator[T]:
        """The same items, counted as they pass."""
        return (self.step(item) for item in items)


@dataclass(frozen=True, slots=True)
class Preview:
    """What an export would write."""

    training_set: TrainingSet
    format: Format
    rows: int
    refused: tuple[Refused, ...]
    """Of this format's kind only."""
    text: str
    """The first rows as indented JSON."""

    @property
    def warnings(self) -> tuple[str, ...]:
        """What the trainer may object to."""
        if 0 < self.rows < self.format.fewest:
            return (f"{self.format.title} needs at least {self.format.fewest} rows; there are {self.rows}.",)
        if 0 < self.rows < 10:
            return (f"Only {self.rows}: a model learns little from fewer than 10.",)
        return ()


def gather(path: Path, wanted: str, recipe: Recipe, prompt_id: str | None, progress: Progress) -> Preview:
    """Read the rated runs of a workspace and make what a format would be given. Raises Stopped, WorkbenchError."""
    with Store.open(path, read_only=True) as store:
        rated: Iterator[RatedRun] = progress.counted(store.rated_runs(prompt_id=prompt_id))
        training_set = rows(rated, store.preferences(), recipe)
    chosen = FORMATS[wanted]
    first = islice(preview(training_set, chosen), SHOWN_ROWS)
    text = "\n\n".join(json.dumps(row, indent=2, ensure_ascii=False) for row in first)
    count = len(training_set.rows if chosen.kind == "completion" else training_set.pairs)
    refused = tuple(one for one in training_set.refused if one.kind == chosen.kind)
    return Preview(training_set, chosen, count, refused, text)


def write(found: Preview, folder: Path, workspace: str, progress: Progress) -> Exported:
    """Write what was found. Raises Stopped or UserError, and then nothing was written."""
    progress.total = found.rows
    return export(found.training_set, _watched(found.format, progress), folder, manifest={"workspace": workspace})


def _watched(chosen: Format, progress: Progress) -> Format:
    """The same format, counting the rows it writes."""
    of_row, of_pair = chosen.of_row, chosen.of_pair
    row = _counting(of_row, progress) if of_row else None
    pair = _counting(of_pair, progress) if of_pair else None
    return replace(chosen, of_row=row, of_pair=pair)


Item = TypeVar("Item", Row, Pair)


def _counting(make: Callable[[Item], T], progress: Progress) -> Callable[[Item], T]:
    return lambda item: progress.step(make(item))
