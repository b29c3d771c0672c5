"""`workbench tour`: the first minutes in a terminal, as the window gives them on a screen."""

from __future__ import annotations

import argparse

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

_NEXT = """\
Go on from here:
  workbench prompts list                          the prompts of this workspace
  workbench run {name!r} --temperature 0          run it again, with other parameters
  workbench run {name!r} --case 2                 run it on one of its test cases
  workbench versions save {name!r} -m "A start"   save its draft as a version
  workbench versions list {name!r}                its versions; diff compares two of them
  workbench history list                          every run ever made
  workbench history show {run}             this one, whole
  workbench rate {run} --good              keep its answer as training data
  workbench training export --out data            write what was rated good
  workbench --help                                everything else
"""


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
    print_text("\n" + _NEXT.format(name=record.name, run=short(run.id)), end="")
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
