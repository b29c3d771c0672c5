"""`workbench history`: every run ever made."""

from __future__ import annotations

import argparse
from typing import get_args

from workbench.cli.arguments import Parser, Subcommands, add_command, add_group, add_json
from workbench.cli.opening import open_store, run_id
from workbench.cli.output import print_json, print_table, print_text, when
from workbench.cli.run_data import rated_data, short, summary_data
from workbench.core.model_reference import named
from workbench.core.money import estimated
from workbench.core.run import RatedRun
from workbench.store import RunFilter


def add(commands: Subcommands) -> None:
    """Add the subcommands."""
    group = add_group(commands, "history", about="list, search and show runs")
    _narrowing(add_command(group, "list", _list, about="list runs, newest first"))

    searched = add_command(
        group,
        "search",
        _list,
        about="find runs by words of their prompt, values or answer",
        examples=('workbench history search "refund" --only good',),
    )
    searched.add_argument("text", metavar="TEXT")
    _narrowing(searched)

    shown = add_command(group, "show", _show, about="show a run with all that went in and came out")
    shown.add_argument("run", metavar="RUN", help="an id, its first digits, or last")
    add_json(shown)


def _narrowing(parser: Parser) -> None:
    parser.add_argument("--prompt", metavar="PROMPT", help="runs of this prompt alone")
    parser.add_argument("--only", choices=get_args(RunFilter), default="all")
    parser.add_argument("--limit", metavar="N", type=int, default=20, help="most lines (default: %(default)s)")
    add_json(parser)


def _list(arguments: argparse.Namespace) -> int:
    with open_store(arguments) as store:
        prompt_id = store.prompt(arguments.prompt).id if arguments.prompt else None
        query = getattr(arguments, "text", "")
        runs = store.runs(prompt_id=prompt_id, query=query, only=arguments.only, limit=arguments.limit)
    if arguments.json:
        for run in runs:
            print_json(summary_data(run))
        return 0
    rows = (
        (
            short(run.id),
            when(run.created_at),
            run.prompt_name,
            named(run.model),
            " ".join(filter(None, (run.verdict, str(run.score or "")))),
            run.error or run.excerpt,
        )
        for run in runs
    )
    print_table(("RUN", "WHEN", "PROMPT", "MODEL", "RATED", "ANSWER"), rows)
    return 0


def _show(arguments: argparse.Namespace) -> int:
    with open_store(arguments) as store:
        rated = store.run(run_id(store, arguments.run))
    if arguments.json:
        print_json(rated_data(rated))
    else:
        _print_run(rated)
    return 0


def _print_run(rated: RatedRun) -> None:
    run, rating = rated.run, rated.rating
    print_text(f"run      {run.id}")
    print_text(f"when     {when(run.created_at)}")
    print_text(f"prompt   {run.prompt_name or 'not in the library'} ({run.version[:8]})")
    print_text(f"model    {named(run.model)}" + (f" ({run.model})" if named(run.model) != run.model else ""))
    print_text(f"ended    {run.stop_reason}" + (f": {run.error}" if run.error else ""))
    if run.cost:
        print_text(f"cost     {estimated(run.cost, run.details.get('price_as_of', ''))}")
    if rating.verdict or rating.score:
        print_text(f"rated    {' '.join(filter(None, (rating.verdict, str(rating.score or ''), rating.note)))}")
    for message in run.messages:
        print_text(f"\n── {message.role} ──\n{message.content}")
    if run.reasoning:
        print_text(f"\n── reasoning ──\n{run.reasoning}")
    print_text(f"\n── answer ──\n{run.text}")
    if rating.golden is not None:
        print_text(f"\n── golden answer ──\n{rating.golden}")
