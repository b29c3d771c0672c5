"""`workbench training`: what was rated good, as data that a trainer accepts."""

from __future__ import annotations

import argparse
from collections import Counter
from pathlib import Path
from typing import TYPE_CHECKING

from workbench.cli.arguments import Parser, Subcommands, add_command, add_group, add_json
from workbench.cli.opening import open_store
from workbench.cli.output import note, print_json, print_table, print_text
from workbench.cli.run_data import short
from workbench.errors import UserError

if TYPE_CHECKING:
    from workbench.training import Recipe, TrainingSet

FORMATS = ("openai-sft", "trl-prompt-completion", "trl-preference", "openai-dpo")
"""The names in `workbench.training.FORMATS`, here so that --help need not import it; a test compares them."""


def add(commands: Subcommands) -> None:
    """Add the subcommands."""
    group = add_group(commands, "training", about="preview, check and export rated runs as training data")
    shown = add_command(group, "preview", _preview, about="print the first rows as JSON lines")
    _add_recipe(shown)
    shown.add_argument("--limit", metavar="N", type=int, default=3, help="most rows (default: %(default)s)")

    checked = add_command(group, "check", _check, about="say how many rows there are, and which runs are refused")
    _add_recipe(checked)
    add_json(checked)

    exported = add_command(
        group,
        "export",
        _export,
        about="write the training files into a folder",
        examples=(
            "workbench training export --out data",
            "workbench training export --format trl-preference --out pairs --prompt 'Support reply'",
        ),
    )
    _add_recipe(exported)
    exported.add_argument("--out", metavar="FOLDER", type=Path, required=True)
    add_json(exported)


def _add_recipe(parser: Parser) -> None:
    parser.add_argument("--format", choices=FORMATS, default=FORMATS[0], help="default: %(default)s")
    parser.add_argument("--prompt", metavar="PROMPT", help="runs of this prompt alone")
    parser.add_argument(
        "--few-shot", choices=("fold", "keep"), default="fold", help="examples: into the system text, or as turns"
    )
    parser.add_argument("--system", choices=("keep", "drop"), default="keep")
    parser.add_argument(
        "--reasoning",
        choices=("answer_only", "in_content", "think_tags", "reasoning_content"),
        default="answer_only",
    )
    parser.add_argument("--minimum-score", metavar="1..5", type=int, choices=range(1, 6))


def _recipe(arguments: argparse.Namespace) -> Recipe:
    from workbench.training import Recipe

    return Recipe(
        few_shot=arguments.few_shot,
        system=arguments.system,
        reasoning=arguments.reasoning,
        minimum_score=arguments.minimum_score,
    )


def _rows(arguments: argparse.Namespace) -> TrainingSet:
    from workbench.training import rows

    with open_store(arguments) as store:
        prompt_id = store.prompt(arguments.prompt).id if arguments.prompt else None
        return rows(store.rated_runs(prompt_id=prompt_id), store.preferences(), _recipe(arguments))


def _preview(arguments: argparse.Namespace) -> int:
    from workbench.training import preview

    for number, row in enumerate(preview(_rows(arguments), arguments.format)):
        if number == arguments.limit:
            break
        print_json(row)
    return 0
