"""Everything that the verdict shows, computed in one go away from the UI thread."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from workbench.core.blind import BlindVote
from workbench.core.check_rates import check_rates, tells_more
from workbench.core.experiment import Cell, CellRecord, Experiment
from workbench.core.findings import Findings, correction, findings, is_checked, turned
from workbench.core.pictures.gallery import gallery
from workbench.core.pictures.palette import LIGHT, Palette
from workbench.core.pictures.svg import Picture
from workbench.core.run import Rating
from workbench.running.judge_agreement import agreements
from workbench.running.past_runs import past_runs
from workbench.running.report_cells import case_name
from workbench.running.report_parts import figure_texts
from workbench.store import PassCounts

Lines = tuple[tuple[Cell, str], ...]

FIGURES = ("Column", "Answered", "Failed", "Passed (95% interval)", "Mean score", "Mean time", "Cost", "Flaky")

_LONGEST_NAME = 160


@dataclass(frozen=True, slots=True)
class Question:
    """What is to be understood."""

    experiment: Experiment
    records: tuple[CellRecord, ...]
    history: tuple[PassCounts, ...]
    ratings: Mapping[str, Rating]
    """What the person thinks of its runs, by their ids."""
    votes: tuple[BlindVote, ...]
    baseline: str
    other: str
    """Ids of the variants whose cases are compared; equal for none."""
    palette: Palette


@dataclass(frozen=True, slots=True)
class Understood:
    """The answer."""

    question: Question
    checked: bool
    """Whether any answer is checked, so that there is something to compare."""
    done: int
    cells: int
    decided: tuple[str, ...]
    undecided: tuple[str, ...]
    correction: str
    rows: tuple[tuple[str, ...], ...]
    """Figures of the columns, see `FIGURES`."""
    checks: tuple[tuple[str, ...], ...]
    """How often each check passed, its name first, then column by column; empty where that says nothing more."""
    worse: Lines
    better: Lines
    flaky: Lines
    judges: tuple[str, ...]
    """How far each model that judges agrees with the person and with itself."""
    shown: tuple[Picture, ...]
    saved: tuple[Picture, ...]


def understand(question: Question) -> Understood:
    """Sum up, compare, draw: up to seconds for many columns with repetitions."""
    experiment, records = question.experiment, question.records
    found = findings(experiment, records)
    past = past_runs(question.history, experiment, records)
    checked = is_checked(experiment)
    changed = turned(experiment, records, question.baseline, question.other) if checked else ()
    names = {
        case.id: case_name(case, number, longest=_LONGEST_NAME) for number, case in enumerate(experiment.cases, 1)
    }
    return Understood(
        question=question,
        checked=checked,
        done=found.outcome.done,
        cells=found.outcome.cells,
        decided=found.sentences(decided=True),
        undecided=found.sentences(decided=False),
        correction=correction(experiment),
        rows=_rows(experiment, found),
        checks=_checks(experiment, records),
        worse=tuple((one.cell, names[one.cell.case]) for one in changed if one.worse),
        better=tuple((one.cell, names[one.cell.case]) for one in changed if not one.worse),
        flaky=_flaky(experiment, found, names),
        judges=tuple(
            f"{one.title} ({one.model}): {one.sentence}"
            for one in agreements(experiment, records, question.ratings, question.votes)
        ),
        shown=gallery(experiment, records, question.palette, past=past),
        saved=gallery(experiment, records, LIGHT, past=past),
    )


def _rows(experiment: Experiment, found: Findings) -> tuple[tuple[str, ...], ...]:
    rows = []
    for column in found.outcome.columns:
        flaky = (f"{len(column.flaky):,}",) if experiment.repeat > 1 else ()
        rows.append((column.variant.title, *figure_texts(column, checked=is_checked(experiment)), *flaky))
    return tuple(rows)


def _checks(experiment: Experiment, records: tuple[CellRecord, ...]) -> tuple[tuple[str, ...], ...]:
    found = check_rates(experiment, records)
    return tuple((one.title, *(rate.said for rate in one.rates)) for one in found) if tells_more(found) else ()


def _flaky(experiment: Experiment, found: Findings, names: dict[str, str]) -> Lines:
    titles = {variant.id: variant.title for variant in experiment.variants}
    return tuple(
        (
            one.cell,
            f"{one.passed} of {one.tried} passed   ·   {titles[one.cell.variant]}   ·   {names[one.cell.case]}",
        )
        for one in found.flaky
    )
