"""Opening the workspace that a command works on, and finding prompts and runs in it."""

from __future__ import annotations

import argparse
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from workbench.core.prompt import Prompt
from workbench.core.version import PromptVersion
from workbench.errors import NotFound
from workbench.paths import default_workspace
from workbench.running import Workspace
from workbench.running.model_names import take_kept
from workbench.running.workspace import starters
from workbench.store import PromptRecord, Store


def workspace_path(arguments: argparse.Namespace) -> Path:
    """The file that `--workspace` names, or the default one."""
    chosen: Path | None = getattr(arguments, "workspace", None)
    return chosen.expanduser().absolute() if chosen else default_workspace()


@contextmanager
def open_store(arguments: argparse.Namespace) -> Iterator[Store]:
    """The workspace's store alone, for commands that run nothing. Raises StoreError."""
    store = Store.open(workspace_path(arguments))
    try:
        store.seed_starter(starters())
        take_kept(store)
        yield store
    finally:
        store.close()


@contextmanager
def open_workspace(arguments: argparse.Namespace) -> Iterator[Workspace]:
    """The whole workspace, for commands that run models. Raises StoreError."""
    workspace = Workspace(workspace_path(arguments))
    try:
        workspace.start().result()
        yield workspace
    finally:
        workspace.close()


@dataclass(frozen=True, slots=True)
class Chosen:
    """A prompt of the library, as its draft or as one of its versions."""

    record: PromptRecord
    version: PromptVersion | None
    """None for the draft."""

    @property
    def prompt(self) -> Prompt:
        """The content that was chosen."""
        return self.version.prompt if self.version else self.record.prompt


def choose(store: Store, text: str) -> Chosen:
    """What `PROMPT` or `PROMPT@VERSION` names; a prompt's own name may hold an @. Raises NotFound."""
    name, at, version = text.rpartition("@")
    try:
        return Chosen(store.prompt(text), None)
    except NotFound:
        if not at or not name:
            raise
    record = store.prompt(name)
    return Chosen(record, store.version(record.id, version))


def run_id(store: Store, text: str) -> str:
    """The id of the run that an id, its beginning, or `last` names. Raises NotFound."""
    if text != "last":
        return store.run(text).run.id
    newest = store.runs(limit=1)
    if not newest:
        raise NotFound("There is no run yet.", advice="Make one: workbench run PROMPT.")
    return newest[0].id
