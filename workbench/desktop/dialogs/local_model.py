"""One local model: its facts from the file, and loading and unloading it on the loop."""

from __future__ import annotations

import asyncio
from pathlib import Path

from workbench.desktop.dialogs.model_card import ModelFacts
from workbench.errors import BadFile
from workbench.models import gguf, memory
from workbench.models.starter import starter_path
from workbench.providers.llamacpp import LlamaCpp, LoadedModel
from workbench.running import Workspace

STARTER = "starter"


def facts(reference: str, context: int | None) -> ModelFacts:
    """What a model's file says and needs. Raises BadFile or NotFound with a readable reason."""
    path = starter_path() if reference == STARTER else Path(reference.removeprefix("local:"))
    metadata = gguf.read_metadata(path)
    tokens = context or memory.default_context(metadata)
    return ModelFacts(metadata, memory.estimate(metadata, context=tokens), tokens)


async def load(workspace: Workspace, reference: str) -> LoadedModel:
    """Bring a model into memory. Raises BadFile or ModelLoadError."""
    if reference != STARTER:
        # Says what is wrong with a file in plain words, before llama.cpp sees it.
        await asyncio.to_thread(gguf.read_metadata, Path(reference.removeprefix("local:")))
    return await (await _provider(workspace, reference)).load()


async def unload(workspace: Workspace, reference: str) -> None:
    """Take a model out of memory."""
    await (await _provider(workspace, reference)).unload()


async def memory_used(workspace: Workspace, reference: str) -> int | None:
    """Bytes that a loaded model takes; None when it is not loaded."""
    provider = await _provider(workspace, reference)
    return (provider.memory() or 0) if provider.loaded else None


async def _provider(workspace: Workspace, reference: str) -> LlamaCpp:
    provider, _ = await workspace.catalog.provider(reference)
    if not isinstance(provider, LlamaCpp):
        raise BadFile(f"{reference} is not a local model.")
    return provider
