"""What an answer cost."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from workbench.core.completion import Usage
from workbench.core.profile import Profile
from workbench.errors import NotFound, UserError
from workbench.running.presets import own_machines
from workbench.running.prices import Price, PriceBook, own_prices, prices, set_price
from workbench.store import Store

BOOK = PriceBook()
cost = BOOK.cost


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


def test_a_price_of_ones_own_goes_before_the_one_that_ships_and_that_of_one_server_before_both() -> None:
    book = PriceBook()
    book.take({"gpt-4o": Price(1, 2, 0.5, "2026-11-21"), "work:gpt-4o": Price(3, 4, 3, "2026-11-21")}, frozenset())
    assert book.cost("other:gpt-4o-2024-08-06", Usage(1_000_000)) == 1
    assert book.cost("work:gpt-4o", Usage(0, 1_000_000)) == 4
    assert book.cost("other:gpt-4o-mini", Usage(1_000_000)) == 0.15


def test_what_runs_on_ones_own_machine_is_free_until_it_has_a_price() -> None:
    profiles = (
        Profile("home", "http://127.0.0.1:11434/v1", preset="Ollama"),
        Profile("proxy", "http://127.0.0.1:4000/v1"),
    )
    book = PriceBook()
    book.take({"home:dear": Price(1, 1, 1, "2026-11-21")}, own_machines(profiles))
    assert book.cost("home:llama3", None) == 0
    assert book.cost("home:dear", Usage(1_000_000)) == 1
    assert book.cost("proxy:llama3", Usage(1_000)) is None  # a gateway on this machine may cost what it likes


def test_own_prices_are_kept_changed_and_taken_back(tmp_path: Path) -> None:
    price = Price(1.5, 6, 0.75, "2026-11-21")
    with Store.open(tmp_path / "workspace.db") as store:
        set_price(store, " mistral-large ", price)
        assert own_prices(store) == {"mistral-large": price}
        set_price(store, "mistral-large", None)
        assert own_prices(store) == {}
        with pytest.raises(NotFound, match="mistral-large"):
            set_price(store, "mistral-large", None)
        with pytest.raises(UserError, match=r"The price -1 of x \(output\) cannot be"):
            set_price(store, "x", Price(1, -1, 1, "2026-11-21"))
        assert own_prices(store) == {}
