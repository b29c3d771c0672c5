"""About what an answer cost, from a small dated table of list prices; the invoice is the truth."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache

from workbench.core.completion import Usage
from workbench.core.model_reference import parse
from workbench.paths import resources

_SNAPSHOT = re.compile(r"-(\d{4}-\d{2}-\d{2}|\d{8})$")
"""Servers append the date of a snapshot to a model's name; it costs what the model costs."""


@dataclass(frozen=True, slots=True)
class Price:
    """US dollars for a million tokens."""

    input: float
    output: float
    cached_input: float
    as_of: str
    """Year and month of the newest source that it was compared with."""


def cost(model_reference: str, usage: Usage | None) -> float | None:
    """US dollars of an answer; 0 on this machine, None when the price or the usage is not known."""
    reference = parse(model_reference)
    if reference.place != "profile":
        return 0.0
    price = price_of(reference.model)
    if price is None or usage is None:
        return None
    fresh = max(usage.prompt_tokens - usage.cached_tokens, 0)
    tokens = (
        fresh * price.input + usage.cached_tokens * price.cached_input + usage.completion_tokens * price.output
    )
    return tokens / 1_000_000


def price_of(model: str) -> Price | None:
    """The list price of a model by its name at its server; None when the table does not have it."""
    table = prices()
    return table.get(model) or table.get(_SNAPSHOT.sub("", model))


@cache
def prices() -> Mapping[str, Price]:
    """The table that ships with the program, by model name."""
    data = json.loads((resources() / "prices.json").read_text("utf-8"))
    return {
        name: Price(row["input"], row["output"], row.get("cached_input", row["input"]), row["as_of"])
        for name, row in data["models"].items()
    }
