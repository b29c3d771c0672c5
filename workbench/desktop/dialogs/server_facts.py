"""What is known about a server: whether it answers, which models it has, and where its key is.

Everything here may wait for a network or a keyring: call it away from the UI thread.
"""

from __future__ import annotations

import asyncio
import importlib
from collections.abc import Mapping
from dataclasses import replace
from urllib.parse import urlsplit

from workbench.core.profile import Profile, key_variable
from workbench.providers import keys
from workbench.providers.keys import FoundKey
from workbench.providers.server import Access, checked_key

_SESSION = (
    "This machine has no keyring: the key is kept for this session only and is gone when the program ends. "
    "To keep it, set the environment variable {variable}."
)


async def tested(
    profile: Profile, typed_key: str | None, typed_headers: Mapping[str, str]
) -> tuple[tuple[str, ...], str]:
    """The names of a server's models, and in a few sentences what its test found.

    What is typed and not kept yet goes before what is kept. Raises ModelError or UserError.
    """
    # The SDK takes a third of a second to import: in a thread, and not before somebody tests a server.
    module = await asyncio.to_thread(importlib.import_module, "workbench.providers.check")
    opened = await asyncio.to_thread(_access, profile, typed_key, typed_headers)
    diagnosis = await module.diagnosed(profile, opened)
    return tuple(model.name for model in diagnosis.models), diagnosis.sentence


def _access(profile: Profile, typed_key: str | None, typed_headers: Mapping[str, str]) -> Access:
    kept = replace(profile, headers=tuple(one for one in profile.headers if one.name not in typed_headers))
    found = keys.find_access(kept)
    key = checked_key(typed_key) if typed_key else found.key
    return replace(found, key=key, headers={**found.headers, **typed_headers})


def keep_secrets(profile: Profile, before: Profile | None, key: str, headers: Mapping[str, str]) -> None:
    """Keep what was typed, in the keyring or for this session; forget what no header wants. Raises UserError."""
    wanted = _kept_names(profile)
    for name in _kept_names(before) - wanted if before else ():
        keys.forget_header(before or profile, name)
    if key:
        keys.save_key(profile, key)
    for name, value in headers.items():
        keys.save_header(profile, name, value)


def _kept_names(profile: Profile) -> set[str]:
    return {header.name for header in profile.headers if header.source == "keyring"}


def where_key_is(profile: Profile, found: FoundKey | None) -> str:
    """One sentence about where the key of a profile is, or will be."""
    if profile.is_plugins:
        return "Plugins take their keys from llm: llm keys set NAME."
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
