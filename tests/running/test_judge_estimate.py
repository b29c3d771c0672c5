"""What judges will take is a part of the estimate."""

from __future__ import annotations

from dataclasses import replace

from tests.running.conftest import Runner
from workbench.core.case import Case
from workbench.core.check import Check
from workbench.core.experiment import Experiment, Variant, expand
from workbench.core.identifier import new_id
from workbench.core.prompt import Prompt
from workbench.running.estimate import Estimate, estimate

PROMPT = Prompt(user="Say {{word}} and a few words more about it")


def expected(runner: Runner, *checks: Check) -> Estimate:
    cases = tuple(Case(f"c{n}", {"word": f"word{n}"}, "x") for n in range(4))
    made = Experiment(new_id(), "Words", (Variant("v", PROMPT, "lab:tiny"),), cases, checks)
    workspace = runner.workspace
    asked = estimate(
        workspace.experiments, made, tuple(expand(made)), cost=lambda _, usage: usage.completion_tokens / 1_000
    )
    return workspace.loop.submit(asked).result(20)


def test_judges_are_counted_with_their_tokens_and_money(runner: Runner) -> None:
    judge = Check("judge", {"rubric": "Is kind.", "model": "lab:large"})
    plain, judged = expected(runner, Check("equals")), expected(runner, Check("equals"), judge)
    assert (plain.calls, plain.judged) == (4, 0)
    assert (judged.calls, judged.judged) == (4, 4)
    assert judged.prompt_tokens > plain.prompt_tokens
    assert (judged.cost or 0) > (plain.cost or 0)


def test_pairs_and_repetitions_are_asked_more_often(runner: Runner) -> None:
    pair = Check("judge_pair", {"rubric": "Is kind.", "model": "lab:large", "repeat": 3})
    assert expected(runner, pair).judged == 4 * 2 * 3
    single = replace(pair, kind="judge")
    assert expected(runner, single).judged == 4 * 3
