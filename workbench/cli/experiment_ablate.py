"""`workbench experiment ablate`: what each part of a prompt is worth, with a table and a picture."""

from __future__ import annotations

import argparse
from dataclasses import replace
from pathlib import Path

from workbench.cli.arguments import Subcommands, add_command, model
from workbench.cli.experiment_data import experiment_data
from workbench.cli.experiment_results import (
    INTERRUPTED,
    exit_code,
    explain,
    make_room,
    print_results,
    write_json,
    write_text,
)
from workbench.cli.experiment_watching import Watching
from workbench.cli.opening import choose, open_workspace
from workbench.cli.output import note, print_json
from workbench.core.check import Check
from workbench.core.experiment import Experiment, checks_of, size
from workbench.core.pictures.figures import counted
from workbench.core.plan import Plan
from workbench.errors import UserError
from workbench.running import ablation
from workbench.running.experiment import Options
from workbench.running.plan import experiment_of
from workbench.store import Store

_EXAMPLES = (
    "workbench experiment ablate Triage --what shots --cases Tickets --model starter",
    "workbench experiment ablate Triage@production --what examples --check contains",
    "workbench experiment ablate Triage --what temperature=0,0.5,1 --repeat 5 --picture curve.svg",
)


def add(commands: Subcommands) -> None:
    """Add the subcommand."""
    ablate = add_command(
        commands, "ablate", _ablate, about="see what each part of a prompt is worth", examples=_EXAMPLES
    )
    ablate.add_argument("prompt", metavar="PROMPT[@VERSION]", help="a name or id; without a version, the draft")
    ablate.add_argument(
        "--what",
        metavar="WHAT",
        required=True,
        help="examples (each left out), sections (each off), shots (0 to 8), or PARAMETER=VALUE,VALUE…",
    )
    ablate.add_argument("--cases", metavar="SET", help="a test set (default: the prompt's own)")
    ablate.add_argument("--model", metavar="REF", action="append", default=[], help="default: starter; repeatable")
    ablate.add_argument(
        "--check",
        metavar="CHECK",
        action="append",
        default=[],
        help="asked of every answer, as in a suite: contains, or '{length: {max: 80}}'; repeatable",
    )
    ablate.add_argument("--repeat", metavar="N", type=int, default=1, help="answers to each case (default: 1)")
    ablate.add_argument("--picture", metavar="FILE", type=Path, help="draw the result as SVG")
    ablate.add_argument("--json", metavar="FILE", help="write the results as JSON; - is standard output")


def _ablate(arguments: argparse.Namespace) -> int:
    for path in (arguments.picture, arguments.json):
        if path and str(path) != "-":
            make_room(Path(path))
    with open_workspace(arguments) as workspace:
        plan, made = workspace.store.read(lambda store: _made(store, arguments)).result()
        workspace.loop.submit(workspace.experiments.validate(made)).result()

        def save(store: Store) -> None:
            with store.transaction():
                store.save_plan(plan)
                store.save_experiment(made, plan_id=plan.id)

        workspace.store.write(save).result()
        columns, answers = counted(len(made.variants), "column"), counted(size(made), "answer")
        note(f"experiment {made.id[:12]}: {columns}, {answers}")
        ending, interrupted = Watching(workspace, made).wait(Options())
        records = workspace.store.read(lambda store: store.cells(made.id)).result()
    if arguments.picture:
        write_text(arguments.picture, ablation.picture(made, records).svg)
    if arguments.json == "-":
        print_json(experiment_data(made, records))
    else:
        if arguments.json:
            write_json(Path(arguments.json), experiment_data(made, records))
        print_results(made, records)
    explain(made, ending, interrupted=interrupted)
    return INTERRUPTED if interrupted else exit_code(made, records, ending)


def _made(store: Store, arguments: argparse.Namespace) -> tuple[Plan, Experiment]:
    """The plan and its experiment, not yet stored. Raises UserError and NotFound."""
    from workbench.interchange.own_suite import check_from
    from workbench.interchange.yaml_file import parse

    chosen = choose(store, arguments.prompt)
    record = chosen.record
    test_set = store.test_set(arguments.cases) if arguments.cases else store.test_set_for(record.id)
    if test_set is None:
        raise UserError(f"The prompt {record.name!r} has no test set.", advice="Choose one with --cases.")
    name = f"{record.name} v{chosen.version.number}" if chosen.version else record.name
    plan = ablation.plan(
        ablation.Subject(chosen.prompt, record.config, name, record.id),
        arguments.what,
        [model(one) for one in arguments.model] or ["starter"],
        test_set_id=test_set.id,
        checks=tuple(check_from(parse(text, "--check")) for text in arguments.check),
        repeat=arguments.repeat,
    )
    plan = replace(plan, name=store.free_plan_name(plan.name))
    made = experiment_of(store, plan)
    if not any(_checks(made)):
        raise UserError(
            f"Nothing says what a good answer to a case of {test_set.name!r} is.",
            advice="Add expected answers or checks to the test set, or give --check.",
        )
    return plan, made


def _checks(made: Experiment) -> list[Check]:
    return [one for case in made.cases for one in checks_of(made, case)]
