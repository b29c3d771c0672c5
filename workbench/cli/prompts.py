"""`workbench prompts`: the library from a terminal."""

from __future__ import annotations

import argparse
from pathlib import Path

from workbench.cli.arguments import Subcommands, add_command, add_group, add_json, as_file
from workbench.cli.opening import Chosen, choose, open_store
from workbench.cli.output import note, print_json, print_table, print_text, when
from workbench.core import starter
from workbench.core.prompt import SECTION_TITLES, SECTIONS, as_data, variables
from workbench.core.starter import StarterPrompt
from workbench.core.version import section_text
from workbench.errors import NotFound, UserError
from workbench.interchange import prompt_file
from workbench.store import PromptRecord, Store

_FORMATS = ("workbench",)
"""Our own JSON: name, prompt, values, parameters, cases."""


def add(commands: Subcommands) -> None:
    """Add the subcommands."""
    group = add_group(commands, "prompts", about="list, show, save, import and export prompts")
    listed = add_command(group, "list", _list, about="list the prompts of the workspace")
    add_json(listed)

    shown = add_command(group, "show", _show, about="show a prompt's draft or one of its versions")
    shown.add_argument("prompt", metavar="PROMPT[@VERSION]")
    add_json(shown)

    saved = add_command(
        group,
        "save",
        _save,
        about="save a prompt file as a version of the prompt that it names, which is made when it is new",
        examples=('workbench prompts save reply.json -m "Shorter greeting"',),
    )
    saved.add_argument("file", metavar="FILE", help="a prompt file; - is stdin")
    saved.add_argument("-m", "--message", default="", help="what changed")
    add_json(saved)

    imported = add_command(group, "import", _import, about="add a prompt file as a new prompt, with its cases")
    imported.add_argument("file", metavar="FILE", help="a prompt file; - is stdin")
    imported.add_argument("--name", help="a name other than the file's")
    add_json(imported)

    exported = add_command(
        group,
        "export",
        _export,
        about="write a prompt to a file",
        examples=('workbench prompts export "Support reply@3" --format workbench --out reply.json',),
    )
    exported.add_argument("prompt", metavar="PROMPT[@VERSION]")
    exported.add_argument("--format", default="workbench", choices=_FORMATS, help="default: %(default)s")
    exported.add_argument("--out", metavar="FILE", default="-", help="the file; - is stdout (default)")


def _list(arguments: argparse.Namespace) -> int:
    with open_store(arguments) as store:
        prompts = store.prompts()
    if arguments.json:
        for prompt in prompts:
            print_json(
                {
                    "id": prompt.id,
                    "name": prompt.name,
                    "versions": prompt.versions,
                    "label": prompt.label,
                    "updated_at": prompt.updated_at.isoformat(),
                }
            )
        return 0
    rows = ((p.name, str(p.versions), p.label, when(p.updated_at)) for p in prompts)
    print_table(("NAME", "VERSIONS", "LABEL", "CHANGED"), rows)
    return 0


def _show(arguments: argparse.Namespace) -> int:
    with open_store(arguments) as store:
        chosen = choose(store, arguments.prompt)
    if arguments.json:
        print_json(_data(chosen))
        return 0
    version = chosen.version
    print_text(f"{chosen.record.name} · {f'version {version.number}' if version else 'draft'}")
    if names := variables(chosen.prompt):
        print_text(f"variables: {', '.join(names)}")
    for section in SECTIONS:
        text = section_text(chosen.prompt, section)
        if text and (section, text) not in (("chain_of_thought", "off"), ("output_format", "text")):
            print_text(f"\n── {SECTION_TITLES[section]} ──\n{text}")
    return 0


def _data(chosen: Chosen) -> dict[str, object]:
    record, version = chosen.record, chosen.version
    return {
        "id": record.id,
        "name": record.name,
        "description": record.description,
        "version": version.number if version else None,
        "variables": list(variables(chosen.prompt)),
        "values": dict(record.values),
        "prompt": as_data(chosen.prompt),
    }


def _save(arguments: argparse.Namespace) -> int:
    read = _read(arguments.file)
    with open_store(arguments) as store:
        try:
            record = store.prompt(read.name)
        except NotFound:
            record = _created(store, read)
        else:
            store.save_draft(record.id, read.prompt, read.values or record.values, read.config)
        version = store.save_version(record.id, read.prompt, arguments.message)
    if arguments.json:
        print_json({"id": record.id, "name": record.name, "version": version.number, "content": version.id})
    else:
        print_text(f"{record.name}: version {version.number}")
    return 0


def _import(arguments: argparse.Namespace) -> int:
    read = _read(arguments.file)
    name = arguments.name or read.name
    with open_store(arguments) as store:
        if any(prompt.name == name for prompt in store.prompts()):
            raise UserError(
                f"There is a prompt {name!r} already.",
                advice="Give --name, or save a version: prompts save.",
            )
        record = _created(store, read, name=name)
    if arguments.json:
        print_json({"id": record.id, "name": record.name, "cases": len(read.cases)})
    else:
        print_text(f"{record.name}: imported" + (f" with {len(read.cases)} cases" if read.cases else ""))
    return 0


def _created(store: Store, read: StarterPrompt, *, name: str = "") -> PromptRecord:
    record = store.create_prompt(
        name or read.name, read.prompt, values=read.values, config=read.config, description=read.description
    )
    if read.cases:
        store.save_test_set(record.name, read.cases, prompt_id=record.id)
    return record


def _read(path: str) -> StarterPrompt:
    with as_file(path) as file:
        return prompt_file.read(file)


def _export(arguments: argparse.Namespace) -> int:
    with open_store(arguments) as store:
        chosen = choose(store, arguments.prompt)
        test_set = store.test_set_for(chosen.record.id)
    record = chosen.record
    prompt = StarterPrompt(
        name=record.name,
        prompt=chosen.prompt,
        description=record.description,
        values=record.values,
        config=record.config,
        cases=test_set.cases if test_set else (),
    )
    if arguments.out == "-":
        print_json(starter.as_data(prompt))
    else:
        path = Path(arguments.out).expanduser()
        prompt_file.write(prompt, path)
        note(f"{record.name} written to {path}.")
    return 0
