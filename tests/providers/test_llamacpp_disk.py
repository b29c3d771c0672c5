"""Beginnings of prompts on disk: what one process has read, the next one need not read again."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from pathlib import Path

from tests.models.lora_file import write_lora
from tests.providers.local import GREEDY, answer, request
from workbench.core.completion import Message, Request
from workbench.models.starter import starter_path
from workbench.providers.llamacpp import LlamaCpp

RULES = "You are a clerk who answers questions about the world in one short sentence. " * 20


def ruled(question: str, model: str = "starter", *, rules: str = RULES) -> Request:
    return Request(model, (Message("system", rules), Message("user", question)), GREEDY)


def files(home: Path) -> list[Path]:
    return sorted(home.rglob("*.beginning"))


def told(runner: asyncio.Runner, provider: LlamaCpp, asked: Request) -> tuple[str, int]:
    text, end = runner.run(answer(provider, asked))
    assert end.usage
    return text, end.usage.cached_tokens


def test_the_next_process_starts_warm_and_answers_the_same(
    runner: asyncio.Runner, own: Callable[..., LlamaCpp], home: Path
) -> None:
    first = own(disk_cache=100)
    assert not files(home)
    text, cached = told(runner, first, ruled("What is the capital of Japan?"))
    assert cached == 0
    again, _ = told(runner, first, ruled("What is the capital of Japan?"))
    assert again == text
    runner.run(first.unload())
    assert len(files(home)) == 1
    warm, cached = told(runner, own(disk_cache=100), ruled("What is the capital of Japan?"))
    assert (warm, cached > 280) == (text, True)
    other, cached = told(runner, own(disk_cache=100), ruled("What is the capital of Egypt?"))
    assert "Cairo" in other
    assert cached > 280


def test_prompts_that_begin_alike_are_one_file(
    runner: asyncio.Runner, own: Callable[..., LlamaCpp], home: Path
) -> None:
    provider = own(disk_cache=100)

    async def together() -> None:
        lands = ("Japan", "Egypt", "Peru", "Cuba", "Norway")
        await asyncio.gather(*(answer(provider, ruled(f"What is the capital of {land}?")) for land in lands))

    runner.run(together())
    runner.run(provider.unload())
    assert len(files(home)) == 1


def test_long_beginnings_are_kept_that_the_cache_loses_before_there_is_a_pause(
    runner: asyncio.Runner, own: Callable[..., LlamaCpp], home: Path
) -> None:
    manners = "Answer like a very polite shopkeeper who knows every river of the world by heart. " * 17
    lands = ("Japan", "Egypt", "Peru")
    provider = own(disk_cache=100)  # two beginnings, each longer than a quarter of its 1,024 tokens

    async def together() -> None:
        for rules in (RULES, manners):
            asked = [ruled(f"What is the capital of {land}?", rules=rules) for land in lands]
            await asyncio.gather(*(answer(provider, one) for one in asked))

    runner.run(together())
    runner.run(provider.unload())
    assert len(files(home)) == 2
    for rules in (RULES, manners):
        assert told(runner, own(disk_cache=100), ruled("What is the capital of Cuba?", rules=rules))[1] > 256


def test_prompts_that_were_put_aside_before_there_was_a_pause_are_kept_too(
    runner: asyncio.Runner, own: Callable[..., LlamaCpp], home: Path
) -> None:
    provider = own(disk_cache=100, context=4096)
    prompts = [ruled(f"What is {word}?", rules=f"{word} " * 290) for word in ("No", "Yes")]

    async def in_turn() -> None:
        for asked in prompts:
            await answer(provider, asked)

    runner.run(in_turn())
    runner.run(provider.unload())
    assert len(files(home)) == 2
    for asked in prompts:
        assert told(runner, own(disk_cache=100, context=4096), asked)[1] > 280


def test_a_bad_file_is_deleted_and_the_prompt_decoded_afresh(
    runner: asyncio.Runner, own: Callable[..., LlamaCpp], home: Path
) -> None:
    asked = ruled("What is the capital of Japan?")
    first = own(disk_cache=100)
    text, _ = told(runner, first, asked)
    runner.run(first.unload())
    (path,) = files(home)
    data = bytearray(path.read_bytes())
    data[len(data) // 2] ^= 255
    path.write_bytes(data)
    second = own(disk_cache=100)
    assert told(runner, second, asked) == (text, 0)
    assert not path.exists()
    runner.run(second.unload())
    assert files(home) == [path]


def test_adapters_and_what_is_too_large_or_switched_off_find_nothing(
    runner: asyncio.Runner, own: Callable[..., LlamaCpp], home: Path, tmp_path: Path
) -> None:
    asked = "What is the capital of Japan?"
    for provider in (own(), own(disk_cache=1), own(disk_cache=100, serial=True)):
        told(runner, provider, ruled(asked))
        runner.run(provider.unload())
        assert not files(home)
    first = own(disk_cache=100, context=4096)  # prompts rest in a quarter of it
    told(runner, first, ruled(asked))
    tuned = f"starter+lora:{write_lora(starter_path(), tmp_path / 'tuned.gguf')}"
    assert told(runner, first, ruled(asked, tuned))[1] == 0
    runner.run(first.unload())
    assert len(files(home)) == 2
    assert told(runner, own(disk_cache=100), ruled(asked, tuned))[1] > 280


def test_a_short_prompt_is_not_worth_a_file(
    runner: asyncio.Runner, own: Callable[..., LlamaCpp], home: Path
) -> None:
    provider = own(disk_cache=100)
    told(runner, provider, request("Hello"))
    runner.run(provider.unload())
    assert not files(home)
