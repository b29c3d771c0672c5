"""`workbench prices`: what models cost, prices of one's own, and how much may be spent."""

from __future__ import annotations

import argparse
import math
from dataclasses import replace

from workbench.cli.arguments import Subcommands, add_command, add_group, add_json
from workbench.cli.opening import open_store
from workbench.cli.output import note, print_json, print_table, print_text
from workbench.errors import UserError
from workbench.running.prices import Price, own_prices, prices, set_price, today
from workbench.running.spending import (
    Limits,
    checked_limit,
    kept_limits,
    money,
    month_name,
    month_start,
    set_limits,
)


def add(commands: Subcommands) -> None:
    """Add the subcommands."""
    group = add_group(commands, "prices", about="what models cost, and how much may be spent")
    add_json(add_command(group, "list", _list, about="list the prices, your own first, with their dates"))
    changed = add_command(
        group,
        "set",
        _set,
        about="enter your own price of a model",
        examples=(
            "workbench prices set mistral-large-latest --input 2 --output 6",
            "workbench prices set work:gpt-4o --input 2 --output 8 --cached-input 1",
        ),
    )
    changed.add_argument("model", metavar="MODEL", help="a model at any server, or PROFILE:MODEL at one")
    for name, what in (("input", "a prompt"), ("output", "an answer")):
        changed.add_argument(
            f"--{name}", metavar="DOLLARS", type=_dollars, required=True, help=f"for a million tokens of {what}"
        )
    changed.add_argument(
        "--cached-input",
        metavar="DOLLARS",
        type=_dollars,
        help="for a million cached tokens (default: as --input)",
    )
    reset = add_command(group, "reset", _reset, about="go back to the price that ships with the program")
    reset.add_argument("model", metavar="MODEL")
    limit = add_command(
        group,
        "limit",
        _limit,
        about="show or set what may be spent in a month",
        examples=("workbench prices limit --month 20", "workbench prices limit --month none"),
    )
    limit.add_argument("--month", metavar="DOLLARS", help="at most so much in a calendar month; none is no limit")
    limit.add_argument(
        "--unknown-price",
        choices=("stop", "go-on"),
        help="what becomes of models whose price is not known while a limit applies",
    )
    add_json(limit)


def _dollars(text: str) -> float:
    try:
        return float(text)
    except ValueError:
        raise argparse.ArgumentTypeError(f"{text!r} is not an amount of US dollars") from None


def _list(arguments: argparse.Namespace) -> int:
    with open_store(arguments) as store:
        own = own_prices(store)
    shipped = {model: price for model, price in prices().items() if model not in own}
    rows = [(model, price, "own") for model, price in sorted(own.items())]
    rows += [(model, price, "shipped") for model, price in shipped.items()]
    if arguments.json:
        for model, price, source in rows:
            amounts = {"input": price.input, "cached_input": price.cached_input, "output": price.output}
            print_json({"model": model, **amounts, "as_of": price.as_of, "source": source})
        return 0
    table = (
        (model, f"{p.input:g}", f"{p.cached_input:g}", f"{p.output:g}", p.as_of, source)
        for model, p, source in rows
    )
    print_table(("MODEL", "INPUT", "CACHED", "OUTPUT", "AS OF", "SOURCE"), table)
    note("US dollars for a million tokens. The invoice is the truth.")
    return 0


def _set(arguments: argparse.Namespace) -> int:
    cached = arguments.input if arguments.cached_input is None else arguments.cached_input
    with open_store(arguments) as store:
        set_price(store, arguments.model, Price(arguments.input, arguments.output, cached, today()))
    print_text(f"{arguments.model}: {arguments.input:g} $ in, {arguments.output:g} $ out for a million tokens")
    return 0


def _reset(arguments: argparse.Namespace) -> int:
    with open_store(arguments) as store:
        set_price(store, arguments.model, None)
    print_text(f"{arguments.model}: your own price is removed")
    return 0


def _limit(arguments: argparse.Namespace) -> int:
    with open_store(arguments) as store:
        limits = _changed(arguments, kept_limits(store))
        if limits != kept_limits(store):
            set_limits(store, limits)
        spent = store.spent_since(month_start())
    if arguments.json:
        print_json(
            {"month": month_name(), "spent": spent, "limit": limits.month, "unknown_price": limits.unknown_price}
        )
        return 0
    most = "no limit" if limits.month is None else f"at most {money(limits.month)}"
    print_text(f"{month_name()}: about {money(spent)} spent, {most}")
    if limits.month is not None:
        does = "goes on" if limits.unknown_price == "go_on" else "stops"
        print_text(f"what has no known price {does}")
    return 0


def _changed(arguments: argparse.Namespace, limits: Limits) -> Limits:
    if arguments.month is not None:
        limits = replace(limits, month=limit_of(arguments.month, "--month"))
    if arguments.unknown_price:
        limits = replace(limits, unknown_price="go_on" if arguments.unknown_price == "go-on" else "stop")
    return limits


def limit_of(text: str, option: str) -> float | None:
    """A limit as it is typed: dollars, or none. Raises UserError."""
    if text.lower() == "none":
        return None
    try:
        amount = float(text.removesuffix("$").strip())
    except ValueError:
        amount = math.nan
    if math.isnan(amount):
        raise UserError(f"{option} is {text!r}; it is an amount of US dollars, or none.")
    return checked_limit(amount)
