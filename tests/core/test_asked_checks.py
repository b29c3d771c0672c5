"""What checks that have to be asked take, and what they refuse."""

from __future__ import annotations

from typing import Any

import pytest

from workbench.core.asked_checks import ASKED
from workbench.core.check import Check, Subject, checked, from_data, title, verdict, verdict_data, verdict_from
from workbench.errors import UserError

JUDGE = {"rubric": "Is kind.", "model": "work:gpt-4o"}


@pytest.mark.parametrize(
    ("kind", "value"),
    [
        ("judge", JUDGE),
        ("judge", {**JUDGE, "scale": "1-5", "repeat": 3, "parameters": {"temperature": 0.5}}),
        ("judge_pair", {**JUDGE, "against": "baseline"}),
        ("embedding", {"model": "starter"}),
        ("embedding", {"model": "local:/m/e5.gguf", "to": "hello"}),
        ("python", {"file": "/checks/tone.py", "function": "kind", "config": {"strict": True}}),
    ],
)
def test_a_well_formed_check_is_taken(kind: str, value: Any) -> None:
    check = checked(Check(kind, value), ASKED)
    assert from_data({"kind": kind, "value": value}) == check


@pytest.mark.parametrize(
    ("kind", "value", "said"),
    [
        ("judge", "Is kind.", "needs an object of"),
        ("judge", {"model": "starter"}, "needs a rubric"),
        ("judge", {"rubric": "Is kind.", "model": "nothing"}, "needs a model"),
        ("judge", {**JUDGE, "scale": "1-10"}, "needs one of the scales pass_fail, 1-5"),
        ("judge", {**JUDGE, "repeat": 0}, "needs a repeat between 1 and 20"),
        ("judge", {**JUDGE, "parameters": {"temperature": 9}}, "needs parameters"),
        ("judge", {**JUDGE, "parameters": 3}, "needs parameters"),
        ("judge", {**JUDGE, "against": "x"}, "needs an object of"),
        ("judge_pair", {**JUDGE, "against": 3}, "needs expected or a column"),
        ("embedding", {"model": "work:gpt-4o"}, "needs a model of this machine"),
        ("embedding", {"model": "starter+lora:/m/a.gguf"}, "without an adapter"),
        ("embedding", {"model": "starter", "to": ""}, "needs a text"),
        ("python", {"file": "tone.py"}, "needs the whole path"),
        ("python", "print(1)", "needs a file"),
    ],
)
def test_a_check_that_is_none_is_refused_with_what_it_needs(kind: str, value: Any, said: str) -> None:
    with pytest.raises(UserError, match=said):
        checked(Check(kind, value), ASKED)


def test_without_an_experiment_nobody_is_asked() -> None:
    one = verdict(Check("judge", JUDGE), Subject("Hello"), ASKED)
    assert (one.passed, one.decided) == (False, False)
    assert "which an experiment does" in one.reason


def test_a_judge_is_named_by_its_rubric() -> None:
    assert title(Check("judge", JUDGE), ASKED) == "judged by a model “Is kind.”"


def test_how_a_verdict_was_found_is_kept() -> None:
    from workbench.core.check import Verdict

    one = Verdict(False, 0.5, "r", False, {"runs": ["a"], "scores": [0.25, 0.75]})
    assert verdict_from(verdict_data(one)) == one
