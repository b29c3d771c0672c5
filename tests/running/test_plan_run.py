"""Plans become runs: what goes on, what is new, what is asked, and what that takes."""

from __future__ import annotations

from collections.abc import Coroutine
from dataclasses import replace
from typing import Any

import pytest

from tests.running.conftest import Runner
from workbench.core.case import Case
from workbench.core.check import Check
from workbench.core.completion import GenerationConfig, Usage
from workbench.core.experiment import Cell, Experiment, outcome
from workbench.core.plan import Column, Plan, copied, with_column
from workbench.core.prompt import Prompt
from workbench.errors import NotFound, UserError
from workbench.running.plan import plan_of
from workbench.running.plan_run import Beginning, Outlook, Shown, Wish, look_ahead, prepare

PROMPT = Prompt(user="Say {{word}}")
_DEVELOPMENT = tuple(Case(f"c{n}", {"word": f"word{n}"}) for n in range(3))
CASES = (*_DEVELOPMENT, Case("c3", {"word": "word3"}, part="held_out"))


class Bench:
    """A prompt, a test set and a plan about them, in the runner's workspace."""

    def __init__(self, runner: Runner) -> None:
        self.runner = runner
        self.experiments = runner.workspace.experiments
        self.prompt_id, test_set_id = self.write(self._fill)
        columns = (Column("a", self.prompt_id, model="lab:tiny"), Column("b", self.prompt_id, model="lab:large"))
        checks = (Check("contains", "word1"),)
        self.plan = Plan("plan", "Words", columns, test_set_id, checks=checks)
        self.keep(self.plan)

    def _fill(self, store: Any) -> tuple[str, str]:
        prompt = store.create_prompt("Words", PROMPT)
        return prompt.id, store.new_test_set("Words", CASES).id

    def write(self, do: Any) -> Any:
        return self.runner.workspace.store.write(do).result(10)

    def keep(self, plan: Plan) -> None:
        self.plan = plan
        self.write(lambda store: store.save_plan(plan))

    def fix_draft(self, user: str) -> None:
        prompt = Prompt(user=user)
        self.write(lambda store: store.save_draft(self.prompt_id, prompt, {}, GenerationConfig()))

    def wait(self, work: Coroutine[Any, Any, Any]) -> Any:
        return self.runner.workspace.loop.submit(work).result(60)

    def look(self, shown: Shown | None = None) -> Outlook:
        found: Outlook = self.wait(look_ahead(self.experiments, self.plan, shown, _price))
        return found

    def prepare(self, shown: Shown | None = None, wish: Wish | None = None) -> Beginning:
        made: Beginning = self.wait(prepare(self.experiments, self.plan, shown, wish or Wish()))
        return made

    def run(self, shown: Shown | None = None, wish: Wish | None = None) -> Shown:
        made = self.prepare(shown, wish)
        self.experiments.start(made.experiment.id, lambda *_: None, made.options).done.result(60)
        return self.shown(made.experiment.id)

    def shown(self, experiment_id: str) -> Shown:
        read = self.runner.workspace.store.read
        experiment: Experiment = read(lambda store: store.experiment(experiment_id)).result(10)
        return Shown(experiment, read(lambda store: store.cells(experiment_id)).result(10))

    def asked(self) -> int:
        return len(self.runner.server.chats)


def _price(model: str, usage: Usage) -> float | None:
    return 0.5 if model == "lab:tiny" else None


@pytest.fixture
def bench(runner: Runner) -> Bench:
    return Bench(runner)


def test_before_the_first_run_every_cell_is_a_call(bench: Bench) -> None:
    expected = bench.look().estimate

    assert (expected.calls, expected.cached) == (8, 0)
    assert expected.prompt_tokens > 0
    assert expected.completion_tokens > 0
    assert expected.seconds is None  # no model has ever answered


def test_a_price_that_is_not_known_is_said_and_not_counted_as_nothing(bench: Bench) -> None:
    mixed = bench.look().estimate
    assert (mixed.cost, mixed.cost_known) == (None, 2.0)

    bench.keep(replace(bench.plan, columns=bench.plan.columns[:1]))
    assert bench.look().estimate.cost == 2.0


def test_the_estimate_knows_the_limit_of_an_answer(bench: Bench) -> None:
    short = tuple(replace(column, config=GenerationConfig(max_tokens=5)) for column in bench.plan.columns)
    bench.keep(replace(bench.plan, columns=short))
    assert bench.look().estimate.completion_tokens == 8 * 5


def test_a_run_is_complete_and_then_nothing_is_left(bench: Bench) -> None:
    shown = bench.run()

    assert outcome(shown.experiment, shown.records).done == 8
    assert [one.id for one in shown.experiment.variants] == ["a", "b"]
    outlook = bench.look(shown)
    assert (outlook.beginning.is_new, outlook.beginning.cells, outlook.estimate.calls) == (False, frozenset(), 0)
    with pytest.raises(UserError, match="Every cell has its answer"):
        bench.prepare(shown)


def test_an_edited_plan_makes_a_new_run_that_takes_what_did_not_change_from_the_cache(bench: Bench) -> None:
    first = bench.run()
    plan, copy = copied(bench.plan, "b")
    bench.keep(with_column(plan, replace(copy, config=GenerationConfig(temperature=0.5))))

    expected = bench.look(first).estimate
    second = bench.run(first)

    assert (expected.calls, expected.cached) == (4, 8)
    assert second.experiment.id != first.experiment.id
    assert bench.asked() == 8 + 4
    assert sum(one.cached for one in second.records) == 8


