"""One local model: its facts from the file, and loading and unloading it on the loop."""

from __future__ import annotations

from pathlib import Path

from workbench.core.completion import Message, Request
from workbench.core.model_reference import parse
from workbench.desktop.dialogs.model_card import ModelFacts
from workbench.errors import BadFile
from workbench.models import gguf, memory
from workbench.models.adapter import AdapterMetadata, check_belongs, read_adapter
from workbench.models.starter import starter_path
from workbench.providers.llamacpp import LlamaCpp, LoadedModel
from workbench.running import Workspace

STARTER = "starter"

_SAMPLE = (Message("system", "You are helpful."), Message("user", "Hello!"))


def path_of(reference: str) -> Path:
    """The model's file. Raises NotFound when it is the embedded one and not installed."""
    return starter_path() if (model := parse(reference).model) == "" else Path(model)


def facts(reference: str, context: int | None, *, answers: int = 1, cache: int | None = None) -> ModelFacts:
    """What a model's file says and needs, for so many answers of that context.

    Raises BadFile or NotFound with a readable reason, also when its adapters are not for it.
    """
    metadata = gguf.read_metadata(path_of(reference))
    for adapter in parse(reference).adapters:
        check_belongs(read_adapter(Path(adapter.path)), metadata)
    tokens = context or memory.default_context(metadata)
    needed = memory.estimate(metadata, context=tokens, sequences=answers, cache=cache)
    return ModelFacts(metadata, needed, tokens)


def adapter_facts(reference: str, path: Path) -> AdapterMetadata:
    """What an adapter file says, if it is one for this model. Raises BadFile or NotFound."""
    found = read_adapter(path)
    check_belongs(found, gguf.read_metadata(path_of(reference)))
    return found


async def load(workspace: Workspace, reference: str) -> LoadedModel:
    """Bring a model into memory. Raises BadFile or ModelLoadError."""
    # Making its provider says what is wrong with a file in plain words, before llama.cpp sees it.
    async with workspace.catalog.lease(reference) as (entry, _):
        return await _local(entry.provider, reference).load()


async def unload(workspace: Workspace, reference: str) -> None:
    """Take a model out of memory."""
    await (await _provider(workspace, reference)).unload()


async def memory_used(workspace: Workspace, reference: str) -> int | None:
    """Bytes that a loaded model takes; None when it is not loaded."""
    provider = await _provider(workspace, reference)
    return (provider.memory() or 0) if provider.loaded else None


async def rendered_sample(workspace: Workspace, reference: str) -> str:
    """A greeting as the model reads it. Raises ModelError."""
    async with workspace.catalog.lease(reference) as (entry, name):
        return (await entry.provider.count(Request(name, _SAMPLE))).text


async def take_template(workspace: Workspace, reference: str, template: str | None) -> str:
    """Give a model this chat template for good, None for its own; returns a greeting rendered with it.

    Raises ModelError when it cannot even render a greeting, and then nothing is changed.
    """
    catalog = workspace.catalog
    before = await catalog.chat_template(reference)
    await catalog.set_chat_template(reference, template)
    try:
        return await rendered_sample(workspace, reference)
    except BaseException:
        await catalog.set_chat_template(reference, before)
        raise


async def _provider(workspace: Workspace, reference: str) -> LlamaCpp:
    provider, _ = await workspace.catalog.provider(reference)
    return _local(provider, reference)


def _local(provider: object, reference: str) -> LlamaCpp:
    if not isinstance(provider, LlamaCpp):
        raise BadFile(f"{reference} is not a local model.")
    return provider
