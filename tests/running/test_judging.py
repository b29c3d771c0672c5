"""Answers are judged by models and programs: beside the lanes or after them, asked once, and resumed."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path
from threading import Event, Timer
from typing import Any

import pytest

from tests.loopback import Stall, answer, chunk, error, event, stream
from tests.running.conftest import Runner
from workbench.core.case import Case
from workbench.core.check import Check, Verdict
from workbench.core.completion import GenerationConfig
from workbench.core.experiment import Cell, CellRecord, Experiment, Variant
from workbench.core.identifier import new_id
from workbench.core.prompt import Prompt
from workbench.core.trust import fingerprint
from workbench.errors import UserError
from workbench.running.experiment import Ending, ExperimentHandle, Options
from workbench.running.judge_agreement import judge_agreements

PROMPT = Prompt(user="Say {{word}}")
RUBRIC = "Says the word."


def verdict(**said: Any) -> Any:
    return answer(json.dumps(said))


def judge(**value: Any) -> Check:
    return Check("judge", {"rubric": RUBRIC, "model": "judges:large", **value})


class Bench:
    """Experiments whose answers come from `echo`, and judges at the loopback server."""

    def __init__(self, runner: Runner) -> None:
        self.runner = runner
        self.server = runner.server
        self.store = runner.workspace.store
        profile = self.store.read(lambda store: store.profile("lab")).result(10)
        self.store.write(lambda store: store.save_profile(replace(profile, name="judges"))).result(10)
        self.heard: list[CellRecord] = []

    def save(
        self, *checks: Check, cases: int | tuple[Case, ...] = 1, models: tuple[str, ...] = ("echo:m",), **more: Any
    ) -> Experiment:
        """Each case expects what `echo` says to it, unless they are given."""
        variants = tuple(Variant(f"v{n}", PROMPT, model) for n, model in enumerate(models))
        if isinstance(cases, int):
            cases = tuple(Case(f"c{n}", {"word": f"word{n}"}, f"Say word{n}") for n in range(cases))
        made = replace(Experiment(new_id(), "Words", variants, cases, checks), **more)
        self.store.write(lambda store: store.save_experiment(made)).result(10)
        return made

    def start(self, experiment: Experiment, **options: Any) -> ExperimentHandle:
        def listen(_: Cell, said: object) -> None:
            if isinstance(said, CellRecord):
                self.heard.append(said)

        return self.runner.workspace.experiments.start(experiment.id, listen, Options(**options))

    def run(self, experiment: Experiment, **options: Any) -> Ending:
        return self.start(experiment, **options).done.result(60)

    def cells(self, experiment: Experiment) -> tuple[CellRecord, ...]:
        return self.store.read(lambda store: store.cells(experiment.id)).result(10)

    def verdict(self, experiment: Experiment) -> Verdict:
        """The only verdict on the only answer."""
        (record,) = self.cells(experiment)
        assert record.state == "done"
        assert record.judgement is not None
        (one,) = record.judgement.verdicts
        return one

    def run_of(self, run_id: str) -> Any:
        return self.store.read(lambda store: store.run(run_id)).result(10).run


@pytest.fixture
def bench(runner: Runner) -> Bench:
    return Bench(runner)


# One answer


def test_a_judge_says_pass_with_its_reason(bench: Bench) -> None:
    bench.server.script(verdict(reason="It says it.", verdict="pass"))
    experiment = bench.save(judge())
    assert bench.run(experiment) == Ending()
    one = bench.verdict(experiment)
    assert (one.passed, one.score) == (True, 1.0)
    assert one.reason == "The judge says pass. It says it."
    (seen,) = bench.server.chats
    asked = seen.body["messages"][-1]["content"]
    assert "<task>\nSay word0" in asked
    assert f"<rubric>\n{RUBRIC}" in asked
    assert "<expected_answer>\nSay word0" in asked
    assert seen.body["temperature"] == 0
    run = bench.run_of(one.details["runs"][0])
    assert (run.prompt_name, run.model) == ("Judge", "judges:large")


def test_four_of_five_passes_and_three_does_not(bench: Bench) -> None:
    bench.server.script(verdict(reason="r", score=4), verdict(reason="r", score=3))
    experiment = bench.save(judge(scale="1-5"), models=("echo:m",), cases=2)
    bench.run(experiment, concurrency=1)
    records = bench.cells(experiment)
    scores = sorted((one.judgement.score, one.judgement.passed) for one in records if one.judgement)
    assert scores == [(0.5, False), (0.75, True)]


def test_an_answer_that_is_judged_is_told_of_before_it_is_judged(bench: Bench) -> None:
    bench.server.script(verdict(reason="r", verdict="fail"))
    bench.run(bench.save(judge()))
    assert [one.judgement is None for one in bench.heard] == [True, False]
    assert {one.state for one in bench.heard} == {"done"}


def test_checks_that_compute_keep_their_places_beside_a_judge(bench: Bench) -> None:
    bench.server.script(verdict(reason="r", verdict="fail"))
    experiment = bench.save(Check("contains", "word0"), judge(), Check("regex", "word1"))
    bench.run(experiment)
    (record,) = bench.cells(experiment)
    assert record.judgement is not None
    assert [one.passed for one in record.judgement.verdicts] == [True, False, False]
    assert not record.judgement.passed


def test_what_cannot_be_read_is_undecided_and_kept(bench: Bench) -> None:
    bench.server.script(answer("Hmm, hard to say."))
    experiment = bench.save(judge())
    bench.run(experiment)
    one = bench.verdict(experiment)
    assert (one.passed, one.decided) == (False, False)
    assert "Hmm, hard to say." in one.reason
    assert bench.run_of(one.details["runs"][0]).text == "Hmm, hard to say."


def test_a_judge_that_fails_costs_the_answer_nothing_and_is_asked_again_on_demand(bench: Bench) -> None:
    bench.server.script(error(400, "Bad luck"), verdict(reason="r", verdict="pass"))
    experiment = bench.save(judge())
    bench.run(experiment)
    assert "Bad luck" in bench.verdict(experiment).reason
    bench.run(experiment)
    assert len(bench.server.chats) == 1
    bench.run(experiment, retry_errors=True)
    assert bench.verdict(experiment).passed
    assert len(bench.server.chats) == 2


def test_a_judge_that_nobody_has_is_given_up_and_the_answers_stay(bench: Bench) -> None:
    experiment = bench.save(judge(model="judges:fault-404"), cases=100)
    ending = bench.run(experiment)
    assert list(ending.given_up) == ["judges:fault-404"]
    assert [one.state for one in bench.cells(experiment)] == ["done"] * 100
    assert len(bench.server.chats) < 100


def test_the_same_answer_is_judged_once_whoever_gave_it(bench: Bench) -> None:
    experiment = bench.save(judge(), models=("echo:m", "echo:n"))
    bench.server.script(verdict(reason="r", verdict="pass"))
    bench.run(experiment)
    again = bench.save(judge())
    bench.run(again)
    assert len(bench.server.chats) == 1
    assert [one.judgement.passed for one in bench.cells(experiment) if one.judgement] == [True, True]


def test_a_judge_that_is_asked_often_shows_its_spread(bench: Bench) -> None:
    bench.server.script(*[verdict(reason="r", score=score) for score in (2, 4, 5)])
    experiment = bench.save(judge(scale="1-5", repeat=3))
    bench.run(experiment)
    one = bench.verdict(experiment)
    assert one.score == pytest.approx((0.25 + 0.75 + 1) / 3)
    assert sorted(one.details["scores"]) == [0.25, 0.75, 1.0]
    assert one.details["spread"] == pytest.approx(0.3118, abs=1e-4)
    assert one.details["flaky"] is True
    assert "temperature" not in bench.server.chats[0].body


@pytest.mark.parametrize(("said", "passed"), [("pass pass fail", True), ("pass fail fail", False)])
def test_of_several_times_pass_and_fail_the_more_frequent_one_counts(
    bench: Bench, said: str, passed: bool
) -> None:
    bench.server.script(*[verdict(reason="r", verdict=word) for word in said.split()])
    experiment = bench.save(judge(repeat=3))
    bench.run(experiment)
    one = bench.verdict(experiment)
    assert (one.passed, one.details["flaky"]) == (passed, True)


# Two answers


def pair(**value: Any) -> Check:
    return Check("judge_pair", {"rubric": RUBRIC, "model": "judges:large", **value})


def test_only_the_same_answer_to_both_orders_counts(bench: Bench) -> None:
    experiment = bench.save(pair(), cases=1, models=("lab:tiny",))
    bench.server.script(answer("Well: word0"), verdict(reason="r", better="A"), verdict(reason="r", better="A"))
    bench.run(experiment)
    one = bench.verdict(experiment)
    assert not one.decided
    assert "position-flipped" in one.reason
    assert one.details["flipped"] == 1


def test_a_pair_is_asked_with_the_sides_swapped(bench: Bench) -> None:
    experiment = bench.save(pair(), models=("lab:tiny",))
    bench.server.script(answer("Mine"), verdict(reason="r", better="tie"), verdict(reason="r", better="tie"))
    bench.run(experiment)
    first, second = (seen.body["messages"][-1]["content"] for seen in bench.server.chats[1:])
    sides = {text.index("Mine") < text.rindex("Say word0") for text in (first, second)}
    assert sides == {True, False}
    one = bench.verdict(experiment)
    assert (one.passed, one.score, one.details["flipped"]) == (True, 0.5, 0)
    assert "as good as the expected answer" in one.reason


def test_columns_are_compared_with_the_one_that_is_named(bench: Bench) -> None:
    experiment = bench.save(pair(against="v0"), models=("echo:m", "lab:tiny"))
    bench.server.script(answer("Other"), verdict(reason="r", better="tie"), verdict(reason="r", better="tie"))
    bench.run(experiment)
    base, other = (one.judgement for one in bench.cells(experiment))
    assert base is not None
    assert other is not None
    assert (base.passed, base.verdicts[0].reason) == (
        True,
        "This is the column that the others are compared with.",
    )
    assert "as good as m." in other.verdicts[0].reason
    assert "Say word0" in bench.server.chats[1].body["messages"][-1]["content"]


def test_answers_out_of_the_cache_are_compared_with_their_column_too(bench: Bench) -> None:
    models = ("echo:m", "echo:n", "echo:o")
    bench.run(bench.save(cases=40, models=models))
    experiment = bench.save(pair(against="n"), cases=40, models=models)
    told, all_told = 0, Event()

    def listen(_cell: Cell, _said: object) -> None:
        """A slow disk: what is written of the cells waits until after every answer was found."""
        nonlocal told
        told += 1
        if told == 1:
            bench.store.write(lambda _store: all_told.wait(10))
        if told == 120:
            Timer(0.3, all_told.set).start()

    bench.runner.workspace.experiments.start(experiment.id, listen).done.result(60)
    cells = bench.cells(experiment)
    assert all(one.cached for one in cells)
    assert [one.judgement is not None and one.judgement.passed for one in cells] == [True] * 120


def test_a_column_that_there_is_not_is_refused_before_anything_is_asked(bench: Bench) -> None:
    experiment = bench.save(pair(against="nobody"), models=("lab:tiny",))
    with pytest.raises(UserError, match=r"'nobody'.*one of these: tiny"):
        bench.run(experiment)
    assert not bench.server.chats


def test_two_answers_that_say_the_same_are_as_good_and_no_judge_is_asked(bench: Bench) -> None:
    experiment = bench.save(pair())
    bench.run(experiment)
    one = bench.verdict(experiment)
    assert (one.passed, one.score, one.reason) == (True, 0.5, "The answer is the same as the expected answer.")
    assert not bench.server.chats
    (judge,) = bench.store.read(lambda store: judge_agreements(store, experiment.id)).result(10)
    assert judge.judged == 0  # so no unknown price of an answer that nobody gave


# Stopped and resumed


def test_stopping_a_judge_leaves_the_answer_to_be_judged_at_the_resume(bench: Bench) -> None:
    experiment = bench.save(judge())
    bench.server.script(stream(event(chunk({"content": "{"})), Stall()), verdict(reason="r", verdict="pass"))
    handle = bench.start(experiment)
    bench.server.wait_until(lambda server: len(server.chats) == 1)
    handle.stop()
    assert handle.done.result(30).stopped
    (record,) = bench.cells(experiment)
    assert (record.state, record.judgement) == ("done", None)
    bench.run(experiment)
    assert bench.verdict(experiment).passed
    assert bench.cells(experiment)[0].run_id == record.run_id


def test_what_a_judge_said_before_the_program_died_is_not_asked_again(bench: Bench) -> None:
    experiment = bench.save(judge())
    bench.server.script(verdict(reason="r", verdict="pass"))
    bench.run(experiment)
    (record,) = bench.cells(experiment)
    assert record.run_id is not None
    run_id = record.run_id
    bench.store.write(lambda store: store.begin_cell(experiment.id, record.cell, run_id)).result(10)
    assert bench.cells(experiment)[0].judgement is None
    bench.run(experiment)
    assert bench.verdict(experiment).passed
    assert len(bench.server.chats) == 1


# Models of this machine


def test_a_local_model_judges_after_the_lanes(bench: Bench) -> None:
    check = judge(model="starter", parameters={"max_tokens": 60, "seed": 1})
    experiment = bench.save(check, cases=2)
    bench.run(experiment)
    for record in bench.cells(experiment):
        assert record.judgement is not None
        one = record.judgement.verdicts[0]
        assert bench.run_of(one.details["runs"][0]).model == "starter"


def test_embeddings_tell_near_from_far(bench: Bench) -> None:
    near = Check("embedding", {"model": "starter"}, threshold=0.99)
    far = Check("embedding", {"model": "starter", "to": "Stock markets fell sharply."}, threshold=0.99)
    experiment = bench.save(near, far, cases=3)
    bench.run(experiment)
    for record in bench.cells(experiment):
        assert record.judgement is not None
        same, other = record.judgement.verdicts
        assert same.passed
        assert same.details["cosine"] == pytest.approx(1)
        assert not other.passed
        assert other.details["cosine"] < 0.95


def test_a_local_column_and_a_local_judge_take_turns(bench: Bench) -> None:
    config = GenerationConfig(max_tokens=4, temperature=0, seed=1)
    experiment = bench.save(
        Check("embedding", {"model": "starter"}, threshold=0.1),
        judge(model="starter", parameters={"max_tokens": 20}),
        variants=(Variant("v", PROMPT, "starter", config),),
        cases=2,
    )
    bench.run(experiment)
    assert all(one.judgement for one in bench.cells(experiment))


def test_a_text_that_is_too_long_is_undecided_and_costs_the_others_nothing(bench: Bench) -> None:
    rows = (Case("c0", {"word": "a"}, "Say a"), Case("c1", {"word": "long " * 2_000}, "Say a"))
    experiment = bench.save(Check("embedding", {"model": "starter"}), cases=rows)
    bench.run(experiment)
    short, long = (one.judgement.verdicts[0] for one in bench.cells(experiment) if one.judgement)
    assert short.passed
    assert not long.decided
    assert "embeds at most" in long.reason


# Programs


def program(bench: Bench, folder: Path, source: str, *, trusted: bool = True) -> Check:
    path = folder / "check.py"
    path.write_text(source, "utf-8")
    if trusted:
        sha256 = fingerprint(path.read_bytes())
        bench.store.write(lambda store: store.trust_file(str(path.resolve()), sha256)).result(10)
    return Check("python", {"file": str(path)})


def test_a_trusted_file_judges(bench: Bench, tmp_path: Path) -> None:
    source = """
