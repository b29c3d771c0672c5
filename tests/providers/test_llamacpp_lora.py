"""LoRA adapters, each request with its own: one model in memory answers with and without them."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from contextlib import aclosing
from dataclasses import replace
from pathlib import Path

import pytest

from tests.models.lora_file import write_lora
from tests.providers.local import GREEDY, LONG, answer, begun, events_of, first_delta, request
from workbench.core.completion import Finished, GenerationConfig, Request
from workbench.errors import ModelError
from workbench.models.starter import starter_path
from workbench.providers.llamacpp import LlamaCpp

CONFIG = replace(GREEDY, max_tokens=16, logprobs=0)
QUESTIONS = ("Name three colours.", "What is the capital of Japan?", "What is the capital of Egypt?")


@pytest.fixture(scope="module")
def tuned(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_lora(starter_path(), tmp_path_factory.mktemp("lora") / "tuned.gguf", size=0.02)


def asked(question: str, *adapters: str, config: GenerationConfig = CONFIG) -> Request:
    model = "starter" + "".join(f"+lora:{adapter}" for adapter in adapters)
    return replace(request(question, config), model=model)


def tokens(end: Finished) -> list[tuple[str, float]]:
    return [(noted["token"], noted["logprob"]) for noted in end.details["logprobs"]]


def test_scale_0_is_the_model_itself_and_scale_1_another(
    runner: asyncio.Runner, own: Callable[..., LlamaCpp], tuned: Path
) -> None:
    provider = own(serial=True)
    for question in QUESTIONS:
        base, none, full, half = (
            tokens(runner.run(answer(provider, asked(question, *adapters)))[1])
            for adapters in ((), (f"{tuned}@0",), (str(tuned),), (f"{tuned}@0.5",))
        )
        assert none == base
        assert full[0] != base[0]
        assert half[0] != full[0]


def test_side_by_side_each_answers_as_it_does_alone(
    runner: asyncio.Runner, own: Callable[..., LlamaCpp], tuned: Path
) -> None:
    provider = own()
    kinds: tuple[tuple[str, ...], ...] = ((), (str(tuned),), (f"{tuned}@-0.5",))
    everything = [asked(question, *kind) for question in QUESTIONS for kind in kinds]
    alone = [tokens(runner.run(answer(provider, one))[1]) for one in everything]
    assert len({str(one[:3]) for one in alone}) == len(alone)

    async def together() -> list[tuple[str, Finished]]:
        return await asyncio.gather(*(answer(provider, one) for one in everything))

    ends = [end for _, end in runner.run(together())]
    same = 0
    for expected, found in zip(alone, map(tokens, ends), strict=True):
        assert found[0][0] == expected[0][0]
        for (text, probability), (other, another) in zip(expected, found, strict=False):
            if text != other:  # two words that are nearly equally likely
                break
            assert abs(probability - another) < 0.6
            same += 1
    assert same > 0.5 * sum(map(len, alone))
    assert "adapters" not in ends[0].details
    assert ends[1].details["adapters"] == [{"path": str(tuned), "scale": 1.0}]


def test_nobody_waits_for_the_end_of_an_answer_with_other_adapters(
    runner: asyncio.Runner, own: Callable[..., LlamaCpp], tuned: Path
) -> None:
    provider = own(context=4096)

    async def beside_a_story() -> None:
        async with aclosing(events_of(provider, LONG)) as story:
            await first_delta(story)
            await answer(provider, asked("Name three colours.", str(tuned)))
            await first_delta(story)  # it is still being told

    runner.run(beside_a_story())


def test_a_beginning_is_shared_only_with_the_same_adapters(
    runner: asyncio.Runner, own: Callable[..., LlamaCpp], tuned: Path
) -> None:
    provider = own()
    facts = "Facts about parrots. " * 20

    def cached(*adapters: str) -> int:
        _, end = runner.run(answer(provider, asked(facts + "Summarise!", *adapters)))
        assert end.usage
        return end.usage.cached_tokens

    assert cached() < 30
    assert cached(str(tuned)) == 0
    assert cached(str(tuned)) > 80
    assert cached() > 80
    assert cached(f"{tuned}@0") > 80, "scale 0 is the model itself"


def test_when_the_cache_is_full_answers_with_several_adapters_wait_and_none_fails(
    runner: asyncio.Runner, own: Callable[..., LlamaCpp], tuned: Path
) -> None:
    provider = own(context=256)
    config = replace(GREEDY, max_tokens=100)
    models = ["starter", f"starter+lora:{tuned}"] * 3
    everything = [
        replace(begun(f"Count from {number} on.", "spam " * 30 + "spam", config), model=model)
        for number, model in enumerate(models)
    ]

    async def together() -> list[tuple[str, Finished]]:
        return await asyncio.gather(*(answer(provider, one) for one in everything))

    for _, end in runner.run(together()):
        assert end.usage
        assert end.stop_reason in ("stop", "length")
        assert end.usage.completion_tokens > 0


def test_an_adapter_written_anew_is_another_one(
    runner: asyncio.Runner, own: Callable[..., LlamaCpp], tmp_path: Path
) -> None:
    provider = own()
    path = write_lora(starter_path(), tmp_path / "again.gguf", size=0.3, seed=1)
    one, _ = runner.run(answer(provider, asked("Name three colours.", str(path))))
    write_lora(starter_path(), path, size=0.3, seed=2, rank=8)
    assert runner.run(answer(provider, asked("Name three colours.", str(path))))[0] != one


def test_an_adapter_of_other_shapes_fails_its_request_alone(
    runner: asyncio.Runner, own: Callable[..., LlamaCpp], tuned: Path, tmp_path: Path
) -> None:
    provider = own()
    wrong = write_lora(starter_path(), tmp_path / "wrong.gguf", general__architecture="qwen2")

    async def both() -> tuple[tuple[str, Finished], BaseException]:
        good, bad = await asyncio.gather(
            answer(provider, asked("Name three colours.", str(tuned))),
            answer(provider, asked("Name three colours.", str(wrong))),
            return_exceptions=True,
        )
        assert not isinstance(good, BaseException)
        assert isinstance(bad, BaseException)
        return good, bad

    (text, _), error = runner.run(both())
    assert text
    assert isinstance(error, ModelError)
    assert str(error).startswith("The adapter wrong.gguf cannot be added to SmolLM2")
    assert "mismatch" in str(error)
