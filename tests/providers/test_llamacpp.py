"""Answers of the embedded SmolLM2 through the real child process."""

from __future__ import annotations

import asyncio
import hashlib
from collections.abc import Callable
from dataclasses import replace

from tests.providers.local import GREEDY, ONE_TOKEN, answer, begun, request
from workbench.core.completion import Delta, Event, Finished, GenerationConfig, Message, Notice, Request
from workbench.models.starter import starter_path
from workbench.providers.llamacpp import LlamaCpp

LANDS = (
    *("Greece", "Chile", "Kenya", "Germany", "Japan", "Egypt", "Peru", "Norway", "Poland", "Cuba"),
    *("China",) * 10,
)
COUNTING = "Count from one to twenty in words."


def test_loading_tells_facts_and_progress(runner: asyncio.Runner, own: Callable[..., LlamaCpp]) -> None:
    provider = own(gpu_layers="auto")
    assert not provider.loaded
    assert provider.memory() is None

    async def events() -> list[Event]:
        return [event async for event in provider.complete(request(config=ONE_TOKEN))]

    shown = runner.run(events())
    assert any(isinstance(event, Notice) and "Loading SmolLM2" in event.text for event in shown)
    facts = runner.run(provider.load())
    assert (facts.architecture, facts.quantisation) == ("llama", "Q4_1")
    assert (facts.context, facts.template) == (1024, "model")
    assert facts.gpu_layers > 0 or "nothing is offloaded: " in facts.gpu_note
    assert provider.loaded
    assert 50e6 < (provider.memory() or 0) < 2e9
    assert runner.run(provider.models())[0].context == 1024
    assert provider.unsupported() == {"effort"}


def test_an_answer_streams_and_ends_with_its_numbers(runner: asyncio.Runner, model: LlamaCpp) -> None:
    async def collected() -> list[Event]:
        return [event async for event in model.complete(request(COUNTING))]

    *before, end = runner.run(collected())
    assert sum(isinstance(event, Delta) for event in before) > 2
    assert isinstance(end, Finished)
    assert (end.stop_reason, end.usage and end.usage.completion_tokens) == ("length", 24)
    assert end.timings.ttft_ms is not None
    assert 0 < end.timings.ttft_ms < end.timings.total_ms
    assert (end.timings.tokens_per_second or 0) > 0
    details = end.details
    assert details["model_file"] == starter_path().name
    assert (details["decoding"], details["quantisation"], details["context"]) == ("batch", "Q4_1", 2048)
    assert "llama.cpp" in details["engine"]
    assert "llama-cpp-python" in details["engine"]
    assert details["model_bytes"] > 90e6
    assert details["model_sha256"] == hashlib.sha256(starter_path().read_bytes()).hexdigest()


def test_the_seed_decides_and_is_told(runner: asyncio.Runner, own: Callable[..., LlamaCpp]) -> None:
    provider = own(serial=True)

    def invented(config: GenerationConfig) -> tuple[str, Finished]:
        return runner.run(answer(provider, request("Invent a word.", config)))

    config = GenerationConfig(temperature=1.5, max_tokens=16)
    text, end = invented(config)
    assert invented(replace(config, seed=end.details["seed"]))[0] == text
    assert len({invented(replace(config, seed=seed))[0] for seed in (1, 2, 3)}) > 1


def test_penalties_and_sampling_settings_are_in_force(runner: asyncio.Runner, model: LlamaCpp) -> None:
    asked = request("Repeat the word spam without end.", replace(GREEDY, max_tokens=40))
    plain, _ = runner.run(answer(model, asked))
    config = replace(asked.config, repeat_penalty=1.8, frequency_penalty=1.0, presence_penalty=1.0)
    varied, end = runner.run(answer(model, replace(asked, config=config)))
    assert plain != varied
    assert end.details["sampling"]["frequency_penalty"] == 1.0
    best, _ = runner.run(answer(model, request(config=GenerationConfig(temperature=5, top_k=1, max_tokens=8))))
    assert runner.run(answer(model, request(config=replace(GREEDY, max_tokens=8))))[0] == best


