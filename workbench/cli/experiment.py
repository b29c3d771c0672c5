"""`workbench experiment`: run suites, look at what came out.

Exit codes of `run`: 0 all passed · 100 a check failed · 3 a cell failed or was not asked · 2 bad input ·
130 stopped.
"""

from __future__ import annotations

import argparse
from collections import Counter
from dataclasses import replace
from pathlib import Path

from workbench.cli import experiment_ablate, experiment_trust
from workbench.cli.arguments import Parser, Subcommands, add_command, add_group, add_json
from workbench.cli.experiment_data import cell_data, experiment_data, write_junit
from workbench.cli.experiment_named import named
from workbench.cli.experiment_results import (
    INTERRUPTED,
    exit_code,
    explain,
    explain_batches,
    judges_data,
    make_room,
    print_results,
    write_json,
)
from workbench.cli.experiment_watching import Watching
from workbench.cli.opening import choose, open_store, open_workspace
from workbench.cli.output import note, print_json, print_table, print_text, when
from workbench.cli.prices import limit_of
from workbench.core.check import Check
from workbench.core.experiment import CellRecord, Experiment, size
from workbench.core.model_reference import parse
from workbench.core.pictures.figures import counted
from workbench.core.prompt import Prompt
from workbench.errors import NotFound, UserError
from workbench.running import Workspace
from workbench.running.experiment import Options
from workbench.running.experiment_plan import models_of
from workbench.running.judge_agreement import JudgeAgreement, judge_agreements
from workbench.running.report import write as write_report
from workbench.running.suite import experiment as from_suite
from workbench.running.suite import with_trusted_programs
from workbench.store import Store

_SUFFIXES = frozenset({".yaml", ".yml", ".json"})

_SUITE = """

a suite:
  format: prompt-workbench/suite
  version: 1
  prompts: [Triage@1, Triage@2]       # of the workspace, or {name: …, system: …, user: …}
  models: [starter, "work:gpt-4o"]
  cases: tickets.csv                  # or {test_set: NAME}, or a list of {values, expected, checks}
  checks:                             # of every answer; without any it has to be the expected one
    - contains                        # the expected answer; - contains: "{{word}}" another text
    - {length: {max: 80, unit: words}, weight: 2}
    - {judge: {rubric: Is kind., model: "work:gpt-4o", scale: 1-5}}
  repeat: 3"""


def add(commands: Subcommands) -> None:
    """Add the subcommands."""
    group = add_group(
        commands, "experiment", about="run prompts on models and cases, check and compare the answers"
    )
    run = add_command(
        group,
        "run",
        _run,
        about="run a suite (ours or promptfoo's), or go on with an experiment",
        examples=(
            "workbench experiment run suite.yaml --junit results.xml",
            "workbench experiment run promptfooconfig.yaml --model starter --repeat 3",
            "workbench experiment run --resume 01a2b3 --retry-errors",
            "workbench experiment run suite.yaml --batch --spending-limit 5",
        ),
    )
    run.epilog = f"{run.epilog}{_SUITE}"
    run.add_argument("suite", metavar="SUITE", nargs="?", help="a suite file, or the name of an experiment")
    run.add_argument("--resume", metavar="ID", help="go on with this experiment")
    run.add_argument("--retry-errors", action="store_true", help="ask again for failed cells and missing verdicts")
    _add_options(run)
    cancel = add_command(
        group,
        "cancel",
        _cancel,
        about="give up the batches of an experiment at their servers; --resume takes the rest",
    )
    cancel.add_argument("experiment", metavar="EXPERIMENT", help="an id, the beginning of one, or a name")
    add_json(add_command(group, "list", _list, about="list experiments, newest first"))
    show = add_command(group, "show", _show, about="show what came out of an experiment")
    show.add_argument("experiment", metavar="EXPERIMENT", help="an id, the beginning of one, or a name")
    show.add_argument("--cells", action="store_true", help="each cell with its verdicts, as JSON lines")
    add_json(show)
    experiment_ablate.add(group)
    experiment_trust.add(group)
    report = add_command(
        group,
        "report",
        _write_report,
        about="write an experiment as one HTML file with its pictures",
        examples=("workbench experiment report Triage --out triage.html",),
    )
    report.add_argument("experiment", metavar="EXPERIMENT", help="an id, the beginning of one, or a name")
    report.add_argument("--out", metavar="FILE", type=Path, required=True, help="the file to write, .html")


