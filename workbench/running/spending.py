"""Limits on what is spent: a request whose cost might pass one is not sent.

Before a request goes out, what it can cost at most is reserved: the prompt's estimated tokens and as many tokens
of answer as it may have, at the model's price. When its run has ended, the reservation gives way to what it cost.
So the sum of what was spent and of what is under way stays below the limit, also with sixty requests in flight;
where the reservations of others are all that is in the way, one waits for them instead of giving up.

Three things can pass a limit all the same: an answer without `max_tokens` that grows beyond `UNBOUNDED`; models
whose price nobody knows, if the person lets those go on; and answers that were stopped half way, whose cost no
server told: they count what they might have cost until this program ends. What other programs spend on the same
workspace is taken in at most a minute late. Everything here belongs to the loop's thread.
"""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from typing import Any, Literal

from workbench.core.completion import Request, Usage
from workbench.core.run import Run
from workbench.errors import UserError
from workbench.providers.token_estimate import estimate_messages
from workbench.running.prices import PriceBook, priced
from workbench.store import Store, StoreThread

SETTING = "spending"

UNBOUNDED = 4_096
"""Tokens of an answer that are reserved where a request sets no `max_tokens`."""

_MARGIN = 1.25
"""The estimate of a prompt's tokens came out at 0.90 of the truth at worst; other languages may do worse."""

_FRESH_SECONDS = 60.0
"""How old the month's sum may get while others may spend too."""

_SLACK = 1e-9
"""Dollars by which sums of floating-point numbers may be off."""

_MOST = 1_000_000.0

UnknownPrice = Literal["stop", "go_on"]


@dataclass(frozen=True, slots=True)
class Limits:
    """What a person wants to spend at most, whatever is run."""

    month: float | None = None
    """US dollars in a calendar month of all runs of the workspace; None is no limit."""
    unknown_price: UnknownPrice = "stop"
    """Whether models of unknown price are asked while a limit applies."""


class LimitReached(UserError):
    """A request was not sent, because it might have passed a limit."""


class _Account:
    """Money of which so much may be spent."""

    def __init__(self, what: str, limit: float | None, spent: float) -> None:
        self.what = what
        self.limit = limit
        self.spent = spent
        self.reserved = 0.0
        self.settled = 0.0
        """All that was ever settled here; tells what came in while the store was read."""
        self._changed = asyncio.Event()

    def has_room(self, amount: float) -> bool:
        return self.limit is None or self.spent + self.reserved + amount <= self.limit + _SLACK

    def settle(self, reserved: float, cost: float) -> None:
        self.reserved = max(0.0, self.reserved - reserved)
        self.spent += cost
        self.settled += cost
        self._changed.set()

    async def changed(self) -> None:
        self._changed.clear()
        await self._changed.wait()

    def refusal(self, amount: float) -> LimitReached:
        return LimitReached(
            f"The spending limit of {money(self.limit or 0)} for {self.what} would be passed: {money(self.spent)} "
            f"are spent, and the next request may cost up to {money(amount)}.",
            advice="Raise the limit, or lower max tokens, and go on.",
        )


@dataclass(frozen=True, slots=True)
class Purse:
    """What one experiment may spend; the month's limit applies besides."""

    account: _Account


class Reservation:
    """The money for one request, held until its run has ended."""

    def __init__(self, accounts: tuple[_Account, ...] = (), amount: float = 0.0) -> None:
        self._accounts = accounts
        self._amount = amount

    def settle(self, run: Run | None) -> None:
        """Give way to what the run cost; None for a request that was not sent. A second call does nothing."""
        cost = 0.0 if run is None else self._cost(run)
        for account in self._accounts:
            account.settle(self._amount, cost)
        self._accounts = ()

    def _cost(self, run: Run) -> float:
        if run.cost is not None:
            return run.cost
        # A stopped answer has no usage, but its server wants money for what it wrote.
        return self._amount if run.text or run.reasoning else 0.0


