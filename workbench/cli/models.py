"""`workbench models`: what can be run here, and what is inside a model file."""

from __future__ import annotations

import argparse
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING

from workbench.cli import hub, loading
from workbench.cli.arguments import Subcommands, add_adapters, add_command, add_group, add_json, with_adapters
from workbench.cli.opening import open_store
from workbench.cli.output import print_json, print_table, print_text
from workbench.core.model_reference import parse
from workbench.errors import NotFound
from workbench.models.library import ModelFile, find_models
from workbench.running.adapted import add_adapted
from workbench.running.catalog import ModelChoice, choices
from workbench.running.local_library import add_folder, folders, remove_folder

if TYPE_CHECKING:
    from workbench.models.gguf import GgufMetadata

_GIB = 1024**3


def add(commands: Subcommands) -> None:
    """Add the subcommands."""
    group = add_group(commands, "models", about="list, add and inspect models")
    listed = add_command(group, "list", _list, about="list the models that can be run, by their references")
    listed.add_argument("--all", action="store_true", help="also those found in the model folders of this machine")
    add_json(listed)

    added = add_command(
        group,
        "add",
        _add,
        about="put a GGUF file on the list; it stays where it is",
        examples=(
            "workbench models add ~/models/qwen2.5-1.5b-q4.gguf",
            "workbench models add starter --lora ~/adapters/support.gguf=0.8",
        ),
    )
    added.add_argument("path", metavar="PATH", help="a GGUF file; with --lora also starter")
    add_adapters(added, about="offer it with this LoRA adapter (GGUF), at a scale (default: 1); repeatable")
    add_json(added)

    inspected = add_command(group, "inspect", _inspect, about="show what a GGUF file says of itself")
    inspected.add_argument("path", metavar="PATH", help="a GGUF file, or starter")
    inspected.add_argument(
        "--context", metavar="N", type=int, default=4096, help="tokens to reckon memory for (default: %(default)s)"
    )
    add_json(inspected)

    searched = add_command(
        group, "folders", _folders, about="show, add and remove folders that are searched for models"
    )
    searched.add_argument("--add", metavar="PATH", help="look for models in this folder too")
    searched.add_argument("--remove", metavar="PATH", help="look there no more; its files stay")
    add_json(searched)
    hub.add(group)
    loading.add(group)


def _list(arguments: argparse.Namespace) -> int:
    with open_store(arguments) as store:
        offered = choices(store)
        searched = folders(store) if arguments.all else ()
    known = {choice.reference for choice in offered}
    offered += tuple(choice for choice in map(_found, find_models(searched)) if choice.reference not in known)
    if arguments.json:
        for choice in offered:
            print_json(asdict(choice))
        return 0
    print_table(("REFERENCE", "PLACE", "NOTE"), ((c.reference, c.place, c.note) for c in offered))
    return 0


def _found(model: ModelFile) -> ModelChoice:
    note = f"{model.name}, {model.size_bytes / _GIB:.2f} GiB, found in {model.program}"
    return ModelChoice(f"local:{model.path}", model.name, "local", note)


def _folders(arguments: argparse.Namespace) -> int:
    with open_store(arguments) as store:
        if arguments.add:
            add_folder(store, Path(arguments.add).expanduser().absolute())
        if arguments.remove:
            remove_folder(store, Path(arguments.remove).expanduser().absolute())
        searched = folders(store)
    if arguments.json:
        for folder in searched:
            print_json({"path": str(folder.path), "program": folder.program})
        return 0
    print_table(("PROGRAM", "FOLDER"), ((folder.program, str(folder.path)) for folder in searched))
    return 0


def _add(arguments: argparse.Namespace) -> int:
    from workbench.models.adapter import check_belongs, read_adapter
    from workbench.models.gguf import read_metadata
    from workbench.models.starter import starter_path

    embedded = arguments.path == "starter" and arguments.lora
    path = starter_path() if embedded else _file(arguments.path)
    metadata = read_metadata(path)
    reference = with_adapters("starter" if embedded else f"local:{path}", arguments)
    for adapter in parse(reference).adapters:
        check_belongs(read_adapter(Path(adapter.path)), metadata)
    with open_store(arguments) as store:
        if arguments.lora:
            add_adapted(store, reference)
        else:
            store.add_local_model(str(path))
    if arguments.json:
        print_json({"reference": reference, "name": metadata.name, "architecture": metadata.architecture})
    else:
        print_text(reference)
    return 0


def _inspect(arguments: argparse.Namespace) -> int:
    from workbench.models.gguf import read_metadata
    from workbench.models.memory import estimate
    from workbench.models.starter import starter_path

    path = starter_path() if arguments.path == "starter" else _file(arguments.path)
    metadata = read_metadata(path)
    memory = estimate(metadata, context=arguments.context)
    if arguments.json:
        print_json(_data(metadata) | {"memory": {"context": arguments.context, **asdict(memory)}})
        return 0
    for title, value in (
        ("file", path),
        ("name", metadata.name),
        ("architecture", metadata.architecture),
        ("parameters", f"{metadata.parameters:,}" if metadata.parameters else ""),
        ("quantisation", metadata.quantisation),
        ("trained context", f"{metadata.context:,} tokens" if metadata.context else ""),
        ("licence", metadata.licence),
        ("chat template", "yes" if metadata.chat_template else "none"),
        ("size", f"{metadata.size_bytes / _GIB:.2f} GiB"),
        (
            f"memory at {arguments.context:,} tokens",
            f"{memory.total / _GIB:.2f} GiB, {'fits' if memory.fits else 'does not fit'}",
        ),
    ):
        if value:
            print_text(f"{title:26}{value}")
    return 0


def _data(metadata: GgufMetadata) -> dict[str, object]:
    names = (
        "architecture",
        "name",
        "parameters",
        "quantisation",
        "context",
        "licence",
        "size_bytes",
        "tensor_count",
    )
    data = {name: getattr(metadata, name) for name in names}
    return {"path": str(metadata.path), **data, "chat_template": metadata.chat_template}


def _file(text: str) -> Path:
    path = Path(text).expanduser().absolute()
    if not path.is_file():
        raise NotFound(f"There is no model file {path}.")
    return path
