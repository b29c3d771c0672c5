"""What an answer cost."""

from __future__ import annotations

import re

import pytest

from workbench.core.completion import Usage
from workbench.running.prices import cost, prices


def test_fresh_cached_and_answer_tokens_have_their_prices() -> None:
    usage = Usage(prompt_tokens=1_000_000, completion_tokens=100_000, cached_tokens=400_000)
    assert cost("work:gpt-4o", usage) == pytest.approx(0.6 * 2.5 + 0.4 * 1.25 + 0.1 * 10)


def test_a_dated_snapshot_costs_what_its_model_costs() -> None:
    usage = Usage(1_000, 1_000)
    assert cost("work:gpt-4o-mini-2024-07-18", usage) == cost("work:gpt-4o-mini", usage)


def test_a_longer_name_is_another_model() -> None:
    assert cost("work:gpt-4o-transcribe", Usage(1_000, 1_000)) is None


@pytest.mark.parametrize("reference", ["starter", "local:/a.gguf", "echo:m"])
def test_this_machine_costs_nothing(reference: str) -> None:
    assert cost(reference, Usage(1_000, 1_000)) == 0


def test_without_usage_the_cost_is_not_known() -> None:
    assert cost("work:gpt-4o", None) is None


def test_every_price_is_dated_and_sensible() -> None:
    for price in prices().values():
        assert re.fullmatch(r"\d{4}-\d{2}", price.as_of)
        assert 0 < price.cached_input <= price.input < price.output
