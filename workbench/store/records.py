"""What the store answers with, where core has no word for it: rows of lists, and what a write changed."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Literal

from workbench.core.completion import GenerationConfig, StopReason, Usage
from workbench.core.prompt import Prompt
from workbench.core.run import Verdict

ChangeKind = Literal[
    "prompt",
    "version",
    "run",
    "rating",
    "test_set",
    "plan",
    "experiment",
    "vote",
    "profile",
    "setting",
    "local_model",
    "trusted_file",
]

RunFilter = Literal["all", "good", "bad", "golden", "failed"]
"""All runs · thought good (verdict good, or 4 and 5 without one) · thought bad (verdict bad, or 1 and 2 without
one) · with a golden answer · ended by an error."""

HitKind = Literal["prompt", "version", "case", "run"]


@dataclass(frozen=True, slots=True)
class Changed:
    """One thing that a committed write made or changed."""

    kind: ChangeKind
    id: str
    """The id of a prompt, version, run, test set, plan or experiment; the name of a profile or setting; a path."""


@dataclass(frozen=True, slots=True)
class PromptSummary:
    """A prompt as a line of the library."""

    id: str
    name: str
    versions: int
    label: str
    """The label of its newest labelled version; empty for none."""
    updated_at: datetime
    description: str = ""


@dataclass(frozen=True, slots=True)
class PromptRecord:
    """A prompt as the editor opens it: the draft with the values and parameters last used on it."""

    id: str
    name: str
    description: str
    prompt: Prompt
    """The draft."""
    values: Mapping[str, str]
    config: GenerationConfig
    base_version: str | None
    """The version that the draft was edited from."""
    updated_at: datetime
    archived: bool = False


@dataclass(frozen=True, slots=True)
class RunSummary:
    """A run as a line of the history."""

    id: str
    created_at: datetime
    prompt_id: str | None
    prompt_name: str
    model: str
    excerpt: str
    """The first words of the answer, on one line."""
    stop_reason: StopReason
    error: str | None
    verdict: Verdict | None
    score: int | None
    has_golden: bool
    total_ms: float
    usage: Usage | None = field(default=None)


@dataclass(frozen=True, slots=True)
class ExperimentSummary:
    """An experiment as a line of a list."""

    id: str
    name: str
    created_at: datetime
    source: str
    variants: int
    cells: int
    done: int
    failed: int
    passed: int
    plan_id: str | None = None
    """The plan that it was made from, where there is one."""


@dataclass(frozen=True, slots=True)
class TestSetSummary:
    """A test set as a line of the library."""

    __test__ = False  # not a test class, whatever pytest thinks of the name

    id: str
    name: str
    cases: int
    prompt_id: str | None


@dataclass(frozen=True, slots=True)
class PlanSummary:
    """A plan as a line of the library."""

    id: str
    name: str
    runs: int
    """How many experiments were made of it."""
    last: ExperimentSummary | None
    """The newest of them."""


@dataclass(frozen=True, slots=True)
class UsualAnswer:
    """What an answer of a model has been like lately."""

    completion_tokens: float
    """Mean; 0 where nobody counted."""
    total_ms: float
    """Mean."""
    busy_ms: float = 0.0
    """Mean of what each added to the time in which the model answered at all; less than the total where several
    answers were under way at once, or waited for each other."""
    fresh_tokens: float = 0.0
    """Mean of the prompts' tokens that had to be read."""

    @property
    def at_once(self) -> float:
        """How many answers were under way at a time."""
        return self.total_ms / self.busy_ms if self.busy_ms else 1.0


@dataclass(frozen=True, slots=True)
class Hit:
    """A thing that a search over the whole workspace found."""

    kind: HitKind
    id: str
    """The prompt id, version id, case id or run id."""
    owner: str
    """The prompt id of a prompt, version or run (may be empty), the test set id of a case."""
    title: str
    excerpt: str
    """The words around the first thing found, on one line."""
