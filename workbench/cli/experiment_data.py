"""Experiments as JSON, as a table and as JUnit."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any
from xml.etree import ElementTree as Xml

from workbench.core.check import verdict_data
from workbench.core.check_rates import check_rates, tells_more
from workbench.core.experiment import CellRecord, Column, Experiment, outcome, pairings
from workbench.core.findings import findings, said_of
from workbench.core.money import estimated
from workbench.errors import UserError

_UNFIT = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
"""Characters that XML 1.0 has no place for."""


def experiment_data(
    experiment: Experiment, records: tuple[CellRecord, ...], unsupported: Iterable[str] = ()
) -> dict[str, Any]:
    """An experiment as the documented JSON object."""
    found = outcome(experiment, records)
    return {
        "id": experiment.id,
        "name": experiment.name,
        "source": experiment.source,
        "cells": found.cells,
        "done": found.done,
        "failed": found.failed,
        "passed": found.passed,
        "columns": [_column(column) for column in found.columns],
        "comparisons": [
            {
                "first": pair.first.title,
                "second": pair.second.title,
                "cases": pair.comparison.cases,
                "difference": pair.comparison.difference.value,
                "p": pair.comparison.p,
                "more_cases": pair.comparison.more_cases,
                "sentence": said_of(pair, found),
            }
            for pair in pairings(experiment, records)
        ],
        "checks": [
            {
                "check": one.title,
                "columns": [
                    {
                        "variant": variant.title,
                        "judged": rate.judged,
                        "passed": rate.passed,
                        "undecided": rate.undecided,
                    }
                    for variant, rate in zip(experiment.variants, one.rates, strict=True)
                ],
            }
            for one in check_rates(experiment, records)
        ],
        "unsupported": list(unsupported),
    }


def _column(column: Column) -> dict[str, Any]:
    return {
        "variant": column.variant.title,
        "model": column.variant.model,
        "cells": column.cells,
        "done": column.done,
        "failed": column.failed,
        "passed": column.passed,
        "pass_rate": column.pass_rate.value,
        "low": column.pass_rate.low,
        "high": column.pass_rate.high,
        "score": column.score,
        "flaky": list(column.flaky),
        "latency_ms": column.latency_ms,
        "cost": column.cost,
    }


def cell_data(record: CellRecord) -> dict[str, Any]:
    """A cell as JSON."""
    judgement = record.judgement
    return {
        "variant": record.cell.variant,
        "case": record.cell.case,
        "repetition": record.cell.repetition,
        "state": record.state,
        "run": record.run_id,
        "cached": record.cached,
        "passed": judgement.passed if judgement else None,
        "score": judgement.score if judgement else None,
        "verdicts": [verdict_data(verdict) for verdict in judgement.verdicts] if judgement else [],
        "error": record.error,
    }


def table(experiment: Experiment, records: tuple[CellRecord, ...]) -> Iterator[tuple[str, ...]]:
    """A row for each column of the experiment."""
    for column in outcome(experiment, records).columns:
        rate = column.pass_rate
        yield (
            column.variant.title,
            f"{column.done}/{column.cells}",
            str(column.failed),
            f"{rate.value:.0%} ({rate.low:.0%} to {rate.high:.0%})" if column.done else "",
            f"{column.latency_ms:,.0f} ms" if column.latency_ms is not None else "",
            estimated(column.cost) if column.cost else "",
            str(len(column.flaky)) if experiment.repeat > 1 else "",
        )


def checks_table(experiment: Experiment, records: tuple[CellRecord, ...]) -> Iterator[tuple[str, ...]]:
    """A row for each check; nothing where that says no more than the columns' pass rates."""
    found = check_rates(experiment, records)
    for one in found if tells_more(found) else ():
        yield (one.title, *(rate.said for rate in one.rates))


def sentences(experiment: Experiment, records: tuple[CellRecord, ...]) -> Iterator[str]:
    """What the comparisons of columns come to, those that are decided first."""
    found = findings(experiment, records)
    for decided in (True, False):
        yield from found.sentences(decided=decided)


def write_junit(experiment: Experiment, records: Iterable[CellRecord], path: Path) -> None:
    """The cells as test cases, a suite for each column, as CI systems read them. Raises UserError."""
    titles = {variant.id: variant.title for variant in experiment.variants}
    names = {case.id: case.name or f"case {number}" for number, case in enumerate(experiment.cases, 1)}
    root = Xml.Element("testsuites", name=_fit(experiment.name))
    suites = {key: Xml.SubElement(root, "testsuite", name=_fit(title)) for key, title in titles.items()}
    for record in records:
        _add_case(suites[record.cell.variant], record, names[record.cell.case], repeated=experiment.repeat > 1)
    for element in (*suites.values(), root):
        for name, tag in (
            ("tests", "testcase"),
            ("failures", "failure"),
            ("errors", "error"),
            ("skipped", "skipped"),
        ):
            element.set(name, str(sum(1 for _ in element.iter(tag))))
    try:
        Xml.ElementTree(root).write(path, encoding="utf-8", xml_declaration=True)
    except OSError as error:
        raise UserError(f"{path} cannot be written: {error.strerror or error}.") from error


def _add_case(suite: Xml.Element, record: CellRecord, name: str, *, repeated: bool) -> None:
    again = f" ({record.cell.repetition + 1})" if repeated else ""
    seconds = f"{(record.total_ms or 0) / 1_000:.3f}"
    case = Xml.SubElement(
        suite, "testcase", name=_fit(name + again), classname=suite.get("name", ""), time=seconds
    )
    match record.state:
        case "failed":
            Xml.SubElement(case, "error", message=_fit(record.error or "The answer broke off."))
        case "waiting":
            Xml.SubElement(case, "skipped")
        case "done" if record.judgement and not record.judgement.passed:
            reasons = "\n".join(one.reason for one in record.judgement.verdicts if not one.passed)
            failure = Xml.SubElement(case, "failure", message=_fit(reasons.partition("\n")[0]))
            failure.text = _fit(reasons)


def _fit(text: str) -> str:
    return _UNFIT.sub("\ufffd", text)
