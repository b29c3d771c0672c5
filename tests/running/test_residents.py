"""Which local models stand in memory: as many as fit, none for ever."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Iterator
from dataclasses import dataclass, field, replace
from pathlib import Path

import pytest

from tests.models.thinned import write_thinned
from tests.running.conftest import Runner
from tests.running.test_scheduler import wait_until
from workbench.core.completion import GenerationConfig, Message, Notice, Request
from workbench.models.gguf import read_metadata
from workbench.models.memory import estimate
from workbench.models.starter import starter_path
from workbench.providers.llamacpp import LlamaCpp, LoadOptions
from workbench.running.residents import Residents

OPTIONS = LoadOptions(context=512)
SHORT = Request("", (Message("user", "Hello"),), GenerationConfig(temperature=0, max_tokens=1))


@dataclass
class House:
    """Three small models, on a machine whose free memory the test sets, in models."""

    folder: Path
    room: float = 1.5
    models: list[LlamaCpp] = field(default_factory=list)
    notices: list[str] = field(default_factory=list)

    def __post_init__(self) -> None:
        path = write_thinned(starter_path(), self.folder / "thin.gguf", layers=1)
        metadata = read_metadata(path)
        self.size = estimate(metadata, context=512, free=0).total
        self.residents = Residents(0, free=self._free)
        for _ in range(3):
            self.models.append(LlamaCpp(path, options=OPTIONS))
            self.residents.add(self.models[-1], metadata, OPTIONS)

    def _free(self) -> int:
        """What the models have taken is gone."""
        return int(self.room * self.size) - sum(model.own_memory() or 0 for model in self.models)

    async def ask(self, number: int, during: Callable[[], Awaitable[None]] | None = None) -> None:
        with self.residents.used(self.models[number]):
            async for event in self.models[number].complete(SHORT):
                if isinstance(event, Notice):
                    self.notices.append(event.text)
            if during:
                await during()

    @property
    def loaded(self) -> list[bool]:
        return [model.memory() is not None for model in self.models]

    async def close(self) -> None:
        for model in self.models:
            self.residents.forget(model)
            await model.close()


@pytest.fixture
def house(tmp_path: Path) -> House:
    return House(tmp_path)


@pytest.fixture
def loop(house: House) -> Iterator[asyncio.Runner]:
    with asyncio.Runner() as running:
        yield running
        running.run(house.close())


def test_models_that_fit_stand_side_by_side(loop: asyncio.Runner, house: House) -> None:
    house.room = 3.5
    for number in range(3):
        loop.run(house.ask(number))
    assert house.loaded == [True, True, True]


def test_the_one_least_recently_used_makes_room(loop: asyncio.Runner, house: House) -> None:
    house.room = 2.5
    for number in (0, 1, 0, 2):
        loop.run(house.ask(number))
    assert house.loaded == [True, False, True]


def test_loads_at_the_same_time_do_not_count_on_the_same_memory(loop: asyncio.Runner, house: House) -> None:
    async def at_once() -> None:
        await asyncio.gather(*(house.ask(number) for number in range(3)))

    loop.run(at_once())
    assert sum(house.loaded) == 1


def test_a_load_waits_for_a_model_at_work(loop: asyncio.Runner, house: House) -> None:
    order: list[str] = []

    async def work() -> None:
        second = asyncio.create_task(house.ask(1))
        second.add_done_callback(lambda _: order.append("second answered"))
        await asyncio.wait([second], timeout=1.5)
        order.append("first done")

    async def both() -> None:
        await house.ask(0, work)
        while len(order) < 2:  # noqa: ASYNC110 - the second one's own task tells nobody else
            await asyncio.sleep(0.01)

    loop.run(both())
    assert order == ["first done", "second answered"]
    assert "Waiting for memory, which thin needs" in house.notices
    assert house.loaded == [False, True, False]


def test_a_load_does_not_wait_for_a_model_that_died_at_work(loop: asyncio.Runner, house: House) -> None:
    async def work() -> None:
        await house.models[0].unload()  # as good as dead
        await house.ask(1)

    loop.run(house.ask(0, work))
    assert house.loaded == [False, True, False]


def test_one_that_does_not_fit_alone_is_left_to_its_process_to_refuse(loop: asyncio.Runner, house: House) -> None:
    house.room = 0.5
    loop.run(house.ask(0))
    loop.run(house.ask(1))
    assert house.loaded == [False, True, False]


def test_a_model_that_nobody_asks_is_unloaded_after_a_while(loop: asyncio.Runner, house: House) -> None:
    house.room = 3.5
    loop.run(house.ask(0))

    async def asked_meanwhile() -> None:
        house.residents.stay(0.2 / 60)

        async def outlast() -> None:
            while house.loaded[0]:  # noqa: ASYNC110 - nothing tells of it
                await asyncio.sleep(0.01)

        await house.ask(1, outlast)
        assert house.loaded == [False, True, False]
        while house.loaded[1]:  # noqa: ASYNC110 - as above
            await asyncio.sleep(0.01)

    loop.run(asyncio.wait_for(asked_meanwhile(), 20))


def test_the_minutes_are_kept_and_an_idle_model_goes(runner: Runner) -> None:
    catalog, loop = runner.workspace.catalog, runner.workspace.loop
    assert loop.submit(catalog.unload_after()).result(10) == 30
    runner.start("Say hello.", model="starter", max_tokens=2)
    runner.ended()
    assert loop.submit(catalog.loaded()).result(10)
    loop.submit(catalog.set_unload_after(0.001)).result(10)
    wait_until(lambda: not loop.submit(catalog.loaded()).result(10))
    assert loop.submit(catalog.unload_after()).result(10) == 0.001


# Memory of a GPU, with stated numbers: the models compute on the processor here


class HouseWithGpu(House):
    """Models that want all their layers on a GPU; each takes its weights and cache there."""

    gpu_room = 1.5

    def __post_init__(self) -> None:
        super().__post_init__()
        self.room = 9.5  # of main memory there is enough
        options = replace(OPTIONS, gpu_layers="auto")
        self.residents = Residents(0, free=self._free, gpu_spare=self._gpu_spare)
        metadata = read_metadata(self.models[0].path)
        wanted = estimate(metadata, context=512, free=0)
        self.on_gpu = wanted.weights + wanted.cache
        for model in self.models:
            self.residents.add(model, metadata, options)

    async def _gpu_spare(self, model: LlamaCpp) -> int | None:
        return int((self.gpu_room - sum(self.loaded)) * self.on_gpu) if model.memory() is not None else None


@pytest.fixture
def with_gpu(tmp_path: Path) -> Iterator[tuple[asyncio.Runner, HouseWithGpu]]:
    house = HouseWithGpu(tmp_path)
    with asyncio.Runner() as running:
        yield running, house
        running.run(house.close())


def test_an_idle_model_makes_room_on_the_gpu(with_gpu: tuple[asyncio.Runner, HouseWithGpu]) -> None:
    loop, house = with_gpu
    loop.run(house.ask(0))
    loop.run(house.ask(1))
    assert house.loaded == [False, True, False]
    house.gpu_room = 2.5
    loop.run(house.ask(2))
    assert house.loaded == [False, True, True]
    loop.run(house.ask(0))
    assert house.loaded == [True, False, True], "the least recently used goes, and no more than one"


def test_one_at_work_keeps_its_place_on_the_gpu_and_nobody_waits(
    with_gpu: tuple[asyncio.Runner, HouseWithGpu],
) -> None:
    loop, house = with_gpu
    loop.run(house.ask(0, lambda: house.ask(1)))
    assert house.loaded == [True, True, False]
    assert not any(notice.startswith("Waiting") for notice in house.notices)


def test_models_without_layers_on_a_gpu_are_not_asked(loop: asyncio.Runner, house: House) -> None:
    house.room = 3.5
    for number in range(2):
        loop.run(house.ask(number))
        assert loop.run(house.models[number].gpu_spare()) is None
    assert house.loaded == [True, True, False]
