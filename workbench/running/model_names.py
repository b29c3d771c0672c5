"""Names of model files whose own names say nothing, learned from Ollama's manifests.

They are kept in the workspace: Ollama may drop a model whose runs stay, and its name is then nowhere else.
"""

from __future__ import annotations

import asyncio
from collections.abc import Iterable
from pathlib import Path

from workbench.core import model_names
from workbench.models import ollama
from workbench.models.library import Folder, known_folders
from workbench.running.local_library import own_folders
from workbench.store import Store, StoreThread

SETTING = "model_names"


def take_kept(store: Store) -> None:
    """Go by the names that were learned before."""
    model_names.take(store.setting(SETTING, {}))


async def learn(store: StoreThread) -> None:
    """Look for names in Ollama's folders, go by them and keep them."""
    own, models, known = await asyncio.wrap_future(
        store.read(lambda opened: (own_folders(opened), opened.local_models(), opened.setting(SETTING, {})))
    )
    found = await asyncio.to_thread(lambda: _names(known_folders(own), map(Path, models)))
    model_names.take(found)
    if (all_names := {**known, **found}) != known:
        await asyncio.wrap_future(store.write(lambda opened: opened.set_setting(SETTING, all_names)))


def _names(folders: Iterable[Folder], models: Iterable[Path]) -> dict[str, str]:
    """Reads the disk: the blobs of every store of Ollama's, and those that were added from elsewhere."""
    stores = [folder.path for folder in folders if ollama.is_store(folder.path)]
    named = {str(path): name for store in stores for path, name in ollama.named_blobs(store).items()}
    added = {str(path): ollama.name_of(path) for path in models if str(path) not in named}
    return {**named, **{path: name for path, name in added.items() if name}}
