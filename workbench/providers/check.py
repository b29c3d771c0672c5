"""The test button of a profile: is the server there, does it take the key, which models does it have?"""

from __future__ import annotations

import time
from contextlib import suppress
from urllib.parse import urlsplit

from workbench.core.completion import ModelInfo
from workbench.core.profile import Profile
from workbench.errors import ServerError
from workbench.providers.openai_compatible import OpenAICompatible


async def check(profile: Profile, key: str | None) -> str:
    """What was found, in two or three sentences, when the profile can be used.

    Raises ServerError or UserError, with cause and next step, when it cannot. Sends no prompt and costs nothing.
    """
    began = time.monotonic()
    models = await _models(profile, key)
    milliseconds = (time.monotonic() - began) * 1_000
    return (
        f"The server answered in {milliseconds:.0f} ms. {_about_models(models)} {await _about_key(profile, key)}"
    )


async def _models(profile: Profile, key: str | None) -> tuple[ModelInfo, ...]:
    provider = OpenAICompatible(profile, key)
    try:
        return await provider.models()
    finally:
        await provider.close()


def _about_models(models: tuple[ModelInfo, ...]) -> str:
    match models:
        case ():
            return "It offers no models."
        case (only,):
            return f"It offers one model, {only.name}."
    return f"It offers {len(models)} models."


async def _about_key(profile: Profile, key: str | None) -> str:
    """Whether the key was needed: a list that anybody may read proves nothing about it."""
    if not key:
        return "It asked for no key."
    open_line = " It travels unencrypted: the address begins with http://." if _is_open(profile) else ""
    with suppress(ServerError):
        await _models(profile, None)
        return f"Its model list is public, so the key shows its worth with the first run only.{open_line}"
    return f"It took the key.{open_line}"


def _is_open(profile: Profile) -> bool:
    """Whether a key leaves this machine without TLS."""
    address = urlsplit(profile.base_url)
    host = address.hostname or ""
    return address.scheme == "http" and not (host in ("localhost", "::1") or host.startswith("127."))
