"""What is known about a server: whether it answers, which models it has, and where its key is.

Everything here may wait for a network or a keyring: call it away from the UI thread.
"""

from __future__ import annotations

import asyncio
import importlib
from urllib.parse import urlsplit

from workbench.core.profile import Profile, key_variable
from workbench.providers import keys
from workbench.providers.keys import FoundKey

_SESSION = (
    "This machine has no keyring: the key is kept for this session only and is gone when the program ends. "
    "To keep it, set the environment variable {variable}."
)


async def tested(profile: Profile, typed_key: str | None) -> tuple[tuple[str, ...], str]:
    """The names of a server's models, and in a few sentences what its test found.

    Raises ModelError or UserError.
    """
    # The SDK takes a third of a second to import: in a thread, and not before somebody tests a server.
    module = await asyncio.to_thread(importlib.import_module, "workbench.providers.check")
    found = None if typed_key else await asyncio.to_thread(keys.find_key, profile)
    key = typed_key or (found.key if found else None)
    diagnosis = str(await module.check(profile, key))
    return await _model_names(profile, key), diagnosis


async def _model_names(profile: Profile, key: str | None) -> tuple[str, ...]:
    from workbench.providers.openai_compatible import OpenAICompatible

    server = OpenAICompatible(profile, key)
    try:
        return tuple(model.name for model in await server.models())
    finally:
        await server.close()


def where_key_is(profile: Profile, found: FoundKey | None) -> str:
    """One sentence about where the key of a profile is, or will be."""
    variable = key_variable(profile)
    match found.source if found else None:
        case "environment":
            return f"✓ The key comes from the environment variable {variable}."
        case "keyring":
            return "✓ The key is in the system's keyring."
        case "session":
            return _SESSION.format(variable=variable)
        case _:
            return _no_key(profile)


def _no_key(profile: Profile) -> str:
    variable = key_variable(profile)
    if urlsplit(profile.base_url).hostname in ("127.0.0.1", "localhost", "::1"):
        return "No key; servers on this machine rarely need one."
    if keys.has_keyring():
        return f"No key yet. It is kept in the system's keyring, or set the environment variable {variable}."
    return f"No key yet. {_SESSION.format(variable=variable)}"
