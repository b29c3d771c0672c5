"""Local models that are cancelled, killed, damaged or missing."""

from __future__ import annotations

import asyncio
import os
import signal
import time
from collections.abc import Callable
from contextlib import aclosing
from pathlib import Path

import psutil
import pytest

from tests.providers.local import LONG, ONE_TOKEN, answer, events_of, first_delta, request
from workbench.core.completion import Delta, GenerationConfig, Message, Notice, Request
from workbench.errors import ModelError, ModelLoadError, WorkerDied
from workbench.models.starter import starter_path
from workbench.providers.llamacpp import LlamaCpp


async def free_again(provider: LlamaCpp) -> float:
    """Seconds until the model has answered something short."""
    began = time.monotonic()
    await answer(provider, request(config=ONE_TOKEN))
    return time.monotonic() - began


def test_cancelling_the_task_stops_the_worker_at_once(runner: asyncio.Runner, model: LlamaCpp) -> None:
    async def cancel_after_text() -> float:
        begun = asyncio.Event()

        async def listen() -> None:
            async for event in model.complete(LONG):
                if isinstance(event, Delta):
                    begun.set()

        task = asyncio.create_task(listen())
        await begun.wait()
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task
        return await free_again(model)

    # The story would take half a minute, and its end would have to be waited for.
    assert runner.run(cancel_after_text()) < 3


def test_cancelling_within_a_long_prompt_stops_it(runner: asyncio.Runner, own: Callable[..., LlamaCpp]) -> None:
    provider = own(context=8192)
    long = request("The parrot went on. " * 1500, GenerationConfig(max_tokens=4))

    async def cancel_in_prefill() -> float:
        async with aclosing(events_of(provider, long)) as events:
            async for event in events:
                if isinstance(event, Notice) and event.text == "Reading the prompt":
                    assert event.fraction is not None
                    assert event.fraction < 0.5
                    break
        return await free_again(provider)

    assert runner.run(cancel_in_prefill()) < 5


def test_cancelling_others_leaves_an_answer_as_it_is(runner: asyncio.Runner, model: LlamaCpp) -> None:
    # Every number is far likelier than what comes next; with near ties the size of a batch decides.
    counting = Request(
        "",
        (Message("user", "Count to a hundred."), Message("assistant", "1, 2, 3, 4, 5, 6,")),
        GenerationConfig(temperature=0, max_tokens=30),
    )
    alone, _ = runner.run(answer(model, counting))

    async def among_others() -> str:
        async with aclosing(events_of(model, LONG)) as story:
            await first_delta(story)
            waiting = asyncio.create_task(answer(model, LONG))
            wanted = asyncio.create_task(answer(model, counting))
            await model.count(counting)  # both have reached the worker by now
            waiting.cancel()
        return (await wanted)[0]

    assert runner.run(among_others()) == alone


def test_a_killed_worker_says_so_and_the_next_request_works(
    runner: asyncio.Runner, own: Callable[..., LlamaCpp]
) -> None:
    provider = own()
    seen: list[str] = []

    async def killed() -> None:
        async for event in provider.complete(LONG):
            if isinstance(event, Delta):
                seen.append(event.text)
            if len(seen) == 3:
                os.kill(_worker_pid(), signal.SIGKILL)

    with pytest.raises(WorkerDied, match=r"was ended by SIGKILL.*Run again"):
        runner.run(killed())
    assert len(seen) >= 3
    assert not provider.loaded
    assert runner.run(answer(provider, request()))[0]


def test_a_crash_fails_all_that_wait(runner: asyncio.Runner, own: Callable[..., LlamaCpp]) -> None:
    provider = own()

    async def crashed() -> list[object]:
        waiting = [asyncio.create_task(answer(provider, LONG)) for _ in range(3)]
        await provider.count(request())
        os.kill(_worker_pid(), signal.SIGSEGV)
        return await asyncio.gather(*waiting, return_exceptions=True)

    for error in runner.run(crashed()):
        assert isinstance(error, WorkerDied)
        assert "was ended by SIGSEGV" in str(error)


def test_a_death_while_loading_is_a_failure_to_load(
    runner: asyncio.Runner, own: Callable[..., LlamaCpp], tmp_path: Path
) -> None:
    path = tmp_path / "link.gguf"
    path.symlink_to(starter_path())
    provider = own(path)

    async def killed() -> None:
        loading = asyncio.create_task(provider.load())
        while provider.memory() is None:  # noqa: ASYNC110 - nothing tells of a process that has just begun
            await asyncio.sleep(0)
        os.kill(_worker_pid(), signal.SIGKILL)
        await loading

    with pytest.raises(ModelLoadError, match=r"link\.gguf cannot be loaded: the process .* SIGKILL"):
        runner.run(killed())


def test_unloading_ends_the_process_and_open_requests(
    runner: asyncio.Runner, own: Callable[..., LlamaCpp]
) -> None:
    provider = own()

    async def unload() -> int:
        async with aclosing(events_of(provider, LONG)) as events:
            await first_delta(events)
            pid = _worker_pid()
            await provider.unload()
            with pytest.raises(ModelError, match="was unloaded"):
                async for _ in events:
                    pass
        return pid

    assert not psutil.pid_exists(runner.run(unload()))
    assert provider.memory() is None


def test_nothing_is_left_open(runner: asyncio.Runner, own: Callable[..., LlamaCpp]) -> None:
    provider = own()

    async def once() -> int:
        await answer(provider, request(config=ONE_TOKEN))
        await provider.unload()
        return psutil.Process().num_fds()

    before = runner.run(once())
    assert runner.run(once()) == before
    assert not [child for child in psutil.Process().children() if child.status() == psutil.STATUS_ZOMBIE]


@pytest.mark.parametrize("kept", [0, 3, 100, 5_000, 1_700_000, 50_000_000])
def test_a_truncated_model_is_a_readable_failure(
    runner: asyncio.Runner, own: Callable[..., LlamaCpp], tmp_path: Path, kept: int
) -> None:
    path = tmp_path / "cut.gguf"
    with starter_path().open("rb") as whole:
        path.write_bytes(whole.read(kept))
    began = time.monotonic()
    with pytest.raises(ModelLoadError, match=r"cut\.gguf cannot be loaded: .{10}"):
        runner.run(answer(own(path), request()))
    assert time.monotonic() - began < 20


def test_a_missing_file_is_told_and_can_come_back(
    runner: asyncio.Runner, own: Callable[..., LlamaCpp], tmp_path: Path
) -> None:
    provider = own(tmp_path / "late.gguf")
    with pytest.raises(ModelLoadError, match="There is no model file"):
        runner.run(provider.load())
    (tmp_path / "late.gguf").symlink_to(starter_path())
    assert runner.run(provider.load()).architecture == "llama"


def _worker_pid() -> int:
    """The youngest worker process of ours."""
    workers = [child for child in psutil.Process().children() if "workbench.worker" in child.cmdline()]
    return max(workers, key=lambda child: (child.create_time(), child.pid)).pid
