"""Every sampling setting changes what the embedded model writes, and is told in the details."""

from __future__ import annotations

import asyncio
import math
from collections.abc import Callable, Iterator
from statistics import fmean
from typing import Any

import pytest

from workbench.core.completion import Delta, Finished, GenerationConfig, Message, ReasoningDelta, Request
from workbench.errors import UserError
from workbench.models.starter import starter_path
from workbench.providers.llamacpp import LlamaCpp, LoadOptions

Ask = Callable[..., tuple[str, str, Finished]]
"""Text and settings → answer, reasoning, end."""


def asker(runner: asyncio.Runner, provider: LlamaCpp) -> Ask:
    def ask(
        text: str = "Tell a story about a parrot.", *, prefill: str = "", **settings: Any
    ) -> tuple[str, str, Finished]:
        turns = (Message("user", text), *((Message("assistant", prefill),) if prefill else ()))
        schema = settings.pop("json_schema", None)
        config = GenerationConfig(**{"max_tokens": 12, "seed": 7, **settings})

        async def events() -> list[object]:
            return [event async for event in provider.complete(Request("", turns, config, json_schema=schema))]

        told = runner.run(events())
        texts = ("".join(e.text for e in told if isinstance(e, kind)) for kind in (Delta, ReasoningDelta))
        (end,) = (e for e in told if isinstance(e, Finished))
        return (*texts, end)  # type: ignore[return-value]

    return ask


@pytest.fixture(scope="module")
def runner() -> Iterator[asyncio.Runner]:
    with asyncio.Runner() as running:
        yield running


@pytest.fixture(scope="module")
def ask(runner: asyncio.Runner) -> Iterator[Ask]:
    provider = LlamaCpp(starter_path(), options=LoadOptions(context=1024, serial=True))
    yield asker(runner, provider)
    runner.run(provider.close())


@pytest.fixture(scope="module")
def plain(ask: Ask) -> str:
    """What is written without any setting but a temperature that lets the others be seen."""
    return ask(temperature=1.5)[0]


def surprise(ask: Ask, **settings: Any) -> float:
    """The mean negative log-probability of what is written."""
    _, _, end = ask(logprobs=0, max_tokens=24, **settings)
    return -fmean(entry["logprob"] for entry in end.details["logprobs"])


@pytest.mark.parametrize(
    "settings",
    [
        {"typical_p": 0.2},
        {"xtc_probability": 1.0, "xtc_threshold": 0.02},
        {"mirostat": 1},
        {"mirostat": 2},
        {"mirostat": 2, "mirostat_tau": 9.0},
        {"mirostat": 2, "mirostat_eta": 1.0},
        {"logit_bias": ((" parrot", -100.0),)},
        {"grammar": 'root ::= "Once upon " [a-z ]+'},
        {"repeat_penalty": 1.5},
        {"frequency_penalty": 1.5},
        {"presence_penalty": 1.5},
        {"min_p": 0.5},
        {"top_p": 0.1},
        {"top_k": 2},
    ],
    ids=str,
)
def test_a_setting_changes_the_answer(ask: Ask, plain: str, settings: dict[str, Any]) -> None:
    changed, _, end = ask(temperature=1.5, **settings)
    assert changed != plain
    told = {name: value for name, value in settings.items() if name not in ("grammar", "logit_bias")}
    assert told.items() <= end.details["sampling"].items()


def test_mirostat_keeps_to_the_surprise_that_is_asked_for(ask: Ask) -> None:
    for version in (1, 2):
        low, high = (surprise(ask, mirostat=version, temperature=1.0, mirostat_tau=tau) for tau in (0.5, 8.0))
        assert low < high


def test_xtc_leaves_out_the_likeliest(ask: Ask) -> None:
    settings = {"temperature": 1.0, "xtc_threshold": 0.05}
    assert surprise(ask, **settings) < surprise(ask, xtc_probability=1.0, **settings)


def test_dry_ends_a_repetition(ask: Ask) -> None:
    text, begun = "Repeat: one two three four", "one two three four one two three four one two three four one"
    plain, _, _ = ask(text, prefill=begun, temperature=0)
    assert plain.startswith(" two three four")
    for settings in (
        {"dry_multiplier": 5.0},
        {"dry_multiplier": 0.5, "dry_base": 5.0},
        {"dry_multiplier": 5.0, "dry_allowed_length": 3},
    ):
        changed, _, end = ask(text, prefill=begun, temperature=0, **settings)
        assert changed != plain
        assert settings.items() <= end.details["sampling"].items()
    free, _, _ = ask(text, prefill=begun, temperature=0, dry_multiplier=5.0, dry_allowed_length=1000)
    assert free == plain