def _add_options(run: Parser) -> None:
    run.add_argument("--model", metavar="REF", action="append", default=[], help="instead of the suite's models")
    run.add_argument(
        "--judge", metavar="REF", default="", help="the model that grades where a promptfoo suite asks for one"
    )
    run.add_argument(
        "--embedding",
        metavar="REF",
        default="",
        help="the local model whose vectors tell how similar texts are where a promptfoo suite asks for it",
    )
    run.add_argument("--repeat", metavar="N", type=int, help="answers of each model to each case")
    run.add_argument("--concurrency", metavar="N", type=int, help="requests at once to a server (default: adapts)")
    run.add_argument(
        "--spending-limit",
        metavar="DOLLARS",
        default="none",
        help="stop before the whole experiment has cost more (default: none)",
    )
    run.add_argument(
        "--batch",
        action="store_true",
        help="through the servers' batch API: cheaper, answered within a day, and taken by --resume too",
    )
    run.add_argument("--no-cache", action="store_true", help="ask again for what was answered before")
    run.add_argument(
        "--ignore-unsupported",
        action="store_true",
        help="let a cell pass whose suite asks for checks unknown here",
    )
    run.add_argument("--junit", metavar="FILE", type=Path, help="write the results as JUnit XML")
    run.add_argument("--json", metavar="FILE", help="write the results as JSON; - is standard output")


def _run(arguments: argparse.Namespace) -> int:
    if bool(arguments.suite) == bool(arguments.resume):
        raise UserError("Give a suite, or --resume with an experiment's id.")
    if arguments.concurrency is not None and not 1 <= arguments.concurrency <= 1_000:
        raise UserError(f"--concurrency is {arguments.concurrency}; it lies between 1 and 1000.")
    limit = limit_of(arguments.spending_limit, "--spending-limit")
    for path in (arguments.junit, arguments.json):
        if path and str(path) != "-":
            make_room(Path(path))
    with open_workspace(arguments) as workspace:
        experiment, unsupported = _chosen(workspace, arguments)
        _list_unsupported(unsupported)
        options = Options(
            arguments.concurrency,
            not arguments.no_cache,
            arguments.retry_errors,
            spending_limit=limit,
            batch=arguments.batch,
        )
        ending, interrupted = Watching(workspace, experiment).wait(options)
        records, judges = workspace.store.read(lambda store: _outcome(store, experiment.id)).result()
        batches = workspace.store.read(lambda store: store.open_batches(experiment.id)).result()
    _report(arguments, experiment, records, unsupported, judges)
    explain_batches(experiment, batches)
    explain(experiment, ending, interrupted=interrupted)
    return INTERRUPTED if interrupted else exit_code(experiment, records, ending)


def _cancel(arguments: argparse.Namespace) -> int:
    with open_workspace(arguments) as workspace:
        experiment = workspace.store.read(lambda store: store.experiment(arguments.experiment)).result()
        count = workspace.loop.submit(workspace.experiments.batches.cancel(experiment.id)).result()
    if not count:
        raise UserError(f"The experiment {experiment.name!r} has no open batch.")
    print_text(
        f"{count} cancelled. Take what was answered: workbench experiment run --resume {experiment.id[:12]}"
    )
    return 0


def _outcome(store: Store, experiment_id: str) -> tuple[tuple[CellRecord, ...], tuple[JudgeAgreement, ...]]:
    return store.cells(experiment_id), judge_agreements(store, experiment_id)


def _chosen(workspace: Workspace, arguments: argparse.Namespace) -> tuple[Experiment, tuple[str, ...]]:
    """The experiment to run, made now from a suite file or found, and what of the file is not supported."""
    name = arguments.resume or arguments.suite
    if arguments.resume or Path(name).suffix.lower() not in _SUFFIXES:
        if arguments.model or arguments.judge or arguments.embedding or arguments.repeat is not None:
            what = "--model, --judge, --embedding and --repeat"
            raise UserError(f"{what} belong to a suite file; an experiment has its own.")
        if arguments.resume:
            return workspace.store.read(lambda store: store.experiment(name)).result(), ()
        return _named(workspace, name), ()
    made, unsupported = workspace.store.read(lambda store: _made(store, Path(name), arguments)).result()
    workspace.loop.submit(workspace.experiments.validate(made)).result()
    for model in dict.fromkeys((*(variant.model for variant in made.variants), *sorted(models_of(made)))):
        # An unknown profile or file is bad input, found out before anything is written.
        workspace.loop.submit(workspace.catalog.provider(model)).result()
    workspace.store.write(lambda store: store.save_experiment(made)).result()
    parts = ((len(made.variants), "column"), (len(made.cases), "case"), (size(made), "answer"))
    note(f"experiment {made.id[:12]}: {', '.join(counted(*part) for part in parts)}")
    return made, unsupported


