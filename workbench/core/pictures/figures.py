"""Figures as people read them in pictures and reports."""

from __future__ import annotations

from workbench.core.statistics import Estimate


def percent(share: float) -> str:
    """`78%`."""
    return f"{share:.0%}"


def interval(estimate: Estimate) -> str:
    """`64–88%`."""
    return f"{100 * estimate.low:.0f}–{100 * estimate.high:.0f}%"


def milliseconds(value: float) -> str:
    """`350 ms`, `1.2 s`, `2.5 min`."""
    if value == 0:
        return "0"
    if value < 1_000:
        return f"{value:.3g} ms"
    return f"{value / 1_000:.3g} s" if value < 120_000 else f"{value / 60_000:.3g} min"


def dollars(value: float) -> str:
    """`$0.0002`, `$1.20`."""
    if value == 0:
        return "$0"
    if value >= 1:
        return f"${value:,.2f}"
    shown = f"{value:.2g}" if value >= 1e-4 else f"{value:.7f}".rstrip("0")
    return f"${shown:0<4}"


def cost(value: float) -> str:
    """`≈ $0.0002`: it is reckoned from list prices."""
    return f"≈ {dollars(value)}" if value else dollars(value)


def tokens(value: float) -> str:
    """`1,200`; `3.5` for a median between two."""
    return f"{value:,.0f}" if value >= 100 else f"{value:.1f}".removesuffix(".0")


def counted(count: int, one: str) -> str:
    """`1 case`, `1,200 cases`."""
    return f"1 {one}" if count == 1 else f"{count:,} {one}s"
