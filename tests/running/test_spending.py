"""Spending limits stop before they are passed; what is not known is said."""

from __future__ import annotations

import asyncio
import json
from collections import Counter
from dataclasses import replace
from datetime import UTC, datetime

import pytest

from tests.loopback import Reply, Stall, answer, stream, usage_data
from tests.running.conftest import Runner
from tests.running.test_experiment import Bench, an_experiment
from tests.store.samples import a_run
from workbench.core.check import Check
from workbench.core.completion import Delta, GenerationConfig, Message, Request
from workbench.core.experiment import Cell, Experiment
from workbench.errors import UserError
from workbench.running.experiment import Ending
from workbench.running.prices import Price, set_price
from workbench.running.spending import LimitReached, Limits, month_name, month_start, set_limits

A_CENT = Price(input=0, output=10_000, cached_input=0, as_of="2026-11-21")
"""For each token of an answer."""


def a_request(most: int = 50) -> Request:
    return Request("tiny", (Message("user", "Hello"),), GenerationConfig(max_tokens=most))


@pytest.fixture
def bench(runner: Runner) -> Bench:
    """The loopback server's model costs a cent a token."""
    runner.workspace.store.write(lambda store: set_price(store, "lab:tiny", A_CENT)).result(10)
    return Bench(runner)


def limit(runner: Runner, limits: Limits) -> None:
    """Set limits, and wait until the workspace goes by them."""
    workspace = runner.workspace
    workspace.store.write(lambda store: set_limits(store, limits)).result(10)

    async def taken() -> None:
        while workspace.spending.limits != limits:  # noqa: ASYNC110 - the store tells it, not us
            await asyncio.sleep(0.005)

    workspace.loop.submit(asyncio.wait_for(taken(), 10)).result(15)


def test_an_experiment_stops_before_its_limit_and_goes_on_when_that_is_raised(bench: Bench) -> None:
    made = an_experiment(10)
    variant = replace(made.variants[0], config=GenerationConfig(max_tokens=50))  # half a dollar at most
    experiment = bench.save(replace(made, variants=(variant,)))
    # Each answer says two words back: two cents.
    ending = bench.run(experiment, spending_limit=0.52, concurrency=4)
    records = bench.cells(experiment)
    done = [record for record in records if record.state == "done"]
    assert sum(record.cost or 0 for record in records) <= 0.52
    assert Counter(record.state for record in records) == {"done": 2, "waiting": 8}
    assert len(done) == 2  # then 0.04 $ are spent, and 0.50 $ more might pass the limit
    assert ending.limit == (
        "The spending limit of 0.52 $ for this experiment would be passed: 0.04 $ are spent, and the next request "
        "may cost up to 0.5 $. Raise the limit, or lower max tokens, and go on."
    )
    assert bench.run(experiment, spending_limit=5.0) == Ending()
    assert {record.state for record in bench.cells(experiment)} == {"done"}
    assert set(bench.asked().values()) == {1}


def test_others_under_way_are_waited_for_instead_of_giving_up(bench: Bench) -> None:
    made = an_experiment(12)
    variant = replace(made.variants[0], config=GenerationConfig(max_tokens=10))
    experiment = bench.save(replace(made, variants=(variant,)))
    # Room for three reservations of ten cents at a time; all twelve answers cost 24 cents.
    assert bench.run(experiment, spending_limit=0.35) == Ending()
    assert {record.state for record in bench.cells(experiment)} == {"done"}


def test_the_answers_that_others_took_the_place_of_count_too(bench: Bench) -> None:
    experiment = bench.save(an_experiment(3))
    bench.run(experiment)
    again = frozenset({Cell("v0", "c1")})
    bench.run(experiment, again=again)
    spent = bench.runner.workspace.store.read(lambda store: store.experiment_cost(experiment.id)).result(10)
    assert spent == (pytest.approx(0.08), 0)


def test_a_limit_that_was_spent_before_sends_nothing(bench: Bench) -> None:
    experiment = bench.save(an_experiment(3))
    assert bench.run(experiment, spending_limit=0.0).limit
    assert bench.asked() == Counter()


def test_models_of_this_machine_and_free_ones_go_on(bench: Bench) -> None:
    experiment = bench.save(an_experiment(2, "lab:tiny", "echo:m"))
    ending = bench.run(experiment, spending_limit=0.0)
    assert ending.limit
    states = {(record.cell.variant, record.state) for record in bench.cells(experiment)}
    assert states == {("v0", "waiting"), ("v1", "done")}


def test_a_price_that_nobody_knows_stops_unless_it_may_go_on(bench: Bench) -> None:
    experiment = bench.save(an_experiment(2, "lab:large"))
    ending = bench.run(experiment, spending_limit=1.0)
    assert ending.limit.startswith("The price of lab:large is not known")
    assert bench.asked() == Counter()
    limit(bench.runner, Limits(unknown_price="go_on"))
    ending = bench.run(experiment, spending_limit=1.0)
    assert (ending.limit, ending.unknown_costs) == ("", 2)


def test_the_months_limit_holds_for_a_single_run_too(bench: Bench) -> None:
    runner = bench.runner
    limit(runner, Limits(month=0.03))
    runner.start("two words", max_tokens=2)
    assert runner.ended().stop_reason == "stop"
    runner.start("two words", max_tokens=2)
    refused = runner.ended()
    assert refused.stop_reason == "error"
    assert "0.03 $ for this month would be passed" in (refused.error or "")
    assert len(runner.server.chats) == 1