def test_a_fixed_draft_is_noticed_and_only_its_columns_are_asked(bench: Bench) -> None:
    version = bench.write(lambda store: store.save_version(bench.prompt_id, PROMPT, "first"))
    bench.keep(with_column(bench.plan, replace(bench.plan.columns[0], version=version.id)))
    first = bench.run()

    bench.fix_draft("Please say {{word}}")
    expected = bench.look(first).estimate

    assert (expected.calls, expected.cached) == (4, 4)


def test_other_checks_judge_what_was_answered_without_asking(bench: Bench) -> None:
    first = bench.run()
    assert outcome(first.experiment, first.records).passed == 2

    bench.keep(replace(bench.plan, checks=(Check("contains", "word"),)))
    second = bench.run(first)

    assert outcome(second.experiment, second.records).passed == 8
    assert bench.asked() == 8


def test_labels_and_names_are_no_reason_for_a_new_run(bench: Bench) -> None:
    first = bench.run()
    bench.keep(replace(with_column(bench.plan, replace(bench.plan.columns[0], label="small")), name="Other words"))
    assert not bench.look(first).beginning.is_new


def test_failed_only_asks_what_failed_in_changed_columns_and_no_honest_failure_again(bench: Bench) -> None:
    first = bench.run()
    assert bench.look(first).failed == 0
    with pytest.raises(UserError, match="No cell that failed"):
        bench.prepare(first, Wish("failed"))

    changed = with_column(bench.plan, replace(bench.plan.columns[1], config=GenerationConfig(seed=1)))
    bench.keep(changed)
    assert bench.look(first).failed == 3
    second = bench.run(first, Wish("failed"))

    assert bench.asked() == 8 + 3
    states = {one.cell: one.state for one in second.records}
    assert states[Cell("b", "c1")] == "waiting"  # it passed before, and was not asked in this run
    assert [states[Cell("a", f"c{n}")] for n in range(4)] == ["done"] * 4


def test_chosen_cells_are_asked_again_although_they_have_an_answer(bench: Bench) -> None:
    first = bench.run()
    again = frozenset({Cell("a", "c0"), Cell("b", "c0")})

    second = bench.run(first, Wish("chosen", again))

    assert second.experiment.id == first.experiment.id
    assert bench.asked() == 8 + 2
    runs = {one.cell: one.run_id for one in first.records}
    assert {one.cell for one in second.records if one.run_id != runs[one.cell]} == again


def test_everything_anew_leaves_the_cache_alone(bench: Bench) -> None:
    first = bench.run()
    second = bench.run(first, Wish("anew"))
    assert second.experiment.id != first.experiment.id
    assert bench.asked() == 16


def test_a_part_of_the_test_set_is_run(bench: Bench) -> None:
    bench.keep(replace(bench.plan, part="held_out"))
    assert [case.id for case in bench.prepare().experiment.cases] == ["c3"]


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"columns": ()}, "No column"),
        ({"test_set_id": None}, "No test set"),
        ({"columns": (Column("a", None),)}, "no prompt"),
        ({"columns": (Column("a", "gone"),)}, "is gone"),
        ({"checks": (Check("sounds_nice"),)}, "sounds_nice"),
    ],
)
def test_a_plan_that_cannot_be_run_says_what_is_missing_and_leaves_no_run_behind(
    bench: Bench, changes: dict[str, Any], words: str
) -> None:
    bench.keep(replace(bench.plan, **changes))
    with pytest.raises(UserError, match=words):
        bench.prepare()
    assert bench.write(lambda store: store.plan_experiments("plan")) == ()


def test_a_missing_variable_names_the_case_and_the_column(bench: Bench) -> None:
    bench.fix_draft("Say {{word}} in {{language}}")
    with pytest.raises(UserError, match=r"Case 1 of Words · tiny.*language"):
        bench.look()


def test_a_deleted_test_set_is_said(bench: Bench) -> None:
    bench.write(lambda store: store.delete_test_set(bench.plan.test_set_id))
    with pytest.raises(NotFound):
        bench.look()


def test_a_suites_experiment_becomes_a_plan_that_goes_on_with_it(bench: Bench) -> None:
    first = bench.run()
    alone = replace(first.experiment, id="alone", name="From a suite")
    bench.write(lambda store: store.save_experiment(alone))

    plan = bench.write(lambda store: plan_of(store, "alone"))
    bench.plan = plan
    shown = bench.shown("alone")

    assert plan.test_set_id is not None  # whose cases they are; it can be opened and grow
    assert bench.write(lambda store: plan_of(store, "alone")) == plan
    made = bench.prepare(shown)
    assert (made.is_new, made.experiment.id, len(made.cells)) == (False, "alone", 8)


def test_an_answer_without_a_verdict_is_run_again_for_that_alone(bench: Bench) -> None:
    done = bench.run()
    asked, first = bench.asked(), done.records[0]
    stopped = replace(done, records=(replace(first, judgement=None), *done.records[1:]))
    made = bench.prepare(stopped)
    assert (made.is_new, made.cells) == (False, frozenset({first.cell}))
    again = bench.run(stopped)
    assert again.records[0].judgement is not None
    assert bench.asked() == asked
