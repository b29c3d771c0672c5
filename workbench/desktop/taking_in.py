"""Files that a person opens or drops: prompts into the library, models to the local ones, cases to a prompt.

Everything here reads files, so it is called away from the UI thread.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from concurrent.futures import Future
from dataclasses import dataclass
from pathlib import Path
from typing import Literal, TypeVar

from workbench.core.case import Case
from workbench.core.starter import StarterPrompt
from workbench.errors import BadFile, WorkbenchError
from workbench.store import Store, StoreThread

T = TypeVar("T")

CASES = (".csv", ".tsv", ".jsonl", ".ndjson", ".parquet", ".yaml", ".yml")
SUFFIXES = (".json", ".gguf", *CASES)
CHOICES = f"Prompts, models and cases ({' '.join(f'*{suffix}' for suffix in SUFFIXES)});;All files (*)"


@dataclass(frozen=True, slots=True)
class Taken:
    """What became of one file."""

    path: Path
    kind: Literal["prompt", "model", "cases", "refused"]
    id: str = ""
    """The prompt's id, the model's reference, the test set's id."""
    name: str = ""
    error: WorkbenchError | None = None


def take_in(paths: Iterable[Path], store: StoreThread, prompt_id: str | None) -> tuple[Taken, ...]:
    """Take in each file by its suffix; a bad one is refused with its reason and stops none of the others."""
    return tuple(_take(path, store, prompt_id) for path in paths)


def _take(path: Path, store: StoreThread, prompt_id: str | None) -> Taken:
    try:
        match path.suffix.lower():
            case ".gguf":
                return _model(path, store)
            case ".json":
                return _prompt(path, store)
            case suffix if suffix in CASES:
                return _cases(path, store, prompt_id)
            case _:
                raise BadFile(
                    f"{path.name} is none of the files that can be taken in.",
                    advice=f"Known: {', '.join(SUFFIXES)}.",
                )
    except WorkbenchError as error:
        return Taken(path, "refused", name=path.name, error=error)


def _model(path: Path, store: StoreThread) -> Taken:
    from workbench.models.gguf import read_metadata

    path = path.resolve()
    read_metadata(path)
    _wait(store.write(lambda open_store: open_store.add_local_model(str(path))))
    return Taken(path, "model", f"local:{path}", path.stem)


def _prompt(path: Path, store: StoreThread) -> Taken:
    from workbench.interchange.prompt_file import read

    starter = read(path)
    prompt_id, name = _wait(store.write(_adding(starter, f"Imported from {path.name}")))
    return Taken(path, "prompt", prompt_id, name)


def _cases(path: Path, store: StoreThread, prompt_id: str | None) -> Taken:
    from workbench.interchange.cases import read

    cases: tuple[Case, ...] = read(path)
    # A set of its own: one of the same name may have been edited since.
    saved = _wait(store.write(lambda open_store: open_store.new_test_set(path.stem, cases, prompt_id=prompt_id)))
    return Taken(path, "cases", saved.id, saved.name)


def _adding(starter: StarterPrompt, message: str) -> Callable[[Store], tuple[str, str]]:
    def add(store: Store) -> tuple[str, str]:
        record = store.create_prompt(
            store.free_name(starter.name),
            starter.prompt,
            values=starter.values,
            config=starter.config,
            description=starter.description,
        )
        store.save_version(record.id, starter.prompt, message)
        if starter.cases:
            store.save_test_set(record.name, starter.cases, prompt_id=record.id)
        return record.id, record.name

    return add


def _wait(future: Future[T]) -> T:
    return future.result()
