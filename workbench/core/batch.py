"""A batch: cells of an experiment that a provider answers when it has time, for less money."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from workbench.core.experiment import Cell

BatchState = Literal["begun", "sent", "ended", "cancelled"]
"""Not known to be at the server · at work there · its answers are in the store · given up by the person."""


@dataclass(frozen=True, slots=True)
class Batch:
    """One file of requests at a provider's batch API."""

    id: str
    """Ours; it names the uploaded file, so that a program that was killed finds its batch again."""
    experiment_id: str
    profile: str
    cells: tuple[tuple[str, Cell], ...]
    """Each cell by the id of the run that its answer becomes, which is the request's `custom_id` too."""
    state: BatchState = "begun"
    input_file: str = ""
    remote_id: str = ""
    """The server's names for the file and the batch; empty until they are known."""
