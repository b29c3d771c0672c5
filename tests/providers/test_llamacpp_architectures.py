"""Models that remember in other ways than llama: right without sharing, and refused where they must be."""

from __future__ import annotations

import asyncio
import json
import subprocess
import sys
import time
from collections.abc import Callable
from contextlib import aclosing
from pathlib import Path
from typing import Any

import pytest

from tests.models.architecture_files import WINDOW, write_model
from tests.providers.local import answer, events_of
from workbench.core.completion import Finished, GenerationConfig, Message, Notice, Request
from workbench.errors import BadFile, ModelLoadError
from workbench.models.gguf import read_metadata
from workbench.providers.llamacpp import LlamaCpp

MakeModel = Callable[..., LlamaCpp]

COUNT = 16
CONFIG = GenerationConfig(temperature=0, max_tokens=COUNT)
RULES = "the clerk tells in one short sentence what he is asked, and he adds no word of his own. " * 3
LANDS = ("peru", "cuba", "chad", "oman", "iran", "laos", "mali", "fiji")
QUESTIONS = tuple(f"{RULES}what is the capital of {land}? " for land in LANDS)
NEXT = " and what is the next one? "
DIVISIBLE = "llama"
ARCHITECTURES = (DIVISIBLE, "gemma3", "mamba", "jamba", "lfm2")
LEAST_LEAD = 1e-3
"""Of every chosen token over the next best, as a share: in batches numbers are added up in another order."""


def asked(*texts: str, **more: Any) -> Request:
    messages = (Message("assistant" if turn % 2 else "user", text) for turn, text in enumerate(texts))
    return Request("", tuple(messages), CONFIG, **more)


def plain(path: Path, prompts: list[str]) -> list[str]:
    """What llama.cpp writes itself, each prompt in a fresh context."""
    command = [sys.executable, "-m", "tests.worker.greedy_of", str(path), str(COUNT)]
    done = subprocess.run(
        command, input=json.dumps(prompts), capture_output=True, text=True, check=True, timeout=60
    )
    found = json.loads(done.stdout)
    assert found["lead"] > LEAST_LEAD, "nearly a tie: choose another seed for the weights"
    return list(found["texts"])


def cached(end: Finished) -> int:
    assert end.usage
    return end.usage.cached_tokens


async def together(model: LlamaCpp, requests: list[Request]) -> list[tuple[str, Finished]]:
    return await asyncio.gather(*(answer(model, one) for one in requests))


@pytest.mark.parametrize("architecture", ARCHITECTURES)
def test_an_architecture_writes_what_llama_cpp_writes(
    runner: asyncio.Runner, own: MakeModel, tmp_path: Path, home: Path, architecture: str
) -> None:
    assert len(RULES) > 2 * WINDOW
    path = write_model(tmp_path, architecture)
    first, *others = plain(path, list(QUESTIONS))
    (extended,) = plain(path, [QUESTIONS[0] + first + NEXT])
    assert len({first, *others}) > 4, "what was asked changes the answer"
    shares = architecture == DIVISIBLE
    model = own(path, context=8192, disk_cache=100)

    text, end = runner.run(answer(model, asked(QUESTIONS[0])))
    assert (text, cached(end)) == (first, 0)

    again, end = runner.run(answer(model, asked(QUESTIONS[0], first, NEXT)))
    assert (again, cached(end)) == (extended, len(QUESTIONS[0] + first) - 1), (
        "an answer is gone on from as a whole"
    )

    ends = runner.run(together(model, [asked(question) for question in QUESTIONS]))
    assert [text for text, _ in ends] == [first, *others]
    assert all((cached(end) >= len(RULES)) is shares for _, end in ends)
    assert shares or not any(cached(end) for _, end in ends)

    for draft in (first, "nothing of the kind " * 4):
        text, end = runner.run(answer(model, asked(QUESTIONS[0], draft=draft)))
        assert text == first
        assert shares or "drafted" not in end.details

    assert runner.run(_beside_a_cancelled_prompt(model)) == [first, *others]

    runner.run(model.unload())
    assert bool([*home.rglob("*.beginning")]) is shares
    text, end = runner.run(answer(own(path, disk_cache=100), asked(QUESTIONS[0])))
    assert (text, cached(end) > 0) == (first, shares)


async def _beside_a_cancelled_prompt(model: LlamaCpp) -> list[str]:
    """The answers to all questions, asked while a long prompt is read that is then cancelled."""
    async with aclosing(events_of(model, asked("a very long prompt goes on. " * 280))) as events:
        async for event in events:
            if isinstance(event, Notice) and event.text == "Reading the prompt":
                break
        else:
            raise AssertionError("it was not a long prompt")
        others = asyncio.create_task(together(model, [asked(question) for question in QUESTIONS]))
        await model.count(asked("hello"))  # the others have reached the worker by now
    return [text for text, _ in await others]


def test_serial_mode_writes_the_same(runner: asyncio.Runner, own: MakeModel, tmp_path: Path) -> None:
    path = write_model(tmp_path, "jamba")
    model = own(path, serial=True)
    assert [text for text, _ in runner.run(together(model, [asked(one) for one in QUESTIONS[:2]]))] == plain(
        path, list(QUESTIONS[:2])
    )


def test_a_file_that_only_embeds_is_refused_with_what_to_do(
    runner: asyncio.Runner, own: MakeModel, tmp_path: Path
) -> None:
    started = time.monotonic()
    model = own(write_model(tmp_path, "bert"), context=None)
    with pytest.raises(
        ModelLoadError, match=r"^bert\.gguf computes embeddings only; it cannot write text"
    ) as refused:
        runner.run(answer(model, asked("hello")))
    assert refused.value.advice == "Choose a chat model."
    assert time.monotonic() - started < 5


def test_a_file_with_a_vocabulary_only_is_refused_with_what_to_do(
    runner: asyncio.Runner, own: MakeModel, tmp_path: Path
) -> None:
    path = write_model(tmp_path, "llama", weights=False)
    with pytest.raises(BadFile, match=r"^llama\.gguf holds a vocabulary only, no model") as told:
        read_metadata(path)
    assert told.value.advice
    started = time.monotonic()
    with pytest.raises(ModelLoadError, match=r"^llama\.gguf holds a vocabulary only, no model") as refused:
        runner.run(answer(own(path), asked("hello")))
    assert refused.value.advice == told.value.advice
    assert time.monotonic() - started < 5
