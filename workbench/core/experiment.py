"""Experiments: variants as columns, cases as rows, and what came out of every cell."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from itertools import combinations
from typing import Literal

from workbench.core import statistics
from workbench.core.ablation import AS_IT_IS
from workbench.core.case import Case
from workbench.core.check import Check, Judgement
from workbench.core.comparison import Comparison, compare_passes, compare_scores, correct
from workbench.core.completion import GenerationConfig, StopReason, Usage
from workbench.core.identifier import new_id
from workbench.core.model_reference import short_name
from workbench.core.prompt import Prompt
from workbench.core.statistics import Estimate
from workbench.errors import UserError

MOST_CELLS = 1_000_000
MOST_REPETITIONS = 1_000


@dataclass(frozen=True, slots=True)
class Variant:
    """A column: a prompt's content on a model with its parameters."""

    id: str
    """Unique within its experiment."""
    prompt: Prompt
    model: str
    """A model reference."""
    config: GenerationConfig = field(default_factory=GenerationConfig)
    label: str = ""
    """The heading; empty shows the prompt's name and the model."""
    prompt_id: str | None = None
    prompt_name: str = ""

    @property
    def title(self) -> str:
        """The heading that is shown."""
        return self.label or " · ".join(filter(None, (self.prompt_name, short_name(self.model))))


@dataclass(frozen=True, slots=True)
class Experiment:
    """Variants on cases. Never changed once it was run; its cells fill."""

    id: str
    name: str
    variants: tuple[Variant, ...]
    cases: tuple[Case, ...]
    checks: tuple[Check, ...] = ()
    """Asked of every case, besides the case's own."""
    repeat: int = 1
    """How often each variant answers each case."""
    created_at: datetime = field(default_factory=lambda: datetime.now(UTC))
    source: str = ""
    """The suite file or test set that it was made from."""


@dataclass(frozen=True, slots=True)
class Cell:
    """One answer that an experiment wants."""

    variant: str
    """The variant's id."""
    case: str
    """The case's id."""
    repetition: int = 0
    """0, 1 … below the experiment's repeat."""


CellState = Literal["waiting", "done", "failed"]
"""Has no answer yet · has one · ended in an error or broke off."""


@dataclass(frozen=True, slots=True)
class CellRecord:
    """A cell with its answer, as far as there is one; the answer itself is the run's."""

    cell: Cell
    run_id: str | None = None
    cached: bool = False
    """The run was made for another cell or experiment, from the same request."""
    state: CellState = "waiting"
    judgement: Judgement | None = None
    """None where nobody has judged it yet."""
    stop_reason: StopReason | None = None
    error: str | None = None
    total_ms: float | None = None
    usage: Usage | None = None
    cost: float | None = None


def checked(experiment: Experiment) -> Experiment:
    """The same experiment, if it can be run. Raises UserError."""
    if not experiment.name.strip():
        raise UserError("The name of an experiment is empty.", advice="Give it a name.")
    for what, named in (("variant", experiment.variants), ("case", experiment.cases)):
        if not named:
            raise UserError(f"The experiment {experiment.name!r} has no {what}.")
        identifier, times = Counter(one.id for one in named).most_common(1)[0]
        if times > 1:
            raise UserError(f"Two {what}s of the experiment {experiment.name!r} have the id {identifier!r}.")
    if not 1 <= experiment.repeat <= MOST_REPETITIONS:
        raise UserError(f"repeat is {experiment.repeat}; it lies between 1 and {MOST_REPETITIONS:,}.")
    if (count := size(experiment)) > MOST_CELLS:
        raise UserError(f"The experiment would have {count:,} cells; at most {MOST_CELLS:,} are run.")
    return experiment


def size(experiment: Experiment) -> int:
    """How many cells it has."""
    return len(experiment.variants) * len(experiment.cases) * experiment.repeat


def expand(experiment: Experiment) -> Iterator[Cell]:
    """All cells, those that share the beginning of their prompts next to each other: variant, case, repetition."""
    for variant in experiment.variants:
        for case in experiment.cases:
            for repetition in range(experiment.repeat):
                yield Cell(variant.id, case.id, repetition)


def checks_of(experiment: Experiment, case: Case) -> tuple[Check, ...]:
    """What the answers to a case are checked for; an expected answer that no check speaks of has to be met."""
    checks = (*experiment.checks, *case.checks)
    return checks or ((Check("equals"),) if case.expected else ())


def variant_id() -> str:
    """An id for a new variant."""
    return new_id()


# What came out


