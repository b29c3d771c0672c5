"""The pass rates of an experiment from run to run, for the picture of its history."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime

from workbench.core.experiment import CellRecord, Experiment
from workbench.core.pictures.gallery import PastRun, past_run
from workbench.core.statistics import Estimate, pass_rate
from workbench.store import PassCounts


def past_runs(
    counts: Iterable[PassCounts], experiment: Experiment, records: Iterable[CellRecord]
) -> tuple[PastRun, ...]:
    """Runs in their order, numbered; of the experiment itself what its records say, which may be newer."""
    runs: dict[str, tuple[datetime, list[tuple[str, Estimate]]]] = {}
    for one in counts:
        _, rates = runs.setdefault(one.experiment_id, (one.created_at, []))
        rates.append((one.title, pass_rate(one.passed, one.cases)))
    own = past_run("", experiment, records)
    runs[experiment.id] = (experiment.created_at, list(own.rates))
    ordered = sorted((run for run in runs.values() if run[1]), key=lambda run: run[0])
    return tuple(PastRun(f"run {number}", tuple(rates)) for number, (_, rates) in enumerate(ordered, 1))