def test_a_bias_forbids_and_enforces(ask: Ask) -> None:
    plain, _, end = ask(temperature=0, max_tokens=1, logprobs=1)
    assert end.details["logprobs"][0]["token"] == plain
    assert ask(temperature=0, max_tokens=1, logit_bias=((plain, -100.0),))[0] != plain
    enforced, _, end = ask(temperature=0, max_tokens=3, logit_bias=((1073, 100.0),))
    assert len(set(enforced.split())) <= 1
    assert end.details["sampling"]["logit_bias"] == [[1073, 100.0]]


def test_a_bias_on_a_token_that_there_is_not_is_refused(ask: Ask) -> None:
    with pytest.raises(UserError, match="logit_bias names token 99,999,999; this model has 49,152"):
        ask(logit_bias=((99_999_999, 1.0),))


def test_an_answer_follows_a_persons_own_grammar(ask: Ask) -> None:
    answers = {ask("Is water wet?", grammar='root ::= "yes" | "no"', seed=seed)[0] for seed in range(3)}
    assert answers <= {"yes", "no"}
    assert ask("Is water wet?", prefill="ye", grammar='root ::= "yes" | "no"')[0] == "s"


@pytest.mark.parametrize("grammar", ["start ::= [a-z]+", "root ::= other", 'root ::= root "a"', "]]"])
def test_a_bad_grammar_is_the_persons_to_mend(ask: Ask, grammar: str) -> None:
    with pytest.raises(UserError, match=r"llama\.cpp does not understand the grammar"):
        ask(grammar=grammar)
    assert ask("Say yes.", grammar='root ::= "yes"')[0] == "yes"


def test_a_grammar_and_a_schema_exclude_each_other(ask: Ask) -> None:
    with pytest.raises(UserError, match="an answer can follow one of them"):
        ask(grammar='root ::= "yes"', json_schema={})


def test_log_probabilities_are_those_of_the_model_whatever_the_settings(ask: Ask) -> None:
    text, _, end = ask(temperature=0, logprobs=5)
    told = end.details["logprobs"]
    assert "".join(entry["token"] for entry in told) == text
    for entry in told:
        assert entry["top"][0] == {name: entry[name] for name in ("token", "logprob")}
        chances = [math.exp(other["logprob"]) for other in entry["top"]]
        assert chances == sorted(chances, reverse=True)
        assert 0 < sum(chances) <= 1.000001
    _, _, again = ask(temperature=0.3, top_k=1, logprobs=5)
    assert again.details["logprobs"] == told
    assert "logprobs" not in ask(max_tokens=1)[2].details


def test_reasoning_is_parted_and_counted(ask: Ask) -> None:
    grammar = 'root ::= "<think>" [a-z ]{9} "</think>\\n\\n" "Yes."'
    text, reasoning, end = ask("Is water wet?", grammar=grammar, stop=("\n\n",), max_tokens=32)
    # A grammar asks for an answer at once, but no template keeps this model from tags at its beginning.
    assert text == "Yes."
    assert len(reasoning) <= 9
    assert reasoning
    assert end.usage
    assert 0 < end.usage.reasoning_tokens < end.usage.completion_tokens
    assert end.stop_reason == "stop"


def test_a_persons_own_chat_template_is_used_for_the_model(runner: asyncio.Runner) -> None:
    opened = (
        "{% for m in messages %}<|im_start|>{{ m.role }}\n{{ m.content }}<|im_end|>\n{% endfor %}"
        "{% if add_generation_prompt %}<|im_start|>assistant\n<think>{% endif %}"
    )
    provider = LlamaCpp(starter_path(), options=LoadOptions(context=512, chat_template=opened))
    ask = asker(runner, provider)
    try:
        text, reasoning, end = ask(max_tokens=8)
        assert (text, end.details["template"]) == ("", "own")
        assert reasoning
        assert ask(prefill="Sure", max_tokens=8)[1] == ""
        assert ask(json_schema={}, max_tokens=8)[0].startswith("{")
    finally:
        runner.run(provider.close())