class Spending:
    """What was spent in a workspace and may still be."""

    def __init__(self, store: StoreThread, prices: PriceBook) -> None:
        self._store = store
        self._prices = prices
        self.limits = Limits()
        self._month = _Account("this month", None, 0.0)
        self._month_name = ""
        self._summed_at = float("-inf")
        self._summing = asyncio.Lock()  # who comes while the store is read must not go by the sum before

    def take(self, limits: Limits) -> None:
        """Go by these limits from now on."""
        self.limits = limits
        self._month.limit = limits.month
        self._month.settle(0.0, 0.0)  # whoever waits looks again

    async def purse(self, experiment_id: str, limit: float | None) -> Purse | None:
        """What an experiment may spend, with what it and its judges have cost so far; None without a limit."""
        if limit is None:
            return None
        spent, _ = await asyncio.wrap_future(self._store.read(lambda store: store.experiment_cost(experiment_id)))
        return Purse(_Account("this experiment", checked_limit(limit), spent))

    async def allows(self, reference: str, request: Request, purse: Purse | None = None) -> bool:
        """Whether a request may be sent as things stand; nothing is reserved."""
        try:
            (await self.reserve(reference, request, purse, wait=False)).settle(None)
        except LimitReached:
            return False
        return True

    async def reserve(
        self, reference: str, request: Request, purse: Purse | None = None, *, wait: bool = True
    ) -> Reservation:
        """Hold what a request can cost at most.

        Where only the reservations of others stand in the way, `wait` for them. Raises LimitReached.
        """
        if purse is None and self.limits.month is None:
            return Reservation()
        amount = self.most(reference, request)
        if amount is None:
            if self.limits.unknown_price == "stop":
                raise _unknown(reference)
            amount = 0.0
        await self._sum_month()
        accounts = (self._month, purse.account) if purse else (self._month,)
        while full := next((account for account in accounts if not account.has_room(amount)), None):
            if not wait or not full.reserved:
                raise full.refusal(amount)
            await full.changed()
        return self._held(amount, purse)

    async def hold(self, reference: str, request: Request, purse: Purse | None = None) -> Reservation:
        """Reserve for a request that is at its server already, whatever limit that passes."""
        if purse is None and self.limits.month is None:
            return Reservation()
        await self._sum_month()
        return self._held(self.most(reference, request) or 0.0, purse)

    def _held(self, amount: float, purse: Purse | None) -> Reservation:
        accounts = (self._month, purse.account) if purse else (self._month,)
        for account in accounts:
            account.reserved += amount
        return Reservation(accounts, amount)

    def most(self, reference: str, request: Request) -> float | None:
        """US dollars that a request can cost at most; None when the price is not known."""
        price = self._prices.price_of(reference)
        if price is None:
            return None
        tokens, _ = estimate_messages(tuple(message.content for message in request.messages))
        return priced(price, Usage(int(tokens * _MARGIN), request.config.max_tokens or UNBOUNDED))

    async def _sum_month(self) -> None:
        """Bring the month's sum up to date, where a limit needs it."""
        if self.limits.month is not None:
            async with self._summing:
                await self._sum_anew()

    async def _sum_anew(self) -> None:
        name, now = month_name(), asyncio.get_running_loop().time()
        if name == self._month_name and now - self._summed_at < _FRESH_SECONDS:
            return
        self._month_name, self._summed_at = name, now
        settled = self._month.settled
        spent = await asyncio.wrap_future(self._store.read(lambda store: store.spent_since(month_start())))
        # What was settled while the store was read may be counted twice, never left out.
        self._month.spent = spent + self._month.settled - settled


def _unknown(reference: str) -> LimitReached:
    return LimitReached(
        f"The price of {reference} is not known, so no spending limit can be kept with it.",
        advice="Enter its price, or let models of unknown price go on in spite of the limit.",
    )


def month_start(now: datetime | None = None) -> datetime:
    """The first moment of the calendar month where the person is."""
    local = (now or datetime.now(UTC)).astimezone()
    return local.replace(day=1, hour=0, minute=0, second=0, microsecond=0)


def month_name(now: datetime | None = None) -> str:
    """The month as `2026-11`."""
    return month_start(now).strftime("%Y-%m")


def money(dollars: float) -> str:
    """An amount as it is shown: cents, and more digits where it is less."""
    return f"{dollars:,.2f} $" if dollars >= 1 or dollars == 0 else f"{dollars:.2g} $"


def checked_limit(limit: float) -> float:
    """The same limit, if it can be one. Raises UserError."""
    if not 0 <= limit <= _MOST:
        raise UserError(f"A spending limit of {limit:g} $ cannot be.", advice="Give US dollars, 0 or more.")
    return limit


# In the workspace


def kept_limits(store: Store) -> Limits:
    """The limits as a person set them; those of a newer program's words that are not known here stop."""
    data: Mapping[str, Any] = store.setting(SETTING, {})
    return Limits(data.get("month"), "go_on" if data.get("unknown_price") == "go_on" else "stop")


def set_limits(store: Store, limits: Limits) -> None:
    """Keep other limits. Raises UserError."""
    if limits.month is not None:
        checked_limit(limits.month)
    store.set_setting(SETTING, asdict(limits))
