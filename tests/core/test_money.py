"""What an answer cost is marked as an estimate wherever it is said."""

from __future__ import annotations

import pytest

from workbench.core.money import dollars, estimated


@pytest.mark.parametrize(
    ("amount", "text"),
    [(0, "0 $"), (0.000_001, "< 0.0001 $"), (0.0002, "0.0002 $"), (0.1, "0.10 $"), (1_234.5, "1,234.50 $")],
)
def test_amounts_are_as_short_as_they_can_be(amount: float, text: str) -> None:
    assert dollars(amount) == text


@pytest.mark.parametrize(
    ("amount", "as_of", "text"),
    [
        (0.02, "", "≈ 0.0200 $"),
        (0.02, "2026-06", "≈ 0.0200 $, by the price of 2026-06"),
        (0.000_001, "2026-06", "< 0.0001 $, by the price of 2026-06"),
        (0, "2026-06", "0 $"),
    ],
)
def test_an_estimate_says_that_it_is_one_and_by_the_price_of_which_date(
    amount: float, as_of: str, text: str
) -> None:
    assert estimated(amount, as_of) == text
