"""Who waits for an answer goes before those of an experiment, and waiting is no part of an answer's time."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable
from dataclasses import replace

from tests.providers.local import answer, request
from workbench.core.completion import GenerationConfig
from workbench.providers.llamacpp import LlamaCpp

SHORT = GenerationConfig(temperature=0, max_tokens=30)


def test_an_answer_that_somebody_waits_for_is_the_next_one(
    runner: asyncio.Runner, own: Callable[..., LlamaCpp]
) -> None:
    provider = own(sequences=1)
    ended: list[str] = []

    async def ask(text: str, *, one_of_many: bool) -> None:
        await answer(provider, replace(request(text, SHORT), one_of_many=one_of_many))
        ended.append(text)

    async def together() -> None:
        many = [asyncio.create_task(ask(f"Tell me about the number {n}.", one_of_many=True)) for n in range(8)]
        while not ended:
            await asyncio.wait(many, return_when=asyncio.FIRST_COMPLETED)
        await ask("Tell me about you.", one_of_many=False)
        await asyncio.gather(*many)

    runner.run(provider.load())
    runner.run(together())
    assert len(ended) == 9
    # One more may have begun between the first end and the asking.
    assert ended.index("Tell me about you.") <= 2


def test_loading_and_waiting_are_told_apart_from_the_time_of_an_answer(
    runner: asyncio.Runner, own: Callable[..., LlamaCpp]
) -> None:
    provider = own(sequences=1)

    async def together() -> list[tuple[float, float]]:
        asked = (request(f"Tell me about the number {n}.", SHORT) for n in range(6))
        finished = [end for _, end in await asyncio.gather(*(answer(provider, one) for one in asked))]
        return [(end.timings.total_ms, end.details["waited_ms"]) for end in finished]

    began = time.monotonic()
    times = runner.run(together())
    wall = (time.monotonic() - began) * 1000
    answering, waited = zip(*sorted(times, key=lambda one: one[1]), strict=True)
    # One after the other: together they took no longer than there was time, and the last waited for the rest.
    assert sum(answering) <= wall * 1.1
    assert waited[0] > 0
    assert waited[-1] >= sum(answering[:-1]) * 0.8
    assert waited[-1] + answering[-1] <= wall * 1.1