def _named(workspace: Workspace, name: str) -> Experiment:
    try:
        return named(workspace, name)
    except NotFound as error:
        if Path(name).exists():
            endings = ", ".join(sorted(_SUFFIXES))
            raise UserError(f"{name} is no suite file.", advice=f"A suite's name ends in {endings}.") from error
        raise


def _made(store: Store, path: Path, arguments: argparse.Namespace) -> tuple[Experiment, tuple[str, ...]]:
    from workbench.interchange.suite_file import read

    judge = str(parse(arguments.judge)) if arguments.judge else ""
    embedding = str(parse(arguments.embedding)) if arguments.embedding else ""
    suite = with_trusted_programs(store, read(path.expanduser(), judge=judge, embedding=embedding))
    made = from_suite(
        store, suite, find_prompt=_found, models=arguments.model, repeat=arguments.repeat, source=str(path)
    )
    if arguments.ignore_unsupported:
        made = replace(made, cases=tuple(replace(case, checks=_lenient(case.checks)) for case in made.cases))
    return made, suite.unsupported


def _lenient(checks: tuple[Check, ...]) -> tuple[Check, ...]:
    return tuple(replace(check, weight=0.0) if check.kind == "unsupported" else check for check in checks)


def _found(store: Store, text: str) -> tuple[Prompt, str | None, str]:
    chosen = choose(store, text)
    name = f"{chosen.record.name}@{chosen.version.number}" if chosen.version else chosen.record.name
    return chosen.prompt, chosen.record.id, name


def _list_unsupported(unsupported: tuple[str, ...]) -> None:
    from workbench.interchange.promptfoo_checks import wants_judge

    for what, times in sorted(Counter(unsupported).items()):
        note(f"not supported: {what}" + (f" ({times} times)" if times > 1 else ""))
    if unsupported and wants_judge(unsupported):
        note("Name the model that grades what is graded by a model: --judge PROFILE:MODEL.")


def _report(
    arguments: argparse.Namespace,
    experiment: Experiment,
    records: tuple[CellRecord, ...],
    unsupported: tuple[str, ...],
    judges: tuple[JudgeAgreement, ...],
) -> None:
    if arguments.junit:
        write_junit(experiment, records, arguments.junit)
    data = {**experiment_data(experiment, records, unsupported), "judges": judges_data(judges)}
    if arguments.json == "-":
        print_json(data)
        return
    if arguments.json:
        write_json(Path(arguments.json), data)
    print_results(experiment, records, judges)


def _list(arguments: argparse.Namespace) -> int:
    with open_store(arguments) as store:
        experiments = store.experiments()
    if arguments.json:
        for one in experiments:
            names = ("id", "name", "source", "variants", "cells", "done", "failed", "passed")
            print_json({**{name: getattr(one, name) for name in names}, "created_at": one.created_at.isoformat()})
        return 0
    print_table(
        ("EXPERIMENT", "MADE", "NAME", "COLUMNS", "DONE", "ERRORS", "PASSED"),
        (
            (
                one.id[:12], when(one.created_at), one.name, str(one.variants), f"{one.done}/{one.cells}",
                str(one.failed), str(one.passed),
            )
            for one in experiments
        ),
    )  # fmt: skip
    return 0


def _write_report(arguments: argparse.Namespace) -> int:
    path: Path = arguments.out.expanduser()
    if path.suffix.lower() not in (".html", ".htm"):
        raise UserError(f"A report is an HTML file, not {str(path)!r}.", advice="Name it like report.html.")
    with open_store(arguments) as store:
        experiment = write_report(store, arguments.experiment, path)
    note(f"the report of {experiment.name} is in {path}")
    return 0


def _show(arguments: argparse.Namespace) -> int:
    with open_store(arguments) as store:
        experiment = store.experiment(arguments.experiment)
        records, judges = _outcome(store, experiment.id)
        batches = store.open_batches(experiment.id)
    if arguments.cells:
        for record in records:
            print_json(cell_data(record))
    elif arguments.json:
        print_json({**experiment_data(experiment, records), "judges": judges_data(judges)})
    else:
        print_text(f"{experiment.name} · {experiment.id[:12]} · {experiment.source}".rstrip(" ·"))
        print_results(experiment, records, judges)
        explain_batches(experiment, batches)
    return 0
