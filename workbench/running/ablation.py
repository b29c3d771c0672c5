"""From an ablation of a prompt to a plan, which is run, kept and shown like any other; and to its picture."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass

from workbench.core import ablation
from workbench.core.ablation import Ablated
from workbench.core.check import Check
from workbench.core.completion import PARAMETERS, GenerationConfig
from workbench.core.experiment import CellRecord, Experiment, outcome
from workbench.core.identifier import new_id
from workbench.core.pictures.curve import Stop, curve
from workbench.core.pictures.palette import LIGHT, Palette
from workbench.core.pictures.rates import Row, rates
from workbench.core.pictures.svg import Picture
from workbench.core.plan import Column, Plan
from workbench.core.prompt import Prompt
from workbench.core.statistics import Estimate

TITLES = {"examples": "each example left out", "sections": "sections on and off", "shots": "0 to 8 shots"}

_ON_AN_AXIS = re.compile(rf"\A(?:(\d+) shots?|({'|'.join(PARAMETERS)}) (-?[\d.e+-]+))(?: · .*)?\Z")
"""Headings of columns that stand along an axis: `3 shots`, `temperature 0.5`; the model may follow."""


@dataclass(frozen=True, slots=True)
class Subject:
    """A prompt of the library in one of its states."""

    prompt: Prompt
    config: GenerationConfig
    name: str
    prompt_id: str | None = None


def plan(
    subject: Subject,
    what: str,
    models: Iterable[str],
    *,
    test_set_id: str,
    checks: tuple[Check, ...] = (),
    repeat: int = 1,
) -> Plan:
    """The plan of an ablation on each of these models. Raises UserError where there is nothing to ablate."""
    variants = ablation.ablated(what, subject.prompt, subject.config)
    chosen = tuple(dict.fromkeys(models))
    columns = tuple(_column(subject, one, model, named=len(chosen) > 1) for model in chosen for one in variants)
    name = f"{subject.name}: {TITLES.get(what, what.partition('=')[0].strip())}"
    return Plan(new_id(), name, columns, test_set_id, checks=checks, repeat=repeat)


def _column(subject: Subject, one: Ablated, model: str, *, named: bool) -> Column:
    from workbench.core.model_reference import short_name

    label = f"{one.label} · {short_name(model)}" if named else one.label
    return Column(
        new_id(), None, model=model, config=one.config, label=label, prompt=one.prompt, prompt_name=subject.name
    )


# The picture


def picture(experiment: Experiment, records: Iterable[CellRecord], palette: Palette = LIGHT) -> Picture:
    """The curve along the shots or the parameter; for anything else a row for each column."""
    columns = outcome(experiment, records).columns
    known = [(column.variant.title, column.pass_rate if column.score is not None else None) for column in columns]
    axis, stops = _along_an_axis(known)
    if axis:
        return curve(stops, palette, axis=axis, name="ablation", title=experiment.name)
    rows = [Row(title, rate) for title, rate in known]
    return rates(rows, palette, name="ablation", title=experiment.name)


def _along_an_axis(known: list[tuple[str, Estimate | None]]) -> tuple[str, list[Stop]]:
    """The axis's name and the stops on it; no name where the columns do not stand on one axis, of one model."""
    axes, stops = set(), []
    for title, rate in known:
        match = _ON_AN_AXIS.match(title)
        axes.add("" if match is None else match.group(2) or "Shots")
        if match:
            stops.append(Stop(float(match.group(1) or match.group(3)), rate))
    one_each = len({stop.at for stop in stops}) == len(known)
    return (axes.pop(), stops) if len(axes) == 1 and one_each and len(known) > 1 else ("", [])
