"""An experiment as one HTML file for people who have no workbench: readable anywhere, nothing loaded, no script.

The file is written piece by piece: the grid asks the store for the answers of one case after the other, so an
experiment of any size takes no more memory than its cells' figures. All texts go through `escaped`; the page
forbids itself to load or run anything. Names of folders do not appear in it: a report is made to be passed on.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from itertools import chain
from pathlib import Path

from workbench.core.blind import BlindVote
from workbench.core.case import Case
from workbench.core.experiment import CellRecord, Experiment
from workbench.core.pictures.svg import escaped
from workbench.core.run import Rating
from workbench.errors import NotFound
from workbench.interchange.whole_file import write_whole
from workbench.running import report_cells as cells
from workbench.running import report_parts as parts
from workbench.running.judge_agreement import agreements
from workbench.running.past_runs import past_runs
from workbench.running.report_style import STYLE
from workbench.store import PassCounts, Store

Tell = Callable[[int, int], None]
"""Called with how many cases of how many are written; what it raises ends the writing and leaves no file."""


@dataclass(frozen=True, slots=True)
class Subject:
    """What a report is about."""

    experiment: Experiment
    records: tuple[CellRecord, ...]
    votes: tuple[BlindVote, ...] = ()
    history: tuple[PassCounts, ...] = ()
    ratings: Mapping[str, Rating] = field(default_factory=dict)
    """What the person thinks of its runs, by their ids."""


def write(store: Store, name_or_id: str, path: Path, *, tell: Tell = lambda done, of: None) -> Experiment:
    """Write the report of an experiment, whole or not at all. Raises UserError, and NotFound for none."""
    with store.snapshot():
        experiment = store.experiment(name_or_id)
        about = Subject(
            experiment=experiment,
            records=store.cells(experiment.id),
            votes=store.votes(experiment.id),
            history=store.pass_history(experiment.id),
            ratings=store.experiment_ratings(experiment.id),
        )
    with write_whole(path) as file:
        for piece in pieces(about, lambda run_id: _text(store, run_id), tell):
            file.write(piece.encode())
    return experiment


def write_from(workspace: Path, experiment_id: str, path: Path, *, tell: Tell = lambda done, of: None) -> None:
    """As `write`, through a connection of its own: on any thread, while the program goes on."""
    with Store.open(workspace, read_only=True) as store:
        write(store, experiment_id, path, tell=tell)


def _text(store: Store, run_id: str) -> str:
    try:
        return store.run(run_id).run.text
    except NotFound:
        return ""  # its experiment was taken away meanwhile


def pieces(about: Subject, text_of: Callable[[str], str], tell: Tell) -> Iterator[str]:
    """The page from its beginning to its end."""
    experiment, records = about.experiment, about.records
    yield _head(experiment)
    yield from parts.summary(experiment, records)
    yield from parts.pictures(experiment, records, past_runs(about.history, experiment, records))
    yield from parts.blind(experiment, about.votes)
    yield from parts.judges(agreements(experiment, records, about.ratings, about.votes))
    yield from parts.changes(experiment, records)
    yield from _grid(experiment, records, text_of, tell)
    yield from parts.settings(experiment)
    yield from parts.provenance(experiment, records, datetime.now(UTC))
    yield "</body>\n</html>\n"


def _head(experiment: Experiment) -> str:
    name = escaped(experiment.name)
    return (
        '<!DOCTYPE html>\n<html lang="en">\n<head>\n<meta charset="utf-8">\n'
        '<meta name="viewport" content="width=device-width, initial-scale=1">\n'
        """<meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'">\n"""
        f"<title>{name}</title>\n<style>\n{STYLE}</style>\n</head>\n<body>\n<h1>{name}</h1>\n"
    )


def _grid(
    experiment: Experiment, records: Sequence[CellRecord], text_of: Callable[[str], str], tell: Tell
) -> Iterator[str]:
    by_case: dict[str, list[CellRecord]] = {case.id: [] for case in experiment.cases}
    for record in records:
        by_case[record.cell.case].append(record)
    titles = "".join(f'<th scope="col">{escaped(one.title)}</th>' for one in experiment.variants)
    columns = len(experiment.variants)
    yield (
        f'<h2 id="answers">All answers</h2>\n<div class="wide"><table class="grid" style="--columns: {columns}">\n'
        f'<thead><tr><th class="case" scope="col">Case</th>{titles}</tr></thead>\n<tbody>\n'
    )
    for number, case in enumerate(experiment.cases, 1):
        yield from _row(experiment, number, case, by_case[case.id], text_of)
        tell(number, len(experiment.cases))
    yield "</tbody></table></div>\n"


def _row(
    experiment: Experiment,
    number: int,
    case: Case,
    records: Sequence[CellRecord],
    text_of: Callable[[str], str],
) -> Iterator[str]:
    yield f'<tr id="case-{number}"><th class="case" scope="row">{cells.case(number, case)}</th>'
    by_variant: Mapping[str, list[CellRecord]] = {variant.id: [] for variant in experiment.variants}
    for record in records:
        by_variant[record.cell.variant].append(record)
    for variant in experiment.variants:
        answers = (cells.answer(experiment, case, one, text_of) for one in by_variant[variant.id])
        yield "".join(chain(("<td>",), answers, ("</td>",)))
    yield "</tr>\n"