def test_a_stop_string_ends_the_answer_wherever_tokens_part_it(runner: asyncio.Runner, model: LlamaCpp) -> None:
    whole, _ = runner.run(answer(model, request(COUNTING)))
    middle = len(whole) // 2
    for stop in (whole[middle : middle + 9], whole[middle - 4 : middle + 3], whole[middle]):
        config = replace(GREEDY, stop=(stop, "never in it"))
        text, end = runner.run(answer(model, request(COUNTING, config)))
        assert text == whole[: whole.index(stop)]
        assert end.stop_reason == "stop"


def test_emoji_come_as_whole_characters(runner: asyncio.Runner, model: LlamaCpp) -> None:
    async def pieces() -> list[str]:
        asked = begun("Parrot emojis!", "🦜🐦" * 5)
        return [event.text async for event in model.complete(asked) if isinstance(event, Delta)]

    shown = runner.run(pieces())
    assert any(ord(character) > 0xFFFF for character in "".join(shown))
    assert "\ufffd" not in "".join(shown)


def test_the_answer_goes_on_from_a_prefill(runner: asyncio.Runner, model: LlamaCpp) -> None:
    asked = begun("What is the capital of France?", "The capital of France is")
    assert runner.run(answer(model, asked))[0].startswith(" Paris")


def test_a_shared_beginning_is_not_computed_again(runner: asyncio.Runner, model: LlamaCpp) -> None:
    facts = "Facts about parrots. " * 20

    def told(text: str) -> tuple[str, int, int]:
        answered, end = runner.run(answer(model, request(text)))
        assert end.usage
        return answered, end.usage.cached_tokens, end.usage.prompt_tokens

    told("Something else entirely.")
    text, cached, _ = told(facts + "Summarise!")
    assert cached < 30
    again, cached, length = told(facts + "Summarise!")
    assert (again, cached) == (text, length - 1)
    _, cached, length = told(facts + "Translate!")
    assert 80 < cached < length


def test_counting_is_exact_and_does_not_disturb_an_answer(runner: asyncio.Runner, model: LlamaCpp) -> None:
    asked = Request("", (Message("system", "Be brief."), Message("user", "Hello there")), GREEDY)
    undisturbed, end = runner.run(answer(model, asked))

    async def both() -> None:
        (text, _), count, *_ = await asyncio.gather(answer(model, asked), *(model.count(asked) for _ in range(20)))
        assert text == undisturbed
        assert end.usage
        assert count.total == end.usage.prompt_tokens
        assert (count.messages, count.exact, count.context) == ((3, 2), True, 2048)
        assert count.text == (
            "<|im_start|>system\nBe brief.<|im_end|>\n"
            "<|im_start|>user\nHello there<|im_end|>\n<|im_start|>assistant\n"
        )

    runner.run(both())


def test_requests_at_once_are_all_answered_as_if_alone(runner: asyncio.Runner, model: LlamaCpp) -> None:
    # Few tokens, and answers that the model is sure of: a batch changes the last bits of the logits, which decides
    # between equally good words.
    config = replace(GREEDY, max_tokens=8)
    asked = [request(f"What is the capital of {land}?", config) for land in LANDS]
    alone = [runner.run(answer(model, one))[0] for one in asked]

    async def together() -> list[str]:
        return [text for text, _ in await asyncio.gather(*(answer(model, one) for one in asked))]

    assert runner.run(together()) == alone


def test_strange_characters_are_taken(runner: asyncio.Runner, model: LlamaCpp) -> None:
    _, end = runner.run(answer(model, request("nul \0 lone \ud800 bidi \u202e line\u2028 [" * 3, ONE_TOKEN)))
    assert end.usage
