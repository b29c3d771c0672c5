"""The models on this machine that nobody has to add: found in the folders of several programs and in own ones."""

from __future__ import annotations

import asyncio
from concurrent.futures import Future
from pathlib import Path

from workbench.core import model_names
from workbench.errors import NotFound
from workbench.models.library import Folder, ModelFile, find_models, known_folders
from workbench.running.loop import Loop
from workbench.store import Store, StoreThread

MODEL_FOLDERS = "model_folders"
"""The setting with the person's own library folders."""


def own_folders(store: Store) -> tuple[Path, ...]:
    """Folders that the person added."""
    return tuple(Path(folder) for folder in store.setting(MODEL_FOLDERS, []))


def add_folder(store: Store, folder: Path) -> None:
    """Look for models in this folder too. Raises NotFound."""
    if not folder.is_dir():
        raise NotFound(f"There is no folder {folder}.")
    if folder not in (known := own_folders(store)):
        store.set_setting(MODEL_FOLDERS, [str(one) for one in (*known, folder)])


def remove_folder(store: Store, folder: Path) -> None:
    """Look there no more; its files stay. Raises NotFound."""
    known = own_folders(store)
    if folder not in known:
        raise NotFound(
            f"{folder} is not one of your model folders.",
            advice=f"They are {', '.join(map(str, known))}." if known else "You have added none.",
        )
    store.set_setting(MODEL_FOLDERS, [str(one) for one in known if one != folder])


def folders(store: Store) -> tuple[Folder, ...]:
    """All folders that are looked into."""
    return known_folders(own_folders(store))


def found_models(loop: Loop, store: StoreThread) -> Future[tuple[ModelFile, ...]]:
    """Every model that is there, looked for in a thread."""

    async def look() -> tuple[ModelFile, ...]:
        own = await asyncio.wrap_future(store.read(own_folders))
        found = await asyncio.to_thread(lambda: find_models(known_folders(own)))
        # One that is chosen from here is shown by its name from its first run on.
        model_names.take({str(one.path): one.name for one in found if one.path.suffix.lower() != ".gguf"})
        return found

    return loop.submit(look())
