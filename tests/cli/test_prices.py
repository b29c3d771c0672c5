"""Prices and limits from the command line."""

from __future__ import annotations

from datetime import datetime

import pytest

from tests.cli.conftest import Shell


def test_a_price_of_ones_own_is_set_listed_first_with_its_date_and_removed(shell: Shell) -> None:
    assert shell("prices", "set", "work:mine", "--input", "2", "--output", "6.5").code == 0
    first = shell("prices", "list", "--json").lines()[0]
    assert first == {
        "model": "work:mine", "input": 2.0, "cached_input": 2.0, "output": 6.5,
        "as_of": datetime.now().astimezone().date().isoformat(), "source": "own",
    }  # fmt: skip
    table = shell("prices", "list")
    assert table.out.splitlines()[0].split() == ["MODEL", "INPUT", "CACHED", "OUTPUT", "AS", "OF", "SOURCE"]
    assert shell("prices", "reset", "work:mine").code == 0
    assert all(row["source"] == "shipped" for row in shell("prices", "list", "--json").lines())


def test_a_months_limit_is_set_shown_and_taken_back(shell: Shell) -> None:
    said = shell("prices", "limit", "--month", "20", "--unknown-price", "go-on")
    assert said.out.splitlines() == [
        f"{datetime.now().astimezone():%Y-%m}: about 0.00 $ spent, at most 20.00 $",
        "what has no known price goes on",
    ]
    (data,) = shell("prices", "limit", "--json").lines()
    assert (data["limit"], data["unknown_price"], data["spent"]) == (20.0, "go_on", 0.0)
    assert "no limit" in shell("prices", "limit", "--month", "none").out


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["prices", "set", "m", "--input", "-1", "--output", "1"], "cannot be"),
        (["prices", "set", "m", "--input", "two", "--output", "1"], "not an amount"),
        (["prices", "reset", "m"], "no price of your own for 'm'"),
        (["prices", "limit", "--month", "much"], "--month is 'much'"),
        (["prices", "limit", "--month", "-5"], "cannot be"),
        (["experiment", "run", "x.yaml", "--spending-limit", "lots"], "--spending-limit is 'lots'"),
    ],
)
def test_bad_input_is_exit_code_2_and_one_line(shell: Shell, arguments: list[str], words: str) -> None:
    said = shell(*arguments)
    assert said.code == 2
    assert words in said.err
    assert said.err.count("\n") == 1


def test_an_argument_that_a_command_does_not_know_leads_to_its_help(shell: Shell) -> None:
    said = shell("prices", "limit", "0.01")
    assert said.code == 2
    assert "unrecognized arguments: 0.01. Try: workbench prices limit --help" in said.err