@dataclass(frozen=True, slots=True)
class Column:
    """What came out of one variant."""

    variant: Variant
    cells: int
    done: int
    failed: int
    passed: int
    """Cells whose answer passed."""
    pass_rate: Estimate
    """Of the cases that have an answer; repetitions of a case count as one, by their share of passes."""
    score: float | None
    """Mean of the cells' scores; None where nothing is judged."""
    flaky: tuple[str, ...]
    """Ids of the cases whose repetitions came out differently."""
    latency_ms: float | None
    """Mean time of an answer that was made for this experiment; None where there is none."""
    cost: float | None
    """US dollars of all its answers; None where a price is not known."""
    completion_tokens: int


@dataclass(frozen=True, slots=True)
class Pairing:
    """Two columns on the cases that both have an answer to."""

    first: Variant
    second: Variant
    comparison: Comparison


@dataclass(frozen=True, slots=True)
class Outcome:
    """What came out of an experiment so far."""

    cells: int
    done: int
    failed: int
    passed: int
    columns: tuple[Column, ...]


MOST_COMPARED = 5
"""Columns of which every two are compared; of more each is held against the first, or nobody could read it."""


def outcome(experiment: Experiment, records: Iterable[CellRecord]) -> Outcome:
    """Sum an experiment up."""
    by_variant = _by_variant(experiment, records)
    columns = tuple(_column(experiment, variant, by_variant[variant.id]) for variant in experiment.variants)
    return Outcome(
        cells=size(experiment),
        done=sum(column.done for column in columns),
        failed=sum(column.failed for column in columns),
        passed=sum(column.passed for column in columns),
        columns=columns,
    )


def pairings(experiment: Experiment, records: Iterable[CellRecord]) -> tuple[Pairing, ...]:
    """Compare the columns, every two or each with the first one, their p-values corrected for being many.

    With repetitions this draws many samples: up to a second for a pair and a thousand cases.
    """
    shares = {variant: _shares(kept) for variant, kept in _by_variant(experiment, records).items()}
    pairs = compared_pairs(experiment)
    comparisons = correct([_compared(experiment, shares[a.id], shares[b.id], among=len(pairs)) for a, b in pairs])
    return tuple(Pairing(a, b, comparison) for (a, b), comparison in zip(pairs, comparisons, strict=True))


def compared_pairs(experiment: Experiment) -> list[tuple[Variant, Variant]]:
    """Which columns are compared: every two, or each with the first one."""
    if compares_with_first(experiment):
        return [(experiment.variants[0], other) for other in experiment.variants[1:]]
    return list(combinations(experiment.variants, 2))


def compares_with_first(experiment: Experiment) -> bool:
    """Whether columns are compared with the first one only: the prompt as it is, or where there are too many."""
    return len(experiment.variants) > MOST_COMPARED or experiment.variants[0].label == AS_IT_IS


def _by_variant(experiment: Experiment, records: Iterable[CellRecord]) -> dict[str, list[CellRecord]]:
    by_variant: dict[str, list[CellRecord]] = {variant.id: [] for variant in experiment.variants}
    for record in records:
        by_variant[record.cell.variant].append(record)
    return by_variant


def _column(experiment: Experiment, variant: Variant, records: list[CellRecord]) -> Column:
    done = [record for record in records if record.state == "done"]
    judged = [record.judgement for record in done if record.judgement]
    shares = _shares(records)
    own = [record.total_ms for record in done if record.total_ms is not None and not record.cached]
    costs = [record.cost for record in done]
    return Column(
        variant=variant,
        cells=len(experiment.cases) * experiment.repeat,
        done=len(done),
        failed=sum(record.state == "failed" for record in records),
        passed=sum(judgement.passed for judgement in judged),
        pass_rate=statistics.pass_rate(sum(shares.values()), len(shares)),
        score=sum(judgement.score for judgement in judged) / len(judged) if judged else None,
        flaky=tuple(case for case, share in shares.items() if 0 < share < 1),
        latency_ms=sum(own) / len(own) if own else None,
        cost=None if None in costs else sum(cost for cost in costs if cost is not None),
        completion_tokens=sum(record.usage.completion_tokens for record in done if record.usage),
    )


def _shares(records: Iterable[CellRecord]) -> dict[str, float]:
    """The share of passes of every case that was judged."""
    passes: dict[str, list[bool]] = {}
    for record in records:
        if record.state == "done" and record.judgement:
            passes.setdefault(record.cell.case, []).append(record.judgement.passed)
    return {case: sum(kept) / len(kept) for case, kept in passes.items()}


def _compared(
    experiment: Experiment, first: Mapping[str, float], second: Mapping[str, float], *, among: int
) -> Comparison:
    """On the cases that both answered; with repetitions by the shares of passes, since those are no yes or no."""
    common = [case.id for case in experiment.cases if case.id in first and case.id in second]
    if experiment.repeat == 1:
        passes = [[shares[case] == 1 for case in common] for shares in (first, second)]
        return compare_passes(*passes, among=among)
    shares_of = [[shares[case] for case in common] for shares in (first, second)]
    return compare_scores(*shares_of, measure="shares", among=among)
