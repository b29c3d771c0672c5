"""Many answers at once: that they share, wait, make room and leave without harm to each other."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from contextlib import aclosing
from dataclasses import replace
from pathlib import Path

from tests.benchmarks.soak import Soak, lost
from tests.models.lora_file import write_lora
from tests.models.thinned import write_thinned
from tests.providers.local import GREEDY, LONG, answer, begun, events_of, first_delta, request
from workbench.core.completion import Finished, GenerationConfig, Message, Notice, Request
from workbench.models.starter import starter_path
from workbench.providers.llamacpp import LlamaCpp

RULES = "You are a clerk who answers questions about the world in one short sentence. " * 20
QUESTIONS = tuple(f"What is the capital of {land}?" for land in ("Japan", "Egypt", "Germany"))
"""The model is sure of the answers: between words equally good, the last bits of the logits decide."""


async def together(provider: LlamaCpp, asked: list[Request]) -> list[tuple[str, Finished]]:
    return await asyncio.gather(*(answer(provider, one) for one in asked))


def ruled(question: str, config: GenerationConfig = GREEDY) -> Request:
    return Request("", (Message("system", RULES), Message("user", question)), config)


def test_a_beginning_that_many_share_is_decoded_once_and_changes_no_answer(
    runner: asyncio.Runner, own: Callable[..., LlamaCpp]
) -> None:
    config = replace(GREEDY, max_tokens=10)
    asked = [ruled(question, config) for question in QUESTIONS]
    serial = [runner.run(answer(own(serial=True), one))[0] for one in asked[:1]]
    ends = runner.run(together(own(), [*asked, *asked]))
    cached = sorted(end.usage.cached_tokens for _, end in ends if end.usage)
    assert cached[0] < 10
    assert cached[1] > 280
    texts = [text for text, _ in ends]
    assert texts[:3] == texts[3:]
    assert texts[0] == serial[0]


def test_prompts_that_take_turns_stay_warm_though_only_one_is_left_in_the_way_of_the_others(
    runner: asyncio.Runner, own: Callable[..., LlamaCpp]
) -> None:
    provider = own(context=3000)  # of which a quarter, which is two of these prompts, may rest in the cache
    rules = (
        "You are a clerk who answers in one sentence. ",
        "Answer like a polite shopkeeper. ",
        "Say it simply. ",
    )
    kinds = [
        Request("", (Message("system", rule * (2800 // len(rule) // 2)), Message("user", QUESTIONS[0])), GREEDY)
        for rule in rules
    ]
    first = [runner.run(answer(provider, asked)) for asked in kinds]
    again = [runner.run(answer(provider, asked)) for asked in kinds * 2]
    assert [text for text, _ in again] == [text for text, _ in first] * 2
    for _, end in again:
        assert end.usage
        assert end.usage.prompt_tokens > 260
        assert end.usage.cached_tokens == end.usage.prompt_tokens - 1


def test_when_the_cache_is_full_requests_wait_and_none_fails(
    runner: asyncio.Runner, own: Callable[..., LlamaCpp]
) -> None:
    provider = own(context=512)
    config = replace(GREEDY, max_tokens=60)
    topics = [f"{number} " + "parrots and lighthouses " * number for number in range(1, 14)]
    ends = runner.run(
        together(provider, [request(f"Tell a long story about {topic}.", config) for topic in topics])
    )
    for _, end in ends:
        assert end.usage
        assert end.stop_reason == "stop" or end.usage.completion_tokens == 60


def test_one_that_had_to_make_room_goes_on_where_it_was(
    runner: asyncio.Runner, own: Callable[..., LlamaCpp]
) -> None:
    config = replace(GREEDY, max_tokens=150)
    asked = [begun(f"Count from {number} on.", "spam " * 20 + "spam", config) for number in (1, 5, 7, 9)]
    for text, end in runner.run(together(own(context=256), asked)):
        assert end.usage
        assert end.usage.completion_tokens == 150
        assert text.count("spam") > 140


def test_cancelling_a_long_prompt_harms_none_of_those_that_stream(
    runner: asyncio.Runner, own: Callable[..., LlamaCpp]
) -> None:
    provider = own(context=8192)
    asked = [request(question, replace(GREEDY, max_tokens=8)) for question in QUESTIONS]
    alone = [text for text, _ in runner.run(together(provider, asked))]
    long = request("The parrot went on. " * 1200, GenerationConfig(max_tokens=4))

    async def among() -> list[str]:
        async with aclosing(events_of(provider, LONG)) as story:
            await first_delta(story)
            async with aclosing(events_of(provider, long)) as events:
                async for event in events:
                    if isinstance(event, Notice) and event.text == "Reading the prompt":
                        break
                others = asyncio.create_task(together(provider, asked))
                await provider.count(asked[0])  # the others have reached the worker by now
            return [text for text, _ in await others]

    assert runner.run(among()) == alone


def test_a_draft_saves_steps_and_changes_no_word(runner: asyncio.Runner, own: Callable[..., LlamaCpp]) -> None:
    provider = own()
    asked = request("Count from one to twenty in words.", replace(GREEDY, max_tokens=60))
    text, end = runner.run(answer(provider, asked))
    assert "drafted" not in end.details
    again, end = runner.run(answer(provider, replace(asked, draft=text)))
    assert again == text
    assert end.details["accepted"] > 20
    assert end.usage
    assert end.usage.completion_tokens == 60
    misled, end = runner.run(answer(provider, replace(asked, draft="Nothing of the kind. " * 50)))
    assert misled == text
    assert end.details.get("accepted", 0) < 10


def test_a_draft_serves_any_sampler(runner: asyncio.Runner, own: Callable[..., LlamaCpp]) -> None:
    provider = own()
    config = GenerationConfig(temperature=0.3, seed=4, repeat_penalty=1.05, max_tokens=40)
    asked = request("Count from one to twenty in words.", config)
    runner.run(answer(provider, asked))
    text, _ = runner.run(answer(provider, asked))
    assert runner.run(answer(provider, replace(asked, draft=text)))[0] == text


def test_random_lengths_cancels_and_kills_lose_nothing_and_leave_nothing(
    runner: asyncio.Runner, own: Callable[..., LlamaCpp], tmp_path: Path
) -> None:
    """The short version of `python -m tests.benchmarks.soak`, with a model cut to a layer."""
    path = write_thinned(starter_path(), tmp_path / "thin.gguf", layers=1)
    adapter = write_lora(path, tmp_path / "lora.gguf", size=0.02)
    soak = Soak(own(path), adapter, requests=200, kills=2, seed=5)
    soaked = runner.run(soak.run())
    assert lost(soaked, 200) == 0, soaked.ends
    assert soaked.asked_again > 0
    assert soaked.ends["cancelled"] > 10
    assert soaked.files_opened == 0
    assert len(soaked.workers) == 3
    assert soaked.our_growth < 30e6
    assert soaked.worker_growth < 30e6
