"""How often each check of an experiment passed, column by column: what a column that fails, fails at."""

from __future__ import annotations

from collections import Counter
from collections.abc import Container, Iterable, Iterator
from dataclasses import dataclass

from workbench.core import check as checks
from workbench.core.asked_checks import ASKED
from workbench.core.case import Case
from workbench.core.check import Check, Verdict
from workbench.core.check_kinds import KINDS
from workbench.core.experiment import CellRecord, Experiment, checks_of

ALL_KINDS = {**KINDS, **ASKED}


@dataclass(frozen=True, slots=True)
class Rate:
    """How one check came out on the answers of one column."""

    judged: int
    """Answers that have a verdict, the undecided ones among them."""
    passed: int
    undecided: int
    """Verdicts that could not be had; they count as not passed."""

    @property
    def share(self) -> float:
        """Of the answers that have a verdict; 0 where there is none."""
        return self.passed / self.judged if self.judged else 0.0

    @property
    def said(self) -> str:
        """`83% (10 of 12), 2 undecided`; empty where nothing is judged."""
        undecided = f", {self.undecided:,} undecided" if self.undecided else ""
        return f"{self.share:.0%} ({self.passed:,} of {self.judged:,}){undecided}" if self.judged else ""


@dataclass(frozen=True, slots=True)
class CheckRates:
    """How one check came out."""

    title: str
    rates: tuple[Rate, ...]
    """In the order of the columns."""


_Row = tuple[int, str]
"""A check's place among those of the experiment, and its title; the cases' own come after them."""


def check_rates(experiment: Experiment, records: Iterable[CellRecord]) -> tuple[CheckRates, ...]:
    """The experiment's checks as they stand there, then those that cases have of their own.

    What at least half of the cases ask alike has a row, the others have one for each kind.
    """
    titles = Counter(checks.title(one, ALL_KINDS) for case in experiment.cases for one in case.checks)
    shared = frozenset(
        title for title, times in titles.items() if times > 1 and 2 * times >= len(experiment.cases)
    )
    rows_of = {case.id: tuple(_rows(experiment, case, shared)) for case in experiment.cases}
    found: dict[_Row, dict[str, list[Verdict]]] = {row: {} for rows in rows_of.values() for row in rows}
    for record in records:
        verdicts = record.judgement.verdicts if record.state == "done" and record.judgement else ()
        for row, verdict in zip(rows_of[record.cell.case], verdicts, strict=False):
            found[row].setdefault(record.cell.variant, []).append(verdict)
    return tuple(
        CheckRates(row[1], tuple(_rate(found[row].get(variant.id, [])) for variant in experiment.variants))
        for row in sorted(found, key=lambda row: row[0])
    )


def tells_more(found: Iterable[CheckRates]) -> bool:
    """Whether the checks say what the columns' pass rates do not: several, or one that could not be decided."""
    kept = tuple(found)
    return len(kept) > 1 or any(rate.undecided for one in kept for rate in one.rates)


def _rows(experiment: Experiment, case: Case, shared: Container[str]) -> Iterator[_Row]:
    common = len(experiment.checks)
    for place, one in enumerate(checks_of(experiment, case)):
        title = checks.title(one, ALL_KINDS)
        if place < common:
            yield place, title
        else:
            yield common, title if title in shared else _own_title(one)


def _own_title(check: Check) -> str:
    """What cases ask for alike; each asks it with a value of its own."""
    if check.name:
        return check.name
    title = ALL_KINDS[check.kind].title if check.kind in ALL_KINDS else check.kind
    return f"{'not ' if check.negated else ''}{title}"


def _rate(verdicts: list[Verdict]) -> Rate:
    passed = sum(one.passed for one in verdicts)
    return Rate(len(verdicts), passed, sum(not one.decided for one in verdicts))
