"""What a local model is held to: JSON, its context, this machine's memory."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import psutil
import pytest

from tests.providers.local import GREEDY, answer, begun, request
from workbench.core.completion import GenerationConfig
from workbench.errors import ContextOverflow, ModelLoadError, UserError
from workbench.models.gguf import read_metadata
from workbench.models.memory import estimate
from workbench.models.starter import starter_path
from workbench.providers.llamacpp import LlamaCpp


def test_a_schema_is_kept_to(runner: asyncio.Runner, model: LlamaCpp) -> None:
    schema = {
        "type": "object",
        "properties": {"name": {"type": "string", "maxLength": 20}, "age": {"type": "integer"}},
        "required": ["name", "age"],
    }
    for seed in (1, 2):
        config = GenerationConfig(temperature=0.7, seed=seed, max_tokens=120)
        text, end = runner.run(answer(model, request("Invent a person.", config, json_schema=schema)))
        assert end.stop_reason == "stop"
        person = json.loads(text)
        assert isinstance(person["name"], str)
        assert isinstance(person["age"], int)


def test_any_json_goes_on_from_a_prefill(runner: asyncio.Runner, model: LlamaCpp) -> None:
    start = '{"capital": "Paris", "country":'
    text, end = runner.run(answer(model, begun("Reply with JSON.", start, json_schema={})))
    assert end.stop_reason == "stop"
    assert json.loads(start + text)["country"].lower() == "france"


def test_a_prefill_that_begins_no_json_is_refused(runner: asyncio.Runner, model: LlamaCpp) -> None:
    with pytest.raises(UserError, match="prefill does not begin JSON"):
        runner.run(answer(model, begun("Reply with JSON.", "Sure! Here", json_schema={})))


def test_an_impossible_schema_is_the_persons_to_mend(runner: asyncio.Runner, model: LlamaCpp) -> None:
    with pytest.raises(UserError, match="JSON schema"):
        runner.run(answer(model, request(json_schema={"type": "nonsense"})))


def test_what_does_not_fit_is_refused_with_the_numbers(runner: asyncio.Runner, model: LlamaCpp) -> None:
    with pytest.raises(ContextOverflow, match=r"The prompt has 4,\d+ tokens, and the context holds 2,048"):
        runner.run(answer(model, request("word " * 4000, GenerationConfig())))
    with pytest.raises(ContextOverflow, match=r"has \d+ tokens, the answer may have 2,040, and the context"):
        runner.run(answer(model, request(config=GenerationConfig(max_tokens=2040))))


def test_an_answer_without_limit_ends_with_the_context(
    runner: asyncio.Runner, own: Callable[..., LlamaCpp]
) -> None:
    config = replace(GREEDY, max_tokens=None)
    _, end = runner.run(answer(own(context=256), begun("Repeat.", "spam spam " * 55, config)))
    assert end.usage is not None
    assert end.stop_reason == "length"
    assert end.usage.prompt_tokens + end.usage.completion_tokens == 256


def test_a_context_beyond_memory_is_refused_with_the_numbers(
    runner: asyncio.Runner, own: Callable[..., LlamaCpp]
) -> None:
    with pytest.raises(ModelLoadError, match=r"context of 500,000,000 tokens needs [\d,.]+ GB .* GB are free"):
        runner.run(own(context=500_000_000).load())


def test_weights_beyond_memory_are_refused_with_the_numbers(
    runner: asyncio.Runner, own: Callable[..., LlamaCpp], tmp_path: Path
) -> None:
    path = tmp_path / "huge.gguf"
    with starter_path().open("rb") as whole:
        path.write_bytes(whole.read(5000))
    with path.open("r+b") as file:
        file.truncate(psutil.virtual_memory().total * 2)  # sparse
    with pytest.raises(ModelLoadError, match=r"huge\.gguf needs [\d,.]+ GB of memory, and [\d,.]+ GB are free"):
        runner.run(own(path).load())


@pytest.mark.parametrize("context", [1024, 8192])
def test_the_memory_estimate_is_near_what_is_then_used(
    runner: asyncio.Runner, own: Callable[..., LlamaCpp], context: int
) -> None:
    provider = own(context=context)
    runner.run(answer(provider, request()))
    expected = estimate(read_metadata(starter_path()), context=context).total
    assert provider.memory() == pytest.approx(expected, rel=0.15)
