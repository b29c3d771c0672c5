"""The memory estimate, made before anything is loaded, against what the worker then takes."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.models.thinned import write_thinned
from tests.providers.local import ONE_TOKEN, answer, request
from workbench.models.gguf import read_metadata
from workbench.models.memory import estimate
from workbench.models.starter import starter_path
from workbench.providers.llamacpp import LlamaCpp

_LONG = "The quick brown fox jumps over the lazy dog. " * 40


@pytest.mark.parametrize(("layers", "context"), [(30, 512), (30, 16_384), (6, 2048), (6, 8192)])
def test_the_estimate_is_within_a_tenth_of_what_is_used(
    runner: asyncio.Runner, own: Callable[..., LlamaCpp], tmp_path: Path, layers: int, context: int
) -> None:
    path = starter_path() if layers == 30 else write_thinned(starter_path(), tmp_path / "thin.gguf", layers=layers)
    expected = estimate(read_metadata(path), context=context)
    provider = own(path, context=context)
    runner.run(answer(provider, request(_LONG)))
    assert provider.memory() == pytest.approx(expected.total, rel=0.1)
    for number in range(8):  # prompts of which all but the last are put aside, as far as there is room for them
        runner.run(answer(provider, request(f"{number} " * (context // 16), ONE_TOKEN)))
    assert provider.memory() == pytest.approx(expected.total, rel=0.1)
