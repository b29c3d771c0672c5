"""The parts of a report, each as HTML with every text escaped."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from datetime import datetime
from pathlib import PurePosixPath, PureWindowsPath

from workbench import __version__
from workbench.core import check as checks
from workbench.core.blind import BlindVote, sentence, standing
from workbench.core.check_rates import ALL_KINDS, CheckRates, check_rates, tells_more
from workbench.core.completion import config_data
from workbench.core.experiment import CellRecord, Column, Experiment, Variant
from workbench.core.findings import Findings, Turned, correction, findings, is_checked, turned
from workbench.core.model_names import name_of
from workbench.core.model_reference import parse
from workbench.core.pictures import figures
from workbench.core.pictures.gallery import PastRun, gallery, win_rates
from workbench.core.pictures.palette import PAGE
from workbench.core.pictures.svg import Picture, escaped
from workbench.core.prompt import Prompt
from workbench.running.judge_agreement import JudgeAgreement
from workbench.running.report_cells import case_name

_MOST_LISTED = 100

# What it says


def summary(experiment: Experiment, records: Sequence[CellRecord]) -> Iterator[str]:
    """The figures of all columns and what their comparison comes to."""
    found = findings(experiment, records)
    outcome = found.outcome
    said = [f"{outcome.done:,} of {outcome.cells:,} answers"]
    if is_checked(experiment):
        said.append(f"{outcome.passed:,} passed")
    if outcome.failed:
        said.append(f"{outcome.failed:,} failed")
    if experiment.repeat > 1:
        said.append(f"each case asked {experiment.repeat} times")
    made = experiment.created_at.strftime("%Y-%m-%d %H:%M UTC")
    yield f'<p class="quiet">{" · ".join([made, *said])}</p>\n'
    yield "<h2>What it says</h2>\n"
    yield from _verdicts(experiment, found)
    yield _figures(experiment, found)
    rates = check_rates(experiment, records)
    if tells_more(rates):
        yield _rates(experiment, rates)


def _verdicts(experiment: Experiment, found: Findings) -> Iterator[str]:
    if found.pairings:
        yield '<ul class="verdicts">\n'
        yield from (f'<li class="decided">{escaped(said)}</li>\n' for said in found.sentences(decided=True))
        yield from (f"<li>{escaped(said)}</li>\n" for said in found.sentences(decided=False))
        yield "</ul>\n"
    yield f'<p class="note">{escaped(correction(experiment))}</p>\n'


def _figures(experiment: Experiment, found: Findings) -> str:
    titles = ["Column", "Answered", "Failed", "Passed (95% interval)", "Mean score", "Mean time", "Cost"]
    if experiment.repeat > 1:
        titles.append("Flaky cases")
    head = "".join(f'<th scope="col">{title}</th>' for title in titles)
    rows = "".join(_figure_row(experiment, column) for column in found.outcome.columns)
    return (
        f'<div class="wide"><table class="figures"><thead><tr>{head}</tr></thead>\n<tbody>{rows}</tbody>'
        "</table></div>\n"
    )


def _rates(experiment: Experiment, found: Iterable[CheckRates]) -> str:
    """A row for each check."""
    titles = ("Passed, check by check", *(variant.title for variant in experiment.variants))
    head = "".join(f'<th scope="col">{escaped(title)}</th>' for title in titles)
    rows = "".join(
        "<tr>" + "".join(f"<td>{escaped(text)}</td>" for text in (one.title, *(rate.said for rate in one.rates)))
        + "</tr>\n"
        for one in found
    )  # fmt: skip
    return (
        f'<div class="wide"><table class="figures"><thead><tr>{head}</tr></thead>\n<tbody>{rows}</tbody>'
        "</table></div>\n"
    )


def _figure_row(experiment: Experiment, column: Column) -> str:
    said = [column.variant.title, *figure_texts(column, checked=is_checked(experiment))]
    if experiment.repeat > 1:
        said.append(f"{len(column.flaky):,}")
    return "<tr>" + "".join(f"<td>{escaped(text)}</td>" for text in said) + "</tr>\n"


def figure_texts(column: Column, *, checked: bool) -> tuple[str, ...]:
    """A column's figures: answered, failed, pass rate, score, time, cost; empty where nothing is known."""
    rate = column.pass_rate
    score = column.score if checked else None
    return (
        f"{column.done:,} of {column.cells:,}",
        f"{column.failed:,}",
        f"{figures.percent(rate.value)} ({figures.interval(rate)})" if score is not None else "",
        "" if score is None else f"{score:.2f}",
        "" if column.latency_ms is None else figures.milliseconds(column.latency_ms),
        "" if column.cost is None or not column.done else figures.cost(column.cost),
    )


# Pictures


def pictures(experiment: Experiment, records: Sequence[CellRecord], past: Sequence[PastRun]) -> Iterator[str]:
    """All pictures, in the colours of the page."""
    yield '<h2>Pictures</h2>\n<div class="pictures">\n'
    yield from map(_figure, gallery(experiment, records, PAGE, past=past))
    yield "</div>\n"


def _figure(picture: Picture) -> str:
    return f"<figure>{picture.svg}</figure>\n"


def blind(experiment: Experiment, votes: Sequence[BlindVote]) -> Iterator[str]:
    """What blind votes came to; nothing where there are none."""
    if not votes:
        return
    found = standing(experiment, votes)
    titles = {variant.id: variant.title for variant in experiment.variants}
    yield f"<h2>Blind comparison: {figures.counted(found.votes, 'vote')}</h2>\n"
    yield _figure(win_rates(experiment, found, PAGE)) + '<ul class="verdicts">\n'
    for duel in found.duels:
        yield f"<li>{escaped(sentence(duel, titles[duel.first], titles[duel.second]))}</li>\n"
    yield "</ul>\n"


