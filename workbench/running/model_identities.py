"""What makes a model that model: a part of the hash of every request, so that no other model's answer is taken."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable, Mapping
from dataclasses import asdict
from typing import Any

from workbench.models.starter import starter_path
from workbench.running.catalog import Catalog
from workbench.running.experiment_plan import model_identity
from workbench.store import StoreThread


async def model_identities(
    store: StoreThread, catalog: Catalog, references: Iterable[str]
) -> Mapping[str, Mapping[str, Any]]:
    """The identity of each of these models, by reference; loads none of them. See `request_hash`."""
    known = await asyncio.wrap_future(store.read(lambda opened: opened.profiles()))
    profiles = {profile.name: profile for profile in known}
    # How much is kept on disk changes no answer.
    options = {name: value for name, value in asdict(await catalog.load_options()).items() if name != "disk_cache"}
    found: dict[str, Mapping[str, Any]] = {}
    for one in references:
        identity = await asyncio.to_thread(model_identity, one, profiles, starter_path())
        if "file" in identity:
            identity = {**identity, **options, "chat_template": await catalog.chat_template(one)}
        found[one] = identity
    return found