def test_the_months_sum_takes_in_what_the_file_has_and_not_last_months(bench: Bench) -> None:
    runner, store = bench.runner, bench.runner.workspace.store
    now = datetime.now(UTC)
    earlier = month_start(now).astimezone(UTC).replace(year=now.year - 1)
    for cost, moment in ((0.5, now), (9.0, earlier)):
        spent = replace(a_run("x"), cost=cost, created_at=moment)
        store.write(lambda opened, run=spent: opened.finish_run(run)).result(10)
    limit(runner, Limits(month=1.0))
    spending = runner.workspace.spending
    submit = runner.workspace.loop.submit
    assert submit(spending.allows("lab:tiny", a_request(50))).result(10)
    assert not submit(spending.allows("lab:tiny", a_request(51))).result(10)


def test_a_stopped_answer_counts_what_it_may_have_cost(bench: Bench) -> None:
    runner = bench.runner
    limit(runner, Limits(month=0.6))
    runner.server.script(answer("a long answer " * 20, delay=0.2))
    handle = runner.start("Hello", max_tokens=50)
    runner.wait_for(Delta)
    handle.cancel()
    assert runner.ended().cost is None
    # Half a dollar was reserved; whatever was written of it, no more than ten cents are surely left.
    spending, submit = runner.workspace.spending, runner.workspace.loop.submit
    assert submit(spending.allows("lab:tiny", a_request(10))).result(10)
    assert not submit(spending.allows("lab:tiny", a_request(11))).result(10)


@pytest.mark.parametrize("amount", [-1.0, 1e9, float("nan")])
def test_a_limit_that_cannot_be_is_refused(bench: Bench, amount: float) -> None:
    store = bench.runner.workspace.store
    with pytest.raises(UserError, match="cannot be"):
        store.write(lambda opened: set_limits(opened, Limits(month=amount))).result(10)


def test_a_month_is_the_persons_own() -> None:
    moment = datetime(2026, 11, 30, 23, 59, tzinfo=UTC)
    assert month_start(moment).day == 1
    assert month_name(moment) in ("2026-11", "2026-12")
    assert issubclass(LimitReached, UserError)


def test_the_cost_of_a_run_is_of_ones_own_price(bench: Bench) -> None:
    bench.runner.server.script(answer("one two three", usage=usage_data(5, 3)))
    bench.runner.start("Hello")
    assert bench.runner.ended().cost == pytest.approx(0.03)


# Judges


def judged_by(kind: str = "judge") -> Check:
    """A judge whose answer may cost half a dollar."""
    return Check(kind, {"rubric": "Is kind.", "model": "lab:tiny", "parameters": {"max_tokens": 50}})


def said(**words: str) -> Reply:
    """What a judge says, for four cents."""
    return answer(json.dumps({"reason": "r", **words}), usage=usage_data(5, 4))


def spent_on(bench: Bench, experiment: Experiment) -> float:
    cost, _ = bench.runner.workspace.store.read(lambda store: store.experiment_cost(experiment.id)).result(10)
    return cost


def test_what_judges_cost_before_the_resume_counts(bench: Bench) -> None:
    experiment = bench.save(replace(an_experiment(6, "echo:m"), checks=(judged_by(),)))
    server = bench.runner.server
    server.script(said(verdict="pass"), stream(Stall()), *[said(verdict="pass")] * 5)
    handle = bench.start(experiment, spending_limit=0.6)
    server.wait_until(lambda server: len(server.chats) == 2)
    handle.stop()
    assert handle.done.result(30).stopped
    assert spent_on(bench, experiment) == pytest.approx(0.04)
    # Room for half a dollar more after four and after eight cents, and no longer after twelve.
    ending = bench.run(experiment, spending_limit=0.6)
    assert ending.limit.startswith("The spending limit of 0.6 $ for this experiment would be passed: 0.12 $ are")
    assert spent_on(bench, experiment) == pytest.approx(0.12)
    assert sum(record.judgement is not None for record in bench.cells(experiment)) == 3
    assert len(server.chats) == 4
    assert bench.run(experiment, spending_limit=9.0) == Ending()
    assert spent_on(bench, experiment) == pytest.approx(0.24)


def test_half_a_verdict_is_paid_for_too(bench: Bench) -> None:
    experiment = bench.save(replace(an_experiment(1, "echo:m"), checks=(judged_by("judge_pair"),)))
    bench.runner.server.script(said(better="A"))
    # The other way round might pass the limit, once the first one is paid.
    assert bench.run(experiment, spending_limit=0.52).limit
    (record,) = bench.cells(experiment)
    assert record.judgement is None
    assert spent_on(bench, experiment) == pytest.approx(0.04)


def test_a_judge_that_another_experiment_paid_costs_this_one_nothing(bench: Bench) -> None:
    bench.runner.server.script(said(verdict="pass"))
    for cost in (0.04, 0.0):
        experiment = bench.save(replace(an_experiment(1, "echo:m"), checks=(judged_by(),)))
        bench.run(experiment)
        assert bench.cells(experiment)[0].judgement is not None
        assert spent_on(bench, experiment) == pytest.approx(cost)


def test_the_months_limit_counts_judges_of_every_experiment(bench: Bench) -> None:
    bench.runner.server.script(*[said(verdict="pass")] * 4)
    bench.run(bench.save(replace(an_experiment(2, "echo:m"), checks=(judged_by(),))))
    limit(bench.runner, Limits(month=0.57))
    other = replace(judged_by(), value={**judged_by().value, "rubric": "Is short."})
    experiment = bench.save(replace(an_experiment(2, "echo:m"), checks=(other,)))
    # Eight cents are spent: half a dollar more is too much.
    ending = bench.run(experiment)
    assert "0.57 $ for this month would be passed: 0.08 $ are spent" in ending.limit
    assert len(bench.runner.server.chats) == 2
