"""Experiments: their cells, and what came out of them."""

from __future__ import annotations

from dataclasses import replace

import pytest

from workbench.core.case import Case
from workbench.core.check import Check, Judgement
from workbench.core.completion import Usage
from workbench.core.experiment import (
    Cell,
    CellRecord,
    Experiment,
    Variant,
    checked,
    checks_of,
    expand,
    outcome,
    pairings,
    size,
)
from workbench.core.prompt import Prompt
from workbench.errors import UserError

PROMPT = Prompt(user="Say {{word}}")
A, B = (Variant(name, PROMPT, "echo:m", prompt_name=name.upper()) for name in "ab")


def experiment(cases: int = 3, repeat: int = 1) -> Experiment:
    rows = tuple(Case(f"c{n}", {"word": str(n)}, expected=str(n)) for n in range(cases))
    return Experiment("e", "Words", (A, B), rows, repeat=repeat)


def record(variant: str, case: str, *, passed: bool | None = True, repetition: int = 0) -> CellRecord:
    cell = Cell(variant, case, repetition)
    if passed is None:
        return CellRecord(cell, "r", state="failed", stop_reason="error", error="No.")
    judged = Judgement(passed, float(passed))
    return CellRecord(cell, "r", state="done", judgement=judged, total_ms=100.0, usage=Usage(5, 3), cost=0.5)


def test_cells_that_share_a_beginning_stand_together() -> None:
    cells = list(expand(experiment(cases=2, repeat=2)))
    assert [(cell.variant, cell.case, cell.repetition) for cell in cells[:4]] == [
        ("a", "c0", 0), ("a", "c0", 1), ("a", "c1", 0), ("a", "c1", 1),
    ]  # fmt: skip
    assert len(cells) == len(set(cells)) == size(experiment(cases=2, repeat=2)) == 8


@pytest.mark.parametrize(
    ("change", "word"),
    [
        ({"name": " "}, "name"),
        ({"variants": ()}, "no variant"),
        ({"cases": ()}, "no case"),
        ({"variants": (A, A)}, "'a'"),
        ({"repeat": 0}, "repeat is 0"),
        ({"repeat": 1_000, "cases": tuple(Case(str(n), {}) for n in range(1_000))}, "2,000,000"),
    ],
)
def test_what_cannot_be_run_is_refused(change: dict[str, object], word: str) -> None:
    with pytest.raises(UserError, match=word):
        checked(replace(experiment(), **change))  # type: ignore[arg-type]
    good = experiment()
    assert checked(good) is good


def test_an_expected_answer_is_checked_when_nothing_else_is() -> None:
    case = Case("1", {}, expected="x")
    plain = experiment()
    assert checks_of(plain, case) == (Check("equals"),)
    assert checks_of(plain, Case("1", {})) == ()
    asked = replace(plain, checks=(Check("is_json"),))
    assert checks_of(asked, replace(case, checks=(Check("refusal"),))) == (Check("is_json"), Check("refusal"))


def test_the_outcome_sums_every_column_up() -> None:
    records = [
        record("a", "c0"),
        record("a", "c1", passed=False),
        record("a", "c2", passed=None),
        record("b", "c0"),
    ]
    found = outcome(experiment(), records)
    assert (found.cells, found.done, found.failed, found.passed) == (6, 3, 1, 2)
    first, second = found.columns
    assert (first.cells, first.done, first.failed, first.passed) == (3, 2, 1, 1)
    assert first.pass_rate.value == 0.5
    assert 0 < first.pass_rate.low < 0.5 < first.pass_rate.high < 1
    assert (first.score, first.latency_ms, first.cost, first.completion_tokens) == (0.5, 100.0, 1.0, 6)
    assert second.variant.title == "B · m"


def test_repetitions_fold_into_their_case_and_show_what_is_flaky() -> None:
    records = [
        record("a", f"c{n}", passed=n != 0 or turn == 0, repetition=turn) for n in range(3) for turn in (0, 1)
    ]
    column = outcome(experiment(repeat=2), records).columns[0]
    assert column.flaky == ("c0",)
    assert column.pass_rate.value == pytest.approx(2.5 / 3)
    assert column.passed == 5


def test_a_cached_answer_has_no_latency_of_its_own() -> None:
    column = outcome(experiment(), [replace(record("a", "c0"), cached=True)]).columns[0]
    assert column.latency_ms is None


def test_columns_are_compared_on_the_cases_that_both_answered() -> None:
    many = experiment(cases=30)
    records = [record("a", f"c{n}", passed=False) for n in range(30)]
    records += [record("b", f"c{n}", passed=True if n < 20 else None) for n in range(30)]
    (pair,) = pairings(many, records)
    assert pair.comparison.cases == 20
    assert pair.comparison.decided
    assert pair.comparison.difference.value == 1.0


def test_with_repetitions_the_shares_of_passes_are_compared() -> None:
    many = experiment(cases=20, repeat=3)
    records = [
        record(name, f"c{n}", passed=name == "b" or turn == 0, repetition=turn)
        for name in "ab"
        for n in range(20)
        for turn in range(3)
    ]
    (pair,) = pairings(many, records)
    assert pair.comparison.measure == "shares"
    assert pair.comparison.difference.value == pytest.approx(2 / 3)


def test_many_columns_are_each_compared_with_the_first_one() -> None:
    few = replace(experiment(), variants=tuple(replace(A, id=str(n)) for n in range(5)))
    assert len(pairings(few, [])) == 10
    many = replace(experiment(), variants=tuple(replace(A, id=str(n)) for n in range(13)))
    compared = [(pair.first.id, pair.second.id) for pair in pairings(many, [])]
    assert compared == [("0", str(n)) for n in range(1, 13)]
    assert len(outcome(many, []).columns) == 13


def test_an_ablation_is_compared_with_the_prompt_as_it_is() -> None:
    labels = ("as it is", "without example 1", "without example 2")
    variants = tuple(Variant(f"v{n}", Prompt(user="x"), "starter", label=label) for n, label in enumerate(labels))
    experiment = Experiment("e", "Ablation", variants, (Case("c", {}, "x"),))
    assert [(pair.first.id, pair.second.id) for pair in pairings(experiment, [])] == [("v0", "v1"), ("v0", "v2")]
