"""How much memory a model needs, and whether this machine has it.

Weights are known to the byte. The KV cache is llama.cpp's default: 16-bit keys and values of every layer for every
token of the context. What computing takes besides is modelled on what the worker was seen to take (SmolLM2, whole
and cut to a fifth of its layers, contexts of 512 to 32,768 tokens: within a tenth, see tests/providers).
"""

from __future__ import annotations

from dataclasses import dataclass

import psutil

from workbench.core.context import DEFAULT_CONTEXT
from workbench.models.gguf import GgufMetadata

_CACHE_VALUE_BYTES = 2
_BATCH = 512
_OUTPUTS = 64
"""Rows of logits that come to be used, of those that the engine has room for: one a sequence, and its guesses."""
_PART_ASIDE, _MOST_ASIDE = 16, 512
"""Part of the cache's tokens that is put aside, and how many at most: it may be none, or four times that."""
_PROCESS_BYTES = 58_000_000
"""The worker process itself: Python, llama.cpp, its thread pool."""
_TOKEN_BYTES = 370
"""What llama.cpp keeps for a token of the vocabulary: its text, and the ways to find it."""


@dataclass(frozen=True, slots=True)
class MemoryEstimate:
    """Bytes that a loaded model takes."""

    weights: int
    cache: int
    """Keys and values of all tokens in all sequences."""
    compute: int
    """Buffers for one batch, the process itself, and what is put aside when prompts take turns."""
    free: int
    """Bytes that programs can still get on this machine."""

    @property
    def total(self) -> int:
        """All of it."""
        return self.weights + self.cache + self.compute

    @property
    def fits(self) -> bool:
        """Whether it can be loaded now."""
        return self.total <= self.free


def estimate(
    metadata: GgufMetadata,
    *,
    context: int | None = None,
    sequences: int = 1,
    cache: int | None = None,
    free: int | None = None,
) -> MemoryEstimate:
    """What a model takes with this context for each sequence; None is what is chosen by default.

    `cache` is what all sequences share where a person set it, in tokens; it is never smaller than the context.
    """
    tokens = (context or default_context(metadata)) * sequences
    tokens = max(tokens, cache or 0)
    return MemoryEstimate(
        weights=metadata.weight_bytes,
        cache=tokens * cache_bytes_per_token(metadata),
        compute=_compute_bytes(metadata, tokens) + _aside_bytes(metadata, tokens),
        free=free_memory() if free is None else free,
    )


def default_context(metadata: GgufMetadata) -> int:
    """The context that a model is loaded with when none is asked for and memory allows it."""
    return min(metadata.context or DEFAULT_CONTEXT, DEFAULT_CONTEXT)


def cache_bytes_per_token(metadata: GgufMetadata) -> int:
    """Keys and values of one token in all layers; an upper bound for recurrent and sliding-window layers."""
    number = metadata.number
    heads = number("attention.head_count") or 1
    head_size = (number("embedding_length") or 0) // heads
    if rank := number("attention.kv_lora_rank"):
        # Multi-head latent attention keeps one compressed vector a token instead of keys and values.
        return metadata.layers * (rank + (number("rope.dimension_count") or 0)) * _CACHE_VALUE_BYTES
    key = number("attention.key_length") or head_size
    value = number("attention.value_length") or head_size
    return _cache_heads(metadata, heads) * (key + value) * _CACHE_VALUE_BYTES


def free_memory() -> int:
    """Bytes that programs can still get, file cache that can be dropped included."""
    return int(psutil.virtual_memory().available)


def _cache_heads(metadata: GgufMetadata, heads: int) -> int:
    """Key-value heads of all layers together; some architectures say it layer by layer."""
    by_layer = metadata.fields.get(f"{metadata.architecture}.attention.head_count_kv")
    if isinstance(by_layer, list):
        return sum(count for count in by_layer if isinstance(count, int))
    return metadata.layers * (by_layer if isinstance(by_layer, int) else heads)


def _aside_bytes(metadata: GgufMetadata, tokens: int) -> int:
    return min(tokens // _PART_ASIDE, _MOST_ASIDE) * cache_bytes_per_token(metadata)


def _compute_bytes(metadata: GgufMetadata, tokens: int) -> int:
    """The process, its vocabulary, and the buffers of one batch: activations, attention mask, outputs."""
    width = metadata.number("embedding_length") or 0
    feed_forward = metadata.number("feed_forward_length") or 4 * width
    activations = 4 * _BATCH * (4 * width + 2 * feed_forward)
    mask = 2 * _BATCH * tokens
    return _PROCESS_BYTES + activations + mask + metadata.vocabulary * (_TOKEN_BYTES + 4 * _OUTPUTS)
