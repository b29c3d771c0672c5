"""Memory estimates, against what llama.cpp documents and against themselves."""

from __future__ import annotations

from pathlib import Path

from tests.models.gguf_file import FIELDS, gguf, written
from workbench.models.gguf import read_metadata
from workbench.models.memory import cache_bytes_per_token, default_context, estimate, free_memory
from workbench.models.starter import starter_path


def test_the_starter_model_takes_what_llama_cpp_says() -> None:
    metadata = read_metadata(starter_path())
    # llama.cpp at 8192 tokens logs: "KV buffer size = 180.00 MiB".
    assert estimate(metadata, context=8192).cache == 180 * 1024 * 1024
    assert estimate(metadata, context=8192).weights == metadata.weight_bytes
    assert estimate(metadata, context=1024, sequences=8).cache == 180 * 1024 * 1024


def test_a_cache_that_was_asked_for_counts_and_is_never_smaller_than_the_context(tmp_path: Path) -> None:
    metadata = read_metadata(written(tmp_path, gguf()))
    a_token = cache_bytes_per_token(metadata)
    assert estimate(metadata, context=512, cache=1536).cache == 1536 * a_token
    assert estimate(metadata, context=512, cache=100).cache == 512 * a_token


def test_heads_that_differ_by_layer_are_added_up(tmp_path: Path) -> None:
    fields = {**FIELDS, "llama.attention.head_count_kv": [2, 1]}
    metadata = read_metadata(written(tmp_path, gguf(fields)))
    assert cache_bytes_per_token(metadata) == 3 * (16 + 16) * 2


def test_sizes_of_keys_and_values_come_first(tmp_path: Path) -> None:
    fields = {**FIELDS, "llama.attention.key_length": 24, "llama.attention.value_length": 8}
    metadata = read_metadata(written(tmp_path, gguf(fields)))
    assert cache_bytes_per_token(metadata) == 2 * 2 * (24 + 8) * 2


def test_what_is_not_free_does_not_fit(tmp_path: Path) -> None:
    metadata = read_metadata(written(tmp_path, gguf()))
    needed = estimate(metadata, context=2048)
    assert estimate(metadata, context=2048, free=needed.total).fits
    assert not estimate(metadata, context=2048, free=needed.total - 1).fits
    assert needed.total == needed.weights + needed.cache + needed.compute
    assert needed.free <= 2 * free_memory()


def test_the_default_context_is_the_models_within_bounds(tmp_path: Path) -> None:
    assert default_context(read_metadata(written(tmp_path, gguf()))) == 2048
    long = read_metadata(written(tmp_path, gguf({**FIELDS, "llama.context_length": 131_072})))
    assert default_context(long) == 8192
