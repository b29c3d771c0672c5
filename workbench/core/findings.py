"""What a person should know of an experiment: figures, sentences, cases that changed and cases that waver."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from workbench.core.comparison import SIGNIFICANCE, sentence
from workbench.core.experiment import (
    Cell,
    CellRecord,
    Experiment,
    Outcome,
    Pairing,
    checks_of,
    compared_pairs,
    compares_with_first,
    outcome,
    pairings,
)


@dataclass(frozen=True, slots=True)
class Flaky:
    """A case whose repetitions came out differently."""

    cell: Cell
    """Its first failed answer."""
    passed: int
    tried: int


@dataclass(frozen=True, slots=True)
class Turned:
    """A case that came out differently in another column than in the baseline."""

    cell: Cell
    """The other column's answer: the first failed one, or the first where it is better now."""
    before: float
    """The share of the baseline's answers that passed."""
    now: float

    @property
    def worse(self) -> bool:
        """Whether it is a regression."""
        return self.now < self.before


@dataclass(frozen=True, slots=True)
class Findings:
    """An experiment, understood."""

    outcome: Outcome
    pairings: tuple[Pairing, ...]
    flaky: tuple[Flaky, ...]
    """In the order of columns and cases."""

    def sentences(self, *, decided: bool) -> tuple[str, ...]:
        """What the comparisons that are decided, or those that are not, come to; the surest first."""
        wanted = [pair for pair in self.pairings if pair.comparison.decided == decided]
        if wanted and not self.outcome.done:
            return ("No case was answered, so there is nothing to compare.",)
        ordered = sorted(wanted, key=lambda pair: pair.comparison.p)
        return tuple(said_of(pair, self.outcome) for pair in ordered)


def said_of(pair: Pairing, outcome: Outcome) -> str:
    """What a comparison comes to; a column that answered nothing is called that."""
    unanswered = {column.variant.id for column in outcome.columns if not column.done}
    match [variant.title for variant in (pair.first, pair.second) if variant.id in unanswered]:
        case [one]:
            return f"{one} answered no case, so it cannot be compared."
        case [one, other]:
            return f"{one} and {other} answered no case, so they cannot be compared."
        case _:
            return sentence(pair.comparison, pair.first.title, pair.second.title)


def is_checked(experiment: Experiment) -> bool:
    """Whether any answer is checked at all; without a check every answer passes, which says nothing."""
    return any(checks_of(experiment, case) for case in experiment.cases)


def findings(experiment: Experiment, records: Iterable[CellRecord]) -> Findings:
    """Sum an experiment up; with repetitions this takes up to a second for each two columns.

    Columns of which nothing is checked are not compared.
    """
    kept = tuple(records)
    compared = pairings(experiment, kept) if is_checked(experiment) else ()
    return Findings(outcome(experiment, kept), compared, _flaky(experiment, kept))


def correction(experiment: Experiment) -> str:
    """How the p-values of an experiment are to be read."""
    columns = len(experiment.variants)
    if not is_checked(experiment):
        return "No answer is checked. Give cases expected answers, or the experiment checks; or compare blind."
    if columns < 2:
        return "One column alone: there is nothing to compare it with."
    which = (
        "Each column is compared with the first one" if compares_with_first(experiment) else "Columns are compared"
    )
    test = "McNemar's exact test" if experiment.repeat == 1 else "a permutation test of the shares that passed"
    said = f"{which} on the cases that both answered, by {test}."
    if columns == 2:
        return f"{said} p is how likely so large a difference would be if both were equally good."
    pairs = len(compared_pairs(experiment))
    return (
        f"{said} The p-values are corrected for {pairs} comparisons (Holm): all of them together call a chance "
        f"difference real in at most {SIGNIFICANCE:.0%} of experiments."
    )


def turned(experiment: Experiment, records: Iterable[CellRecord], baseline: str, other: str) -> tuple[Turned, ...]:
    """Cases that passed in one column and not in the other, by most of their repetitions; regressions first."""
    wanted = {baseline, other}
    kept = tuple(record for record in records if record.cell.variant in wanted)
    grouped = _grouped(kept)
    found = []
    for case in experiment.cases:
        before, now = grouped.get((baseline, case.id)), grouped.get((other, case.id))
        if before and now:
            one = Turned(_telling(now), _share(before), _share(now))
            if (one.before >= 0.5) != (one.now >= 0.5):
                found.append(one)
    return tuple(sorted(found, key=lambda one: not one.worse))


def _flaky(experiment: Experiment, records: Iterable[CellRecord]) -> tuple[Flaky, ...]:
    if experiment.repeat == 1:
        return ()
    found = []
    for group in _grouped(records).values():
        passed = sum(_passed(record) for record in group)
        if 0 < passed < len(group):
            found.append(Flaky(_telling(group), passed, len(group)))
    return tuple(found)


def _grouped(records: Iterable[CellRecord]) -> dict[tuple[str, str], list[CellRecord]]:
    """What was judged, by column and case."""
    grouped: dict[tuple[str, str], list[CellRecord]] = {}
    for record in records:
        if record.state == "done" and record.judgement:
            grouped.setdefault((record.cell.variant, record.cell.case), []).append(record)
    return grouped


def _share(group: list[CellRecord]) -> float:
    return sum(map(_passed, group)) / len(group)


def _telling(group: list[CellRecord]) -> Cell:
    """The first answer that failed, or the first of all."""
    return next((record.cell for record in group if not _passed(record)), group[0].cell)


def _passed(record: CellRecord) -> bool:
    return bool(record.judgement and record.judgement.passed)
