"""All pictures of an experiment, those for which there is something to show."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from workbench.core.blind import Standing
from workbench.core.experiment import CellRecord, Column, Experiment, outcome
from workbench.core.findings import is_checked
from workbench.core.pictures import figures
from workbench.core.pictures.curve import along
from workbench.core.pictures.distribution import Spread, distribution
from workbench.core.pictures.history import Series, history
from workbench.core.pictures.palette import Palette
from workbench.core.pictures.rates import Row, rates
from workbench.core.pictures.svg import Picture
from workbench.core.pictures.tradeoff import Point, tradeoff
from workbench.core.statistics import Estimate

MOST_RUNS = 30
"""Earlier runs that the picture of the history goes back."""


@dataclass(frozen=True, slots=True)
class PastRun:
    """What an experiment came to, as the history shows it."""

    moment: str
    """What stands under it, such as `run 2`."""
    rates: tuple[tuple[str, Estimate], ...]
    """The titles of its columns with their pass rates."""


def past_run(moment: str, experiment: Experiment, records: Iterable[CellRecord]) -> PastRun:
    """The pass rates of the columns that have an answer."""
    columns = outcome(experiment, records).columns
    return PastRun(moment, tuple((one.variant.title, one.pass_rate) for one in columns if _is_judged(one)))


def gallery(
    experiment: Experiment, records: Sequence[CellRecord], palette: Palette, *, past: Sequence[PastRun] = ()
) -> tuple[Picture, ...]:
    """Pass rates, an ablation's curve, quality against cost and time, the history, how lengths and times spread.

    What nobody knows (a price, how many tokens, what passes where nothing is checked) or what is the same
    everywhere has no picture.
    """
    spreads = tuple(_distributions(experiment, records, palette))
    if not is_checked(experiment):
        return spreads
    columns = outcome(experiment, records).columns
    made = [rates([_row(experiment, column) for column in columns], palette)]
    if (curve := along(columns, palette)) is not None:
        made.append(curve)
    made += _tradeoffs(columns, palette)
    if len(past) > 1:
        made.append(_history(past[-MOST_RUNS:], palette))
    return (*made, *spreads)


def win_rates(experiment: Experiment, found: Standing, palette: Palette) -> Picture:
    """What blind votes came to."""
    titles = {variant.id: variant.title for variant in experiment.variants}
    rows = [
        Row(titles[place.variant], place.rate, f"{place.won} won, {place.lost} lost") for place in found.places
    ]
    said = "Share of the votes with a winner, with its exact 95% interval"
    if len(found.places) > 2:
        said = "Chance to win against one of the others (Bradley-Terry; an equal vote is half a win)"
    return rates(rows, palette, name="win-rates", title="Blind win rate", said=said, middle=0.5)


def _is_judged(column: Column) -> bool:
    return column.score is not None


def _row(experiment: Experiment, column: Column) -> Row:
    if not _is_judged(column):
        return Row(column.variant.title, None)
    answered = round(column.done / experiment.repeat)
    return Row(column.variant.title, column.pass_rate, figures.counted(answered, "case"))


def _tradeoffs(columns: Sequence[Column], palette: Palette) -> Iterator[Picture]:
    judged = [column for column in columns if _is_judged(column)]
    paid = [
        Point(one.variant.title, 1_000 * one.cost / one.done, one.pass_rate)
        for one in judged
        if one.cost is not None and one.done
    ]
    if len(paid) > 1 and any(point.price for point in paid):
        yield tradeoff(
            paid, palette, name="quality-cost", title="Quality against cost",
            axis="Estimated dollars for 1,000 answers", shown=figures.dollars,
        )  # fmt: skip
    timed = [
        Point(one.variant.title, one.latency_ms, one.pass_rate) for one in judged if one.latency_ms is not None
    ]
    if len(timed) > 1:
        yield tradeoff(
            timed, palette, name="quality-time", title="Quality against time",
            axis="Mean time of an answer", shown=figures.milliseconds,
        )  # fmt: skip


def _history(past: Sequence[PastRun], palette: Palette) -> Picture:
    titles = dict.fromkeys(title for run in past for title, _ in run.rates)
    known = [dict(run.rates) for run in past]
    series = [Series(title, tuple(rates.get(title) for rates in known)) for title in titles]
    return history([run.moment for run in past], series, palette)


def _distributions(experiment: Experiment, records: Sequence[CellRecord], palette: Palette) -> Iterator[Picture]:
    lengths: dict[str, list[float]] = {variant.id: [] for variant in experiment.variants}
    times: dict[str, list[float]] = {variant.id: [] for variant in experiment.variants}
    for record in records:
        if record.state == "done" and record.usage is not None:
            lengths[record.cell.variant].append(record.usage.completion_tokens)
        if record.state == "done" and record.total_ms is not None and not record.cached:
            times[record.cell.variant].append(record.total_ms)
    if spreads := _spreads(experiment, lengths):
        yield distribution(
            spreads, palette, name="lengths", title="Length of the answers", axis="Tokens", shown=figures.tokens
        )
    if spreads := _spreads(experiment, times):
        yield distribution(
            spreads, palette, name="times", title="Time of the answers", axis="Time until an answer was complete",
            shown=figures.milliseconds,
        )  # fmt: skip


def _spreads(experiment: Experiment, values: dict[str, list[float]]) -> list[Spread]:
    return [Spread(one.title, tuple(values[one.id])) for one in experiment.variants if values[one.id]]
