"""The profile of installed `llm` plugins: it appears by itself when plugins come, and follows them.

Which plugins are installed is read from package metadata, without importing any; only when that has changed since
the last time are they imported and their models listed. So a person who removes the profile is rid of it until the
plugins change.
"""

from __future__ import annotations

import asyncio
import logging
from importlib import metadata

from workbench.core.profile import LLM
from workbench.errors import ModelError
from workbench.running.presets import named
from workbench.store import Store, StoreThread

SETTING = "llm_plugins"
"""The plugins that the profile was last made from, each with its version."""

_GROUP = "llm"

_log = logging.getLogger(__name__)


async def follow_plugins(store: StoreThread) -> None:
    """Bring the profile up to date with the plugins. On the loop's thread; what cannot be loaded is logged."""
    from workbench.providers.llm_plugins import LlmPlugins

    found = await asyncio.to_thread(installed)
    known = await asyncio.wrap_future(store.read(lambda opened: opened.setting(SETTING, [])))
    if found == known:
        return
    models: tuple[str, ...] = ()
    if found:
        try:
            models = tuple(model.name for model in await LlmPlugins().models())
        except ModelError as error:
            _log.info("%s", error)
            return
    await asyncio.wrap_future(store.write(lambda opened: _keep(opened, found, models)))


def installed() -> list[str]:
    """The installed plugins of `llm` as `name version`, without those that are kept out."""
    from workbench.providers.llm_plugins import KEPT_OUT

    points = (point for point in metadata.entry_points(group=_GROUP) if point.name != KEPT_OUT)
    return sorted({f"{point.dist.name} {point.dist.version}" for point in points if point.dist})


def _keep(store: Store, found: list[str], models: tuple[str, ...]) -> None:
    if models:
        store.save_profile(named(LLM).profile(models=models))
    elif not found and any(profile.is_plugins for profile in store.profiles()):
        store.delete_profile(LLM)
    store.set_setting(SETTING, found)
