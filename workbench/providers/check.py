"""The test button of a profile: is the server there, does it take the key, which models does it have?

Where it is not, the usual slips are tried out before anything is said: an address without its `/v1`, a website in
place of its API, a program of this machine that listens at another port. What is sent for that carries no key.
"""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass, replace
from urllib.parse import urlsplit, urlunsplit

from workbench.core.completion import ModelInfo
from workbench.core.profile import Profile
from workbench.errors import ModelError, ServerError, UserError
from workbench.providers.openai_compatible import OpenAICompatible
from workbench.providers.server import Access, access

_SLOW_SECONDS = 5.0
"""A model list takes no longer where all is well."""

_PATHS = ("/v1", "/api/v1", "/openai/v1")
"""Where servers usually have their API."""

_PORTS = {11434: "Ollama", 1234: "LM Studio", 8080: "llama-server", 8000: "vLLM"}
"""Of programs that run on one's own machine."""

_OWN = frozenset({"127.0.0.1", "localhost", "::1"})


@dataclass(frozen=True, slots=True)
class Diagnosis:
    """What the test of a profile found."""

    sentence: str
    """Two or three sentences."""
    models: tuple[ModelInfo, ...]


async def check(profile: Profile, key: Access | str | None) -> str:
    """What was found, in two or three sentences, when the profile can be used.

    Raises ModelError or UserError, with cause and next step, when it cannot. Sends no prompt and costs nothing.
    """
    return (await diagnosed(profile, key)).sentence


async def diagnosed(profile: Profile, key: Access | str | None) -> Diagnosis:
    """As `check`, with the models that were found on the way."""
    if profile.is_plugins:
        return await _plugins()
    began = time.monotonic()
    try:
        models = await _models(profile, key)
    except ServerError as error:
        raise await _explained(profile, error) from None
    seconds = time.monotonic() - began
    parts = (_about_time(seconds), _about_models(profile, models), await _about_key(profile, key))
    return Diagnosis(" ".join(filter(None, parts)), models)


async def _models(profile: Profile, key: Access | str | None) -> tuple[ModelInfo, ...]:
    provider = OpenAICompatible(profile, key)
    try:
        return await provider.models()
    finally:
        await provider.close()


async def _plugins() -> Diagnosis:
    from workbench.providers.llm_plugins import LlmPlugins

    models = await LlmPlugins().models()
    if not models:
        raise ModelError(
            "No installed llm plugin has a model, and llm has no key for its own.",
            advice="Install a plugin beside this program, or give llm a key: llm keys set openai.",
        )
    return Diagnosis(f"llm offers {_counted(models)}.", models)


def _about_time(seconds: float) -> str:
    if seconds < _SLOW_SECONDS:
        return f"The server answered in {seconds * 1_000:.0f} ms."
    return (
        f"The server took {seconds:.0f} seconds to list its models: it is busy, far away, or behind a slow proxy."
    )


def _about_models(profile: Profile, models: tuple[ModelInfo, ...]) -> str:
    match models:
        case ():
            offered = "It offers no models."
        case (only,):
            offered = f"It offers one model, {only.name}."
        case _:
            offered = f"It offers {len(models)} models."
    known = {model.name for model in models}
    absent = [name for name in profile.models if name not in known] if known else []
    return f"{offered} {_absent(absent)}".rstrip()


def _absent(names: list[str]) -> str:
    if not names:
        return ""
    shown = ", ".join(names[:3]) + (" …" if len(names) > 3 else "")
    return f"Of the models in the profile, it does not list {shown}: remove what is gone, or check the spelling."


def _counted(models: tuple[ModelInfo, ...]) -> str:
    return "one model" if len(models) == 1 else f"{len(models)} models"


async def _about_key(profile: Profile, key: Access | str | None) -> str:
    """Whether the key was needed: a list that anybody may read proves nothing about it."""
    opened = access(key)
    if not opened.key:
        return "It asked for no key."
    open_line = " It travels unencrypted: the address begins with http://." if _is_open(profile) else ""
    with suppress(ServerError):
        await _models(profile, replace(opened, key=None))
        return f"Its model list is public, so the key shows its worth with the first run only.{open_line}"
    return f"It took the key.{open_line}"


def _is_open(profile: Profile) -> bool:
    """Whether a key leaves this machine without TLS."""
    address = urlsplit(profile.base_url)
    host = address.hostname or ""
    return address.scheme == "http" and not (host in ("localhost", "::1") or host.startswith("127."))


# Why not


async def _explained(profile: Profile, error: ServerError) -> ModelError | UserError:
    """The error, with a better next step where trying the usual slips out has found one."""
    if error.status in (401, 402, 403, 407, 429) or (error.status or 0) >= 500:
        return error
    for candidate, advice in _candidates(profile, reached=_was_reached(error)):
        if await _answers(candidate):
            return ServerError(error.message, advice=advice, details=error.details, status=error.status)
    return error


def _was_reached(error: ServerError) -> bool:
    """Whether something answered at the address, though not as a model server does."""
    return error.status is not None or "did not answer with" in error.message


def _candidates(profile: Profile, *, reached: bool) -> Iterator[tuple[Profile, str]]:
    """Other addresses that the person may have meant, with what to say when one of them answers."""
    parts = urlsplit(profile.base_url)
    if reached:
        for path in _PATHS:
            if not parts.path.rstrip("/").endswith(path):
                address = urlunsplit(parts._replace(path=parts.path.rstrip("/") + path))
                yield replace(profile, base_url=address), f"A model server answers at {address}: put that in."
        root = urlunsplit(parts._replace(path="/v1"))
        if parts.path.strip("/") not in ("", "v1"):
            yield replace(profile, base_url=root), f"A model server answers at {root}: put that in."
    elif parts.hostname in _OWN:
        for port, program in _PORTS.items():
            if port != parts.port:
                address = f"http://{parts.hostname}:{port}/v1"
                advice = (
                    f"A model server answers at {address}, the port of {program}: put that in, or start yours."
                )
                yield replace(profile, base_url=address, proxy=""), advice


async def _answers(profile: Profile) -> bool:
    """Whether a model server is there; one that wants a key is."""
    try:
        await _models(replace(profile, headers=(), query=()), None)
    except ServerError as error:
        return error.status in (401, 403)
    except (ModelError, UserError):
        return False
    return True