def get_assert(output, context):
    wanted = context["vars"]["word"]
    return {"pass": wanted in output, "score": 0.4, "reason": f"{wanted} in {context['prompt']}"}
"""
    experiment = bench.save(program(bench, tmp_path, source))
    bench.run(experiment)
    one = bench.verdict(experiment)
    assert (one.passed, one.score, one.reason) == (True, 0.4, "word0 in Say word0")


def test_a_file_that_is_not_trusted_is_not_run_and_says_how(bench: Bench, tmp_path: Path) -> None:
    witness = tmp_path / "witness"
    source = f"open({str(witness)!r}, 'w')\ndef check(answer, case): return True\n"
    check = program(bench, tmp_path, source, trusted=False)
    experiment = bench.save(check)
    bench.run(experiment)
    one = bench.verdict(experiment)
    assert not one.decided
    assert "check.py is not trusted" in one.reason
    assert "workbench experiment trust" in one.reason
    assert not witness.exists()
    program(bench, tmp_path, source)
    bench.run(experiment, retry_errors=True)
    assert bench.verdict(experiment).passed
    assert witness.exists()


def test_a_file_that_has_changed_is_not_trusted_any_more(bench: Bench, tmp_path: Path) -> None:
    program(bench, tmp_path, "def check(answer, case): return True\n")
    check = program(bench, tmp_path, "def check(answer, case): return 1\n", trusted=False)
    experiment = bench.save(check)
    bench.run(experiment)
    assert "check.py has changed since you trusted it" in bench.verdict(experiment).reason


def test_an_experiment_with_a_check_that_is_none_is_refused(bench: Bench) -> None:
    with pytest.raises(UserError, match="needs a rubric"):
        bench.run(bench.save(Check("judge", {"model": "starter"})))
