"""`workbench training`: what was rated good, as data that a trainer accepts."""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from workbench.cli.arguments import Parser, Subcommands, add_command, add_group, add_json
from workbench.cli.opening import open_store, workspace_path
from workbench.cli.output import note, print_json, print_table, print_text
from workbench.cli.run_data import short
from workbench.core.pictures.figures import counted

if TYPE_CHECKING:
    from workbench.training import Recipe, Refused, TrainingSet

FORMAT_NAMES = ("openai-sft", "trl-prompt-completion", "trl-preference", "openai-dpo")
"""The names in `workbench.training.FORMATS`, here so that --help need not import it; a test compares them."""

_REASONING = ("answer_only", "in_content", "think_tags", "reasoning_content")


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
    parser.add_argument("--format", choices=FORMAT_NAMES, default=FORMAT_NAMES[0], help="default: %(default)s")
    parser.add_argument("--prompt", metavar="PROMPT", help="runs of this prompt alone")
    parser.add_argument(
        "--few-shot", choices=("fold", "keep"), default="fold", help="examples left out, or as turns"
    )
    parser.add_argument("--system", choices=("keep", "drop"), default="keep")
    parser.add_argument("--reasoning", choices=_REASONING, default="answer_only", help="where reasoning goes")
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


def _check(arguments: argparse.Namespace) -> int:
    from workbench.training import FORMATS

    made = _rows(arguments)
    kind = FORMATS[arguments.format].kind
    rows = len(made.rows) if kind == "completion" else len(made.pairs)
    refused = [one for one in made.refused if one.kind == kind]
    if arguments.json:
        counts = {"format": arguments.format, "rows": rows, "not_good": made.not_good}
        print_json({**counts, **_refused(refused)})
        return 0
    print_text(f"{arguments.format}: {counted(rows, 'row')}, {counted(len(refused), 'run')} refused")
    if refused:
        print_table(("RUN", "WHY"), ((short(one.run_id), one.reason) for one in refused))
    return 0


def _export(arguments: argparse.Namespace) -> int:
    from workbench.training import export

    path = workspace_path(arguments)
    exported = export(_rows(arguments), arguments.format, arguments.out, manifest={"workspace": path.name})
    if arguments.json:
        files = [str(path) for path in exported.files]
        print_json(
            {"format": arguments.format, "files": files, "rows": exported.rows, **_refused(exported.refused)}
        )
        return 0
    for file in exported.files:
        print_text(str(file))
    for warning in exported.warnings:
        note(warning)
    note(f"{counted(exported.rows, 'row')} written, {counted(len(exported.refused), 'run')} refused.")
    return 0


def _refused(refused: Sequence[Refused]) -> dict[str, list[dict[str, str]]]:
    return {"refused": [{"run": one.run_id, "reason": one.reason} for one in refused]}
