"""`workbench models search | files | download`: models from a hub. Only these commands use the network for it."""

from __future__ import annotations

import argparse
import asyncio
from collections.abc import Awaitable, Callable
from typing import TypeVar

from workbench.cli.arguments import Parser, Subcommands, add_command, add_json
from workbench.cli.opening import open_store
from workbench.cli.output import Progress as Line
from workbench.cli.output import note, print_json, print_table, print_text
from workbench.core.size import size_text
from workbench.errors import NotFound, UserError
from workbench.models.download import describe, download
from workbench.models.hub import Hub, HubModel, checked_repository
from workbench.models.library import download_folder
from workbench.models.memory import free_memory
from workbench.models.quantisation import fit, hint
from workbench.models.ticket import Ticket, begun, make_ticket
from workbench.running.hub_access import ask_hub, endpoint

T = TypeVar("T")


def add(group: Subcommands) -> None:
    """Add the subcommands to `models`."""
    found = add_command(
        group,
        "search",
        _search,
        about="find repositories with GGUF files on the hub",
        examples=("workbench models search qwen2.5 1.5b instruct",),
    )
    found.add_argument("words", metavar="WORD", nargs="+")
    _add_access(found)
    listed = add_command(
        group,
        "files",
        _files,
        about="list the models of a repository on the hub: size, quantisation, whether they fit here",
        examples=("workbench models files bartowski/Qwen2.5-1.5B-Instruct-GGUF",),
    )
    listed.add_argument("repository", metavar="REPO", help="owner/name")
    _add_access(listed, revision=True)
    fetched = add_command(
        group,
        "download",
        _download,
        about="download a model from the hub and put it on the list; run it again to go on after a stop",
        examples=(
            "workbench models download bartowski/Qwen2.5-1.5B-Instruct-GGUF Q4_K_M",
            "workbench models download owner/name model-Q8_0.gguf --endpoint https://hub.example.com",
        ),
    )
    fetched.add_argument("repository", metavar="REPO", help="owner/name")
    fetched.add_argument("file", metavar="FILE", help="a name that `models files` lists, or its quantisation")
    _add_access(fetched, revision=True)


def _add_access(parser: Parser, *, revision: bool = False) -> None:
    parser.add_argument(
        "--endpoint", metavar="URL", help="another hub (default: the setting, HF_ENDPOINT, or huggingface.co)"
    )
    if revision:
        parser.add_argument("--revision", metavar="NAME", default="main", help="branch, tag or commit")
    add_json(parser)


def _search(arguments: argparse.Namespace) -> int:
    found = _ask(arguments, lambda hub: hub.search(" ".join(arguments.words)))
    if arguments.json:
        for one in found:
            print_json({"repository": one.name, "downloads": one.downloads, "gated": one.gated})
    elif found:
        rows = ((one.name, f"{one.downloads:,}", "terms to accept" if one.gated else "") for one in found)
        print_table(("REPOSITORY", "DOWNLOADS", "NOTE"), rows)
    else:
        note("Nothing with GGUF files was found.")
    return 0


def _files(arguments: argparse.Namespace) -> int:
    models = _ask(arguments, lambda hub: hub.models(arguments.repository, revision=arguments.revision))
    free = free_memory()
    if arguments.json:
        for model in models:
            print_json(_data(model, free))
    elif models:
        rows = (
            (one.name, size_text(one.size_bytes), one.quantisation, fit(one.size_bytes, free), _note(one))
            for one in models
        )
        print_table(("FILE", "SIZE", "QUANTISATION", "HERE", "NOTE"), rows)
    else:
        note("There is no GGUF file in this repository.")
    return 0


def _data(model: HubModel, free: int) -> dict[str, object]:
    return {
        "file": model.name,
        "files": [file.path for file in model.files],
        "size_bytes": model.size_bytes,
        "quantisation": model.quantisation,
        "fit": fit(model.size_bytes, free),
        "sha256": [file.sha256 for file in model.files],
    }


def _note(model: HubModel) -> str:
    parts = f"{len(model.files)} files" if len(model.files) > 1 else ""
    return "; ".join(filter(None, (parts, hint(model.quantisation))))


def _download(arguments: argparse.Namespace) -> int:
    line = Line()
    try:
        ticket = _ask(arguments, lambda hub: _bring(hub, arguments, line))
    except KeyboardInterrupt:
        line.clear()
        note("Paused. The same command goes on from here.")
        raise
    finally:
        line.clear()
    with open_store(arguments) as store:
        store.add_local_model(str(ticket.path))
    reference = f"local:{ticket.path}"
    if arguments.json:
        print_json({"reference": reference, "path": str(ticket.path), "size_bytes": ticket.size_bytes})
    else:
        print_text(reference)
    return 0


async def _bring(hub: Hub, arguments: argparse.Namespace, line: Line) -> Ticket:
    models = await hub.models(arguments.repository, revision=arguments.revision)
    model = chosen(models, arguments.file, checked_repository(arguments.repository))
    library = download_folder()
    wanted = make_ticket(hub.endpoint, arguments.repository, model.files, library, revision=arguments.revision)
    return await download(begun(wanted, library), hub, lambda progress: line.show(describe(progress)))


def chosen(models: tuple[HubModel, ...], text: str, repository: str) -> HubModel:
    """The model that a name, a file of it, or a quantisation means. Raises NotFound, UserError."""
    for fits in (
        lambda one: text in (one.name, *(file.path for file in one.files)),
        lambda one: text in (one.name.rpartition("/")[2], one.name.removesuffix(".gguf")),
        lambda one: text.upper() == one.quantisation,
    ):
        found = [one for one in models if fits(one)]
        if len(found) == 1:
            return found[0]
        if found:
            names = ", ".join(one.name for one in found)
            raise UserError(f"{text} is said of several files of {repository}: {names}.", advice="Name one.")
    known = ", ".join(one.name for one in models[:20])
    raise NotFound(
        f"{repository} has no model {text}.", advice=f"It has: {known}." if known else "It has no GGUF file."
    )


def _ask(arguments: argparse.Namespace, do: Callable[[Hub], Awaitable[T]]) -> T:
    """Ask the hub that the arguments, the workspace or the environment name."""
    address = arguments.endpoint
    if address is None:
        with open_store(arguments) as store:
            address = endpoint(store)
    return asyncio.run(ask_hub(address, do, named_by_hand=arguments.endpoint is not None))
