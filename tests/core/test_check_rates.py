"""What a column that fails, fails at: the passes of each check."""

from __future__ import annotations

from workbench.core.case import Case
from workbench.core.check import Check, Judgement, Verdict
from workbench.core.check_rates import check_rates, tells_more
from workbench.core.experiment import Cell, CellRecord, Experiment, Variant
from workbench.core.prompt import Prompt

GOOD, BAD = Verdict(True, 1.0, "Yes."), Verdict(False, 0.0, "No.")
OPEN = Verdict(False, 0.0, "Nobody knows.", decided=False)
JUDGE = Check("judge", {"rubric": "Is kind.", "model": "starter"})


def an_experiment(*cases: Case, checks: tuple[Check, ...]) -> Experiment:
    variants = tuple(Variant(name, Prompt(user="Hi"), "starter") for name in "ab")
    return Experiment("e", "Words", variants, cases, checks)


def answered(column: str, case: str, *verdicts: Verdict) -> CellRecord:
    judgement = Judgement(all(one.passed for one in verdicts), 0.0, verdicts)
    return CellRecord(Cell(column, case), "r", state="done", judgement=judgement)


def test_each_check_has_its_passes_in_each_column() -> None:
    experiment = an_experiment(Case("1", {}), Case("2", {}), checks=(Check("is_json"), JUDGE))
    records = [
        answered("a", "1", GOOD, OPEN),
        answered("a", "2", GOOD, GOOD),
        answered("b", "1", BAD, GOOD),
        CellRecord(Cell("b", "2")),
    ]
    found = check_rates(experiment, records)
    assert [one.title for one in found] == ["is JSON", "judged by a model “Is kind.”"]
    assert [[rate.said for rate in one.rates] for one in found] == [
        ["100% (2 of 2)", "0% (0 of 1)"],
        ["50% (1 of 2), 1 undecided", "100% (1 of 1)"],
    ]


def test_checks_that_cases_have_of_their_own_are_counted_kind_by_kind() -> None:
    first = Case("1", {}, checks=(Check("contains", "tea"),))
    second = Case("2", {}, checks=(Check("contains", "milk"), Check("contains", "rum", negated=True)))
    experiment = an_experiment(first, second, checks=(Check("contains", "please"),))
    found = check_rates(experiment, [answered("a", "1", GOOD, BAD), answered("a", "2", GOOD, GOOD, BAD)])
    assert [(one.title, one.rates[0].said, one.rates[1].said) for one in found] == [
        ("contains “please”", "100% (2 of 2)", ""),
        ("contains", "50% (1 of 2)", ""),
        ("not contains", "0% (0 of 1)", ""),
    ]


def test_what_half_of_the_cases_ask_alike_has_a_row_of_its_own() -> None:
    alike, other = Check("contains", "Kind regards"), Check("contains", "Hello")
    cases = (Case("1", {}, checks=(alike, other)), Case("2", {}, checks=(alike, Check("contains", "Dear"))))
    experiment = an_experiment(*cases, checks=())
    found = check_rates(experiment, [answered("a", "1", GOOD, BAD), answered("a", "2", GOOD, GOOD)])
    assert [(one.title, one.rates[0].said) for one in found] == [
        ("contains “Kind regards”", "100% (2 of 2)"),
        ("contains", "50% (1 of 2)"),
    ]


def test_one_check_that_was_decided_says_what_the_column_says() -> None:
    experiment = an_experiment(Case("1", {}, "x"), checks=())
    assert not tells_more(check_rates(experiment, [answered("a", "1", BAD)]))
    assert tells_more(check_rates(experiment, [answered("a", "1", OPEN)]))
