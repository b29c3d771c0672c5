"""`workbench tour`: the first minutes in a terminal, as the window gives them on a screen."""

from __future__ import annotations

import argparse
import shlex

from workbench.cli.answer import Answer, exit_code, report
from workbench.cli.arguments import Subcommands, add_command
from workbench.cli.opening import open_workspace
from workbench.cli.output import print_text
from workbench.cli.run_data import short
from workbench.core.prompt import SECTION_TITLES, SECTIONS
from workbench.core.version import section_text
from workbench.errors import NotFound
from workbench.running import Job
from workbench.running.workspace import starters
from workbench.store import PromptRecord, Store

_NEXT = (
    ("prompts list", "the prompts of this workspace"),
    ("run {name} --temperature 0.8", "run it again, with other parameters"),
    ("run {name} --case 2", "run it on one of its test cases"),
    ('versions save {name} -m "A start"', "save its draft as a version"),
    ("versions list {name}", "its versions; versions diff compares two"),
    ("history list", "every run ever made"),
    ("history show {run}", "this one, whole"),
    ("rate {run} --good", "keep its answer as training data"),
    ("training export --out data", "write what was rated good"),
    ("--help", "everything else"),
)


def add(commands: Subcommands) -> None:
    """Add the subcommand."""
    add_command(commands, "tour", take, about="look around in the terminal: run a starter prompt, see what next")


def take(arguments: argparse.Namespace) -> int:
    """Run the first starter prompt on the embedded model and name the commands that go on from there."""
    with open_workspace(arguments) as workspace:
        names, record = workspace.store.read(_first).result()
        print_text(f"Workspace {workspace.path} holds {len(names)} prompts: {', '.join(names)}.\n")
        _show(record)
        print_text("\n── SmolLM2, on this machine, offline ──")
        job = Job(record.prompt, record.values, "starter", record.config, record.id, record.name)
        run, interrupted = Answer(workspace, job, streamed=True).wait()
    report(run)
    print_text("\nGo on from here:")
    commands = [command.format(name=shlex.quote(record.name), run=short(run.id)) for command, _ in _NEXT]
    width = max(map(len, commands))
    for command, (_, what) in zip(commands, _NEXT, strict=True):
        print_text(f"  workbench {command:{width}}  {what}")
    return 130 if interrupted else exit_code(run)


def _first(store: Store) -> tuple[list[str], PromptRecord]:
    """All names, and the first starter prompt, or any other where that is gone."""
    names = [prompt.name for prompt in store.prompts()]
    if not names:
        raise NotFound("This workspace has no prompts.", advice="Add one: workbench prompts import FILE.")
    starter = next(starters()).name
    return names, store.prompt(starter if starter in names else names[0])


def _show(record: PromptRecord) -> None:
    print_text(f"{record.name}: {record.description}".rstrip(": "))
    for section in SECTIONS:
        text = section_text(record.prompt, section)
        if text and (section, text) not in (("chain_of_thought", "off"), ("output_format", "text")):
            print_text(f"── {SECTION_TITLES[section]} ──\n{text}")
    for name, value in record.values.items():
        print_text(f"── {{{{{name}}}}} ──\n{value}")
