"""What a person is told of an experiment: sentences, cases that turned, cases that waver."""

from __future__ import annotations

from dataclasses import replace

from workbench.core.case import Case
from workbench.core.check import Check, Judgement
from workbench.core.experiment import Cell, CellRecord, Experiment, Variant
from workbench.core.findings import correction, findings, is_checked, turned
from workbench.core.prompt import Prompt


def an_experiment(columns: str, cases: int, repeat: int = 1) -> Experiment:
    variants = tuple(Variant(name, Prompt(user="Hi"), "starter", label=f"Column {name}") for name in columns)
    asked = tuple(Case(str(n), {}) for n in range(cases))
    return Experiment("e", "Words", variants, asked, (Check("is_json"),), repeat)


def records(passes: dict[str, str], repeat: int = 1) -> list[CellRecord]:
    """For each column a sign a cell: `+` passed, `-` did not, `.` waits; repetitions beside each other."""
    made = []
    for column, signs in passes.items():
        for place, sign in enumerate(signs):
            cell = Cell(column, str(place // repeat), place % repeat)
            judged = Judgement(sign == "+", float(sign == "+")) if sign != "." else None
            made.append(
                CellRecord(cell, f"{column}{place}", state="done" if judged else "waiting", judgement=judged)
            )
    return made


def test_regressions_come_before_what_got_better() -> None:
    experiment = an_experiment("ab", 5)
    found = turned(experiment, records({"a": "++-+.", "b": "+-++-"}), "a", "b")
    assert [(one.cell.case, one.worse) for one in found] == [("1", True), ("2", False)]
    assert all(one.cell.variant == "b" for one in found)
    assert turned(experiment, records({"a": "+++++", "b": "+++++"}), "a", "b") == ()


def test_repeated_cases_turn_by_the_most_of_their_answers() -> None:
    experiment = an_experiment("ab", 2, 3)
    found = turned(experiment, records({"a": "+++++-", "b": "+--++-"}, 3), "a", "b")
    (one,) = found
    assert (one.cell, one.before) == (Cell("b", "0", 1), 1.0)  # the first answer that failed
    assert one.now < 0.5


def test_cases_that_waver_are_told_with_their_counts() -> None:
    experiment = an_experiment("ab", 2, 3)
    found = findings(experiment, records({"a": "+++-+-", "b": "---..."}, 3))
    (one,) = found.flaky
    assert (one.cell, one.passed, one.tried) == (Cell("a", "1", 0), 1, 3)
    assert findings(an_experiment("a", 2), records({"a": "+-"})).flaky == ()


def test_what_is_decided_is_said_first() -> None:
    experiment = an_experiment("abc", 12)
    found = findings(experiment, records({"a": "+" * 12, "b": "+" * 11 + "-", "c": "-" * 12}))
    decided, undecided = found.sentences(decided=True), found.sentences(decided=False)
    assert (len(decided), len(undecided)) == (2, 1)
    assert all("is better" in said for said in decided)
    assert "Undecided" in undecided[0]


def test_nothing_is_compared_where_nothing_is_checked() -> None:
    experiment = replace(an_experiment("ab", 2), checks=())
    assert not is_checked(experiment)
    assert findings(experiment, records({"a": "++", "b": "++"})).pairings == ()
    assert correction(experiment).startswith("No answer is checked.")
    assert is_checked(replace(experiment, cases=(Case("0", {}, "expected"),)))


def test_how_p_values_are_to_be_read() -> None:
    assert "nothing to compare" in correction(an_experiment("a", 1))
    assert "McNemar" in correction(an_experiment("ab", 1))
    assert "Holm" not in correction(an_experiment("ab", 1))
    assert "corrected for 3 comparisons (Holm)" in correction(an_experiment("abc", 1))
    assert "permutation test" in correction(an_experiment("abc", 1, 3))
    assert "compared with the first one" in correction(an_experiment("abcdefghijklm", 1))


def test_columns_that_answered_nothing_are_called_unanswered_and_not_without_a_common_case() -> None:
    none = findings(an_experiment("ab", 2), records({"a": "..", "b": ".."}))
    assert none.sentences(decided=False) == ("No case was answered, so there is nothing to compare.",)
    assert none.sentences(decided=True) == ()
    one = findings(an_experiment("ab", 2), records({"a": "+-", "b": ".."}))
    assert one.sentences(decided=False) == ("Column b answered no case, so it cannot be compared.",)
    two = findings(an_experiment("abc", 2), records({"a": "+-", "b": "..", "c": ".."}))
    assert "Column b and Column c answered no case, so they cannot be compared." in two.sentences(decided=False)
    apart = findings(an_experiment("ab", 2), records({"a": "+.", "b": ".+"}))
    assert apart.sentences(decided=False) == ("Column a and Column b have no case in common.",)
