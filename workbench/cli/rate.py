"""`workbench rate`: what a person thinks of a run."""

from __future__ import annotations

import argparse
from dataclasses import replace
from datetime import UTC, datetime

from workbench.cli.arguments import Subcommands, add_command, add_json, read_text
from workbench.cli.opening import open_store, run_id
from workbench.cli.output import print_json, print_text
from workbench.cli.run_data import rating_data, short
from workbench.core.run import Rating
from workbench.errors import UserError


def add(commands: Subcommands) -> None:
    """Add the subcommand."""
    parser = add_command(
        commands,
        "rate",
        _rate,
        about="rate a run, or say what its answer should have been",
        examples=(
            "workbench rate last --good",
            'workbench rate 0199f3c2a7b4 --score 4 --note "a little long"',
            "workbench rate last --good --golden corrected.txt",
        ),
    )
    parser.add_argument("run", metavar="RUN", help="an id, its first digits, or last")
    verdict = parser.add_mutually_exclusive_group()
    verdict.add_argument("--good", dest="verdict", action="store_const", const="good", help="worth learning from")
    verdict.add_argument("--bad", dest="verdict", action="store_const", const="bad", help="not to be learnt from")
    verdict.add_argument("--score", metavar="1..5", type=int, choices=range(1, 6), help="5 is best")
    parser.add_argument(
        "--golden", metavar="FILE", help="the answer as it should be; - is stdin; a last newline is dropped"
    )
    parser.add_argument("--note", metavar="TEXT", help="why")
    add_json(parser)


def _rate(arguments: argparse.Namespace) -> int:
    given = {
        "verdict": arguments.verdict,
        "score": arguments.score,
        "golden": _golden(arguments.golden),
        "note": arguments.note,
    }
    given = {name: value for name, value in given.items() if value is not None}
    if not given:
        raise UserError("Nothing to say about the run.", advice="Give --good, --bad, --score, --golden or --note.")
    with open_store(arguments) as store:
        run = run_id(store, arguments.run)
        rating: Rating = replace(store.rating(run), **given, rated_at=datetime.now(UTC))
        store.rate(run, rating)
    if arguments.json:
        print_json({"id": run, **rating_data(rating)})
    else:
        print_text(f"{short(run)}: {_said(rating)}")
    return 0


def _golden(path: str | None) -> str | None:
    return read_text(path).removesuffix("\n").removesuffix("\r") if path else None


def _said(rating: Rating) -> str:
    score = f"{rating.score} of 5" if rating.score else ""
    golden = "with a golden answer" if rating.golden is not None else ""
    return ", ".join(filter(None, (rating.verdict, score, golden))) or "noted"
