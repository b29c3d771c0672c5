"""The model list of a server, in the forms that servers give it."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from workbench.core.completion import ModelInfo

_CONTEXT_NAMES = (
    "context_length",
    "max_model_len",
    "context_window",
    "max_context_length",
    "n_ctx",
    "n_ctx_train",
)
"""OpenRouter and Together, vLLM, Groq, LM Studio, llama-server."""


def model_list(data: object) -> tuple[ModelInfo, ...] | None:
    """The models in the server's order, each once; None when this is no model list.

    OpenAI and most others {data: [{id}]} · Ollama {models: [{name}]} · Together [{id}].
    """
    if isinstance(data, str):  # JSON under a wrong content type
        try:
            data = json.loads(data)
        except (ValueError, RecursionError):
            return None
    if isinstance(data, Mapping):
        data = data.get("data", data.get("models"))
    if not isinstance(data, list):
        return None
    found: dict[str, ModelInfo] = {}
    for item in data:
        if model := _model(item):
            found.setdefault(model.name, model)
    return tuple(found.values())


def _model(item: object) -> ModelInfo | None:
    if isinstance(item, str) and item:
        return ModelInfo(item)
    if not isinstance(item, Mapping):
        return None
    name = next(
        (value for key in ("id", "name", "model") if isinstance(value := item.get(key), str) and value), ""
    )
    return ModelInfo(name, _context(item)) if name else None


def _context(item: Mapping[str, Any]) -> int | None:
    meta = item.get("meta")  # llama-server
    places = (item, meta) if isinstance(meta, Mapping) else (item,)
    sizes = (place.get(name) for place in places for name in _CONTEXT_NAMES)
    return next((size for size in sizes if isinstance(size, int) and size > 0), None)
