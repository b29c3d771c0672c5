"""Amounts of US dollars in words. What an answer cost is reckoned from a dated price, so it is an estimate."""

from __future__ import annotations


def dollars(amount: float) -> str:
    """`1.50 $`, `0.0002 $`, `< 0.0001 $`."""
    if amount == 0:
        return "0 $"
    if amount < 0.0001:
        return "< 0.0001 $"
    return f"{amount:,.2f} $" if amount >= 0.1 else f"{amount:.4f} $"


def estimated(amount: float, as_of: str = "") -> str:
    """`≈ 0.0002 $`, and by a price of which date, where that is known; what costs nothing is no estimate."""
    words = dollars(amount)
    marked = words if words.startswith(("0 ", "<")) else f"≈ {words}"
    return f"{marked}, by the price of {as_of}" if as_of and amount else marked