def judges(found: Sequence[JudgeAgreement]) -> Iterator[str]:
    """How far models that judge agree with the person and with themselves; nothing where none does."""
    if found:
        yield '<h2>Models as judges</h2>\n<ul class="verdicts">\n'
        for one in found:
            yield f"<li>{escaped(f'{one.title} ({without_folders(one.model)}): {one.sentence}')}</li>\n"
        yield "</ul>\n"


def changes(experiment: Experiment, records: Sequence[CellRecord]) -> Iterator[str]:
    """Which cases came out differently than in the first column; nothing where there is one column."""
    first, *others = experiment.variants
    if not others or not is_checked(experiment):
        return
    yield f"<h2>Cases that changed against {escaped(first.title)}</h2>\n"
    numbers = {one.id: number for number, one in enumerate(experiment.cases, 1)}
    for variant in others:
        found = turned(experiment, records, first.id, variant.id)
        worse = [one for one in found if one.worse]
        better = [one for one in found if not one.worse]
        yield f"<h3>{escaped(variant.title)}</h3>\n"
        yield f"<p>Worse: {_links(worse, experiment, numbers)}</p>\n"
        yield f"<p>Better: {_links(better, experiment, numbers)}</p>\n"


def _links(found: Sequence[Turned], experiment: Experiment, numbers: dict[str, int]) -> str:
    if not found:
        return "none"
    names = {one.id: case_name(one, numbers[one.id]) for one in experiment.cases}
    links = [
        f'<a href="#case-{numbers[one.cell.case]}">{escaped(names[one.cell.case])}</a>'
        for one in found[:_MOST_LISTED]
    ]
    more = f" and {len(found) - _MOST_LISTED:,} more" if len(found) > _MOST_LISTED else ""
    return f"{figures.counted(len(found), 'case')}: {', '.join(links)}{more}"


# Settings and provenance


def settings(experiment: Experiment) -> Iterator[str]:
    """The columns' prompts, models and parameters, and the checks."""
    yield "<h2>Settings</h2>\n"
    for variant in experiment.variants:
        yield f"<details><summary>{escaped(variant.title)}</summary>{_terms(_settings(variant))}</details>\n"
    if experiment.checks:
        items = "".join(f"<li>{escaped(checks.title(one, ALL_KINDS))}</li>" for one in experiment.checks)
        yield f"<h3>Checks of every answer</h3>\n<ul>{items}</ul>\n"


def _settings(variant: Variant) -> Iterator[tuple[str, str]]:
    yield "Model", without_folders(variant.model)
    parameters = config_data(variant.config)
    yield "Parameters", "\n".join(f"{name}: {value}" for name, value in parameters.items()) or "the model's own"
    yield from _sections(variant.prompt)


def _sections(prompt: Prompt) -> Iterator[tuple[str, str]]:
    examples = "\n\n".join(f"{one.input}\n→ {one.output}" for one in prompt.examples if one.enabled)
    chain = prompt.chain_of_thought
    thinking = "" if chain.mode == "off" else f"{chain.mode}\n{chain.instruction}"
    schema = "" if prompt.output_format.kind == "text" else prompt.output_format.schema or "any JSON"
    for title, text in (
        ("System", prompt.system),
        ("Context", prompt.context),
        ("Few-shot examples", examples),
        ("Chain of thought", thinking),
        ("User", prompt.user),
        ("Prefill", prompt.prefill),
        ("JSON schema", schema),
    ):
        if text:
            yield title, text


def provenance(experiment: Experiment, records: Iterable[CellRecord], written: datetime) -> Iterator[str]:
    """Where the figures come from."""
    cached = sum(record.cached for record in records)
    known = [
        ("Experiment", experiment.id),
        ("Made", experiment.created_at.strftime("%Y-%m-%d %H:%M:%S UTC")),
        ("Made from", _file_name(experiment.source)),
        (
            "Size",
            f"{len(experiment.variants)} columns, {len(experiment.cases):,} cases, repeat {experiment.repeat}",
        ),
        ("From the cache", figures.counted(cached, "answer") if cached else "no answer"),
        ("Pass rates", "Wilson's interval, 95%; repetitions of a case count as one, by their share of passes"),
        ("Written", f"{written.strftime('%Y-%m-%d %H:%M UTC')} by Prompt Workbench {__version__}"),
    ]
    yield f"<h2>Provenance</h2>\n{_terms((name, text) for name, text in known if text)}"


def _terms(pairs: Iterable[tuple[str, str]]) -> str:
    rows = "".join(f"<dt>{escaped(name)}</dt><dd><pre>{escaped(text)}</pre></dd>" for name, text in pairs)
    return f"<dl>{rows}</dl>\n"


def without_folders(reference: str) -> str:
    """A model reference that says nothing of this machine."""
    parsed = parse(reference)
    adapters = tuple(replace(adapter, path=_file_name(adapter.path)) for adapter in parsed.adapters)
    model = (name_of(parsed.model) or _file_name(parsed.model)) if parsed.place == "local" else parsed.model
    return str(replace(parsed, model=model, adapters=adapters))


def _file_name(path: str) -> str:
    return PureWindowsPath(PurePosixPath(path).name).name
