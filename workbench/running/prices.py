"""About what an answer cost: list prices, dated, that ship with the program, under a person's own.

The invoice is the truth. A price of one's own is for a model by its name at any server (`gpt-4o`), or at one
server (`work:gpt-4o`), which goes first; it is kept in the workspace's setting `prices`, with the date it was
entered.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from datetime import date
from functools import cache
from typing import Any

from workbench.core.completion import Usage
from workbench.core.model_reference import parse
from workbench.errors import NotFound, UserError
from workbench.paths import resources
from workbench.running.presets import own_machines
from workbench.store import Store

SETTING = "prices"

_SNAPSHOT = re.compile(r"-(\d{4}-\d{2}-\d{2}|\d{8})$")
"""Servers append the date of a snapshot to a model's name; it costs what the model costs."""

_MOST = 100_000.0
"""Dollars for a million tokens; more is a slip of the decimal point."""


@dataclass(frozen=True, slots=True)
class Price:
    """US dollars for a million tokens."""

    input: float
    output: float
    cached_input: float
    as_of: str
    """Year and month of the newest source that it was compared with; the day that one's own was entered."""


_FREE = Price(0.0, 0.0, 0.0, "")


class PriceBook:
    """The prices of one workspace. Any thread may ask: what changes is replaced as a whole."""

    def __init__(self) -> None:
        self._own: Mapping[str, Price] = {}
        self._free: frozenset[str] = frozenset()

    def take(self, own: Mapping[str, Price], free: frozenset[str]) -> None:
        """Go by these prices of the person's own, and by these profiles whose answers cost nothing."""
        self._own, self._free = own, free

    def price_of(self, reference: str) -> Price | None:
        """The price of a model; all zero on this machine, None when it is not known."""
        parsed = parse(reference)
        if parsed.place != "profile":
            return _FREE
        own = self._own.get(reference) or _by_name(self._own, parsed.model)
        if own is None and parsed.profile in self._free:
            return _FREE
        return own or _by_name(prices(), parsed.model)

    def cost(self, reference: str, usage: Usage | None) -> float | None:
        """US dollars of an answer; 0 on this machine, None when the price or the usage is not known."""
        price = self.price_of(reference)
        if price is _FREE:
            return 0.0
        return None if price is None or usage is None else priced(price, usage)


def priced(price: Price, usage: Usage) -> float:
    """US dollars of so many tokens."""
    fresh = max(usage.prompt_tokens - usage.cached_tokens, 0)
    tokens = (
        fresh * price.input + usage.cached_tokens * price.cached_input + usage.completion_tokens * price.output
    )
    return tokens / 1_000_000


def _by_name(table: Mapping[str, Price], model: str) -> Price | None:
    return table.get(model) or table.get(_SNAPSHOT.sub("", model))


@cache
def prices() -> Mapping[str, Price]:
    """The table that ships with the program, by model name."""
    data = json.loads((resources() / "prices.json").read_text("utf-8"))
    return {
        name: Price(row["input"], row["output"], row.get("cached_input", row["input"]), row["as_of"])
        for name, row in data["models"].items()
    }


# A person's own


def own_prices(store: Store) -> dict[str, Price]:
    """Those that a person entered, by model name or reference."""
    return {model: Price(**row) for model, row in store.setting(SETTING, {}).items()}


def set_price(store: Store, model: str, price: Price | None) -> None:
    """Keep one's own price of a model, or go back to the one that ships. Raises UserError and NotFound."""
    kept: dict[str, Any] = dict(store.setting(SETTING, {}))
    if price is not None:
        kept[_checked_model(model)] = asdict(checked(model, price))
    elif model in kept:
        del kept[model]
    else:
        raise NotFound(f"There is no price of your own for {model!r}.", advice="See them: workbench prices list.")
    store.set_setting(SETTING, kept)


def checked(model: str, price: Price) -> Price:
    """The same price, if it can be one. Raises UserError."""
    for name in ("input", "output", "cached_input"):
        value = getattr(price, name)
        if not 0 <= value <= _MOST:
            raise UserError(
                f"The price {value:g} of {model} ({name.replace('_', ' ')}) cannot be.",
                advice=f"It is in US dollars for a million tokens, between 0 and {_MOST:,.0f}.",
            )
    return price


def _checked_model(model: str) -> str:
    if not model.strip() or not model.isprintable():
        raise UserError(f"{model!r} is not the name of a model.", advice="Write gpt-4o, or PROFILE:gpt-4o.")
    return model.strip()


def today() -> str:
    """The date of a price that is entered now."""
    return date.today().isoformat()  # noqa: DTZ011 - the person's own day


def kept(store: Store) -> tuple[dict[str, Price], frozenset[str]]:
    """What `PriceBook.take` wants, out of the store."""
    return own_prices(store), own_machines(store.profiles())
