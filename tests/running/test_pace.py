"""Turns at a server: never more than it takes, fewer after a refusal, slowly more again."""

from __future__ import annotations

import asyncio
from collections.abc import Coroutine
from typing import Any, TypeVar

import pytest

from workbench.errors import ServerError
from workbench.running.pace import Pace

T = TypeVar("T")


def run(coroutine: Coroutine[Any, Any, T]) -> T:
    async def limited() -> T:
        return await asyncio.wait_for(coroutine, 20)

    return asyncio.run(limited())


def refusal(seconds: float | None = None, *, retryable: bool = True) -> ServerError:
    return ServerError("Too many.", status=429, retryable=retryable, retry_after=seconds)


async def fail(pace: Pace, error: Exception) -> None:
    with pytest.raises(type(error)):
        async with pace.turn():
            raise error


def test_never_more_at_once_than_allowed_and_first_come_first_served() -> None:
    async def check() -> None:
        pace, busy, most, order = Pace(3, most=3), 0, 0, []

        async def request(number: int) -> None:
            nonlocal busy, most
            async with pace.turn():
                order.append(number)
                busy += 1
                most = max(most, busy)
                await asyncio.sleep(0)
                busy -= 1

        await asyncio.gather(*map(request, range(20)))
        assert (most, order) == (3, list(range(20)))

    run(check())


def test_a_refusal_halves_and_answers_raise_by_one_a_round() -> None:
    async def check() -> None:
        pace = Pace(8, most=64)
        await fail(pace, refusal())
        assert pace.allowed == 4
        for _ in range(5):
            async with pace.turn():
                pass
        assert pace.allowed == 5
        await fail(pace, ServerError("Broken.", status=500, retryable=True))
        await fail(pace, refusal(retryable=False))
        assert pace.allowed == 5

    run(check())


def test_requests_that_were_under_way_together_halve_once() -> None:
    async def check() -> None:
        pace, begun = Pace(8, most=64), asyncio.Barrier(8)

        async def refused() -> None:
            async with pace.turn():
                await begun.wait()
                raise refusal()

        await asyncio.gather(*(refused() for _ in range(8)), return_exceptions=True)
        assert pace.allowed == 4

    run(check())


def test_one_request_is_always_allowed_and_the_most_is_never_passed() -> None:
    async def check() -> None:
        pace = Pace(2, most=3)
        for _ in range(5):
            await fail(pace, refusal())
        assert pace.allowed == 1
        for _ in range(30):
            async with pace.turn():
                pass
        assert pace.allowed == 3

    run(check())


def test_while_the_server_asks_to_wait_nothing_is_sent() -> None:
    async def check() -> None:
        pace, loop = Pace(4, most=4), asyncio.get_running_loop()
        began = loop.time()
        await fail(pace, refusal(0.3))
        async with pace.turn():
            assert loop.time() - began >= 0.3

    run(check())


def test_who_gives_up_waiting_takes_no_turn_away() -> None:
    async def check() -> None:
        pace = Pace(1, most=1)

        async def request() -> str:
            async with pace.turn():
                return "done"

        async with pace.turn():
            waiting = [asyncio.create_task(request()) for _ in range(3)]
            await asyncio.sleep(0)
            waiting[0].cancel()
        waiting[1].cancel()  # its turn may have come already
        assert await waiting[2] == "done"
        assert await request() == "done"

    run(check())


def test_more_at_once_from_now_on() -> None:
    async def check() -> None:
        pace = Pace(1, most=1)
        async with pace.turn():
            waiting = asyncio.ensure_future(pace.turn().__aenter__())
            pace.set_most(2)
            await waiting

    run(check())
