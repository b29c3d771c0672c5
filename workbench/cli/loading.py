"""`workbench models settings` and `template`: how local models are loaded."""

from __future__ import annotations

import argparse
from typing import Any

from workbench.cli.arguments import Subcommands, add_command, add_json, model, read_text
from workbench.cli.opening import open_workspace
from workbench.cli.output import print_json, print_text
from workbench.core.completion import Message, Request
from workbench.core.model_reference import parse
from workbench.errors import UserError
from workbench.running import Workspace

_MOST_MINUTES = 1_000_000

_SAMPLE = (Message("system", "You are helpful."), Message("user", "Hello!"))


def add(group: Subcommands) -> None:
    """Add the subcommands."""
    settings = add_command(
        group,
        "settings",
        _settings,
        about="show and change how local models are loaded, for good",
        examples=(
            "workbench models settings --context 16384 --unload-after 0",
            "workbench models settings --json",
        ),
    )
    settings.add_argument(
        "--context", metavar="N", type=_whole, help="tokens of a prompt and its answer; 0 chooses"
    )
    settings.add_argument("--sequences", metavar="N", type=_whole, help="answers decoded at once; 0 chooses")
    settings.add_argument("--gpu-layers", metavar="N", help="layers that the GPU computes, or auto")
    settings.add_argument("--threads", metavar="N", type=_whole, help="threads of the processor; 0 chooses")
    settings.add_argument(
        "--unload-after",
        metavar="MIN",
        type=_minutes,
        help="unload a model after so many idle minutes; 0 never does",
    )
    settings.add_argument(
        "--disk-cache", metavar="MB", type=_whole, help="keep decoded beginnings of prompts on disk; 0 keeps none"
    )
    add_json(settings)

    template = add_command(
        group,
        "template",
        _template,
        about="show a local model's chat template at work, or give it another one",
        examples=("workbench models template starter", "workbench models template starter --file chatml.jinja"),
    )
    template.add_argument("model", metavar="REF", help="starter or local:FILE")
    change = template.add_mutually_exclusive_group()
    change.add_argument("--file", metavar="FILE", help="use this Jinja template from now on; - is stdin")
    change.add_argument("--own", action="store_true", help="use the file's own template again")
    add_json(template)


def _settings(arguments: argparse.Namespace) -> int:
    changed = _changed(arguments)
    with open_workspace(arguments) as workspace:
        catalog, loop = workspace.catalog, workspace.loop
        if changed:
            loop.submit(catalog.set_load_options(**changed)).result()
        if arguments.unload_after is not None:
            loop.submit(catalog.set_unload_after(arguments.unload_after)).result()
        options = loop.submit(catalog.load_options()).result()
        minutes = loop.submit(catalog.unload_after()).result()
    known = {
        "context": options.context,
        "sequences": options.sequences,
        "gpu_layers": options.gpu_layers,
        "threads": options.threads,
        "disk_cache": options.disk_cache,
        "unload_after": minutes,
    }
    if arguments.json:
        print_json(known)
        return 0
    for title, value in (
        ("context", f"{options.context:,} tokens" if options.context else "chosen for each model"),
        ("answers at once", options.sequences or "chosen"),
        ("GPU layers", options.gpu_layers),
        ("threads", options.threads or "chosen"),
        ("cache on disk", f"{options.disk_cache:,} MB" if options.disk_cache else "off"),
        ("unload after", f"{minutes:g} idle minutes" if minutes else "never"),
    ):
        print_text(f"{title:20}{value}")
    return 0


def _changed(arguments: argparse.Namespace) -> dict[str, Any]:
    changed: dict[str, Any] = {}
    for name in ("context", "sequences", "threads"):
        if (value := getattr(arguments, name)) is not None:
            changed[name] = value or None
    if arguments.disk_cache is not None:
        changed["disk_cache"] = arguments.disk_cache
    if (layers := arguments.gpu_layers) is not None:
        if layers != "auto" and not layers.isdecimal():
            raise UserError(f"--gpu-layers is {layers!r}; it must be a number or auto.")
        changed["gpu_layers"] = layers if layers == "auto" else int(layers)
    return changed


def _template(arguments: argparse.Namespace) -> int:
    reference = model(arguments.model)
    if parse(reference).place not in ("starter", "local"):
        raise UserError(f"{reference} is no local model; its server has the chat template.")
    with open_workspace(arguments) as workspace:
        if arguments.file or arguments.own:
            _change(workspace, reference, read_text(arguments.file) if arguments.file else None)
        shown = _rendered(workspace, reference)
        own = workspace.loop.submit(workspace.catalog.chat_template(reference)).result()
    if arguments.json:
        print_json({"model": reference, "template": own, "rendered": shown})
    else:
        print_text("The template given for this model:" if own else "The file's own template:")
        print_text(shown)
    return 0


def _change(workspace: Workspace, reference: str, template: str | None) -> None:
    """Take a template over, unless it cannot even render a greeting."""
    catalog, loop = workspace.catalog, workspace.loop
    before = loop.submit(catalog.chat_template(reference)).result()
    loop.submit(catalog.set_chat_template(reference, template)).result()
    try:
        _rendered(workspace, reference)
    except Exception:
        loop.submit(catalog.set_chat_template(reference, before)).result()
        raise


def _rendered(workspace: Workspace, reference: str) -> str:
    """A greeting as the model reads it. Raises ModelError."""

    async def ask() -> str:
        async with workspace.catalog.lease(reference) as (entry, name):
            return (await entry.provider.count(Request(name, _SAMPLE))).text

    return workspace.loop.submit(ask()).result()


def _whole(text: str) -> int:
    if not text.isdecimal():
        raise argparse.ArgumentTypeError(f"{text!r} is no whole number, 0 or more")
    return int(text)


def _minutes(text: str) -> float:
    try:
        number = float(text.replace(",", "."))
    except ValueError:
        number = -1.0
    if not 0 <= number < _MOST_MINUTES:
        raise argparse.ArgumentTypeError(f"{text!r} is no number of minutes, 0 or more")
    return number
