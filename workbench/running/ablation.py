"""From an ablation of a prompt to a plan, which is run, kept and shown like any other; and to its picture."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from workbench.core import ablation
from workbench.core.ablation import Ablated
from workbench.core.check import Check
from workbench.core.completion import GenerationConfig
from workbench.core.experiment import CellRecord, Experiment, outcome
from workbench.core.identifier import new_id
from workbench.core.model_reference import short_name
from workbench.core.pictures.curve import along
from workbench.core.pictures.palette import LIGHT, Palette
from workbench.core.pictures.rates import Row, rates
from workbench.core.pictures.svg import Picture
from workbench.core.plan import Column, Plan
from workbench.core.prompt import Prompt

TITLES = {"examples": "each example left out", "sections": "sections on and off", "shots": "0 to 8 shots"}


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
    label = f"{one.label} · {short_name(model)}" if named else one.label
    return Column(
        new_id(), None, model=model, config=one.config, label=label, prompt=one.prompt, prompt_name=subject.name
    )


# The picture


def picture(experiment: Experiment, records: Iterable[CellRecord], palette: Palette = LIGHT) -> Picture:
    """The curve along the shots or the parameter; for anything else a row for each column."""
    columns = outcome(experiment, records).columns
    if found := along(columns, palette, title=experiment.name):
        return found
    rows = [Row(one.variant.title, None if one.score is None else one.pass_rate) for one in columns]
    return rates(rows, palette, name="ablation", title=experiment.name)
