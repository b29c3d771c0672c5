"""Finding out what a model at a server takes, and remembering it."""

from __future__ import annotations

import asyncio
from contextlib import aclosing

from workbench.core.profile import Profile, place
from workbench.errors import UserError
from workbench.running.capabilities import Finding
from workbench.running.catalog import Catalog


async def probed(catalog: Catalog, profile: Profile, model: str) -> tuple[Finding, ...]:
    """What a model takes, found out with five short requests and remembered. On the loop's thread.

    Raises ModelError and UserError when it does not answer at all.
    """
    from workbench.providers.keys import find_access
    from workbench.providers.probe import probe

    if profile.is_plugins:
        raise UserError(
            "What a model of an llm plugin takes is known from the plugin: there is nothing to find out."
        )
    opened = await asyncio.to_thread(find_access, profile)
    async with aclosing(probe(profile, opened, model)) as findings:
        found = [Finding(one.name, one.taken, one.said) async for one in findings]
    await catalog.capabilities.load()
    # Whether it reasons is worth knowing, but nothing that is sent or not.
    catalog.capabilities.learn(place(profile), model, found)
    return tuple(found)
