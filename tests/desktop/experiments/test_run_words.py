"""What is said of a run to come, on its way, and over."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from tests.desktop.experiments.samples import an_experiment, done, failed
from workbench.core.experiment import Cell, expand
from workbench.desktop.experiments.run_words import (
    duration,
    ending_words,
    outlook_tip,
    outlook_words,
    progress_words,
    run_title,
)
from workbench.desktop.experiments.runs import Progress, lane_of
from workbench.running.estimate import Estimate
from workbench.running.experiment import Ending, Options
from workbench.running.plan_run import Beginning, Outlook
from workbench.store import ExperimentSummary

ESTIMATE = Estimate(calls=50, cached=0, prompt_tokens=12_000, completion_tokens=400, cost=0.0123, seconds=95)
NOW = datetime(2026, 5, 4, 12, 30, tzinfo=UTC)


def outlook(estimate: Estimate = ESTIMATE, *, new: bool = True, cells: int = 6) -> Outlook:
    experiment = an_experiment()
    wanted = frozenset(list(expand(experiment))[:cells])
    return Outlook(Beginning(experiment, new, wanted, Options()), estimate, failed=0)


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({}, "≈ 50 calls · 12 k tokens · 0.0123 $ · about 1:35 min"),
        (
            {"calls": 1, "cached": 1_200},
            "≈ 1 call · 1,200 from the cache · 12 k tokens · 0.0123 $ · about 1:35 min",
        ),
        ({"calls": 0, "cached": 6}, "≈ 6 from the cache"),
        ({"calls": 0, "at_server": 1_200}, "≈ 1,200 from a batch at work"),
        ({"cost": 0.0, "seconds": None}, "≈ 50 calls · 12 k tokens · free"),
        ({"cost": None, "seconds": None}, "≈ 50 calls · 12 k tokens · price not known"),
        ({"cost": None, "cost_known": 2.5, "seconds": None}, "≈ 50 calls · 12 k tokens · at least 2.50 $"),
    ],
)
def test_what_running_takes_fits_in_a_line(changes: dict[str, object], said: str) -> None:
    assert outlook_words(outlook(replace(ESTIMATE, **changes)), follows=False) == said  # type: ignore[arg-type]


def test_a_run_before_and_a_plan_that_changed_since_are_said() -> None:
    assert outlook_words(outlook(), follows=True).startswith("changed since · ≈ 50 calls")
    assert outlook_words(outlook(new=False), follows=True).startswith("≈ 50 calls")
    assert outlook_words(outlook(cells=0), follows=True) == "every cell has its answer"


def test_the_tip_does_not_guess_what_is_not_known() -> None:
    tip = outlook_tip(outlook(replace(ESTIMATE, cost=None, seconds=None)))
    assert "price of a model is not known" in tip
    assert "How long it takes is not known" in tip


def test_progress_counts_cells_and_not_records() -> None:
    cells = set(expand(an_experiment()))
    progress = Progress("plan", "e", cells, len(cells))
    answered = done("old", "c0")
    progress.take([(answered.cell, replace(answered, judgement=None)), (answered.cell, answered)])
    progress.take([(Cell("new", "c0"), failed("new", "c0"))])

    assert progress_words(progress) == "2 of 6 · 1 failed"
    assert (progress.passed, len(progress.waiting)) == (1, 4)
    progress.stopping = True
    assert progress_words(progress).endswith("stopping")


def test_the_time_left_follows_from_answers_that_were_made_and_not_from_the_cache() -> None:
    cells = set(expand(an_experiment()))
    progress = Progress("plan", "e", cells, len(cells))
    progress.began -= 10
    cached = replace(done("old", "c0"), cached=True)
    progress.take([(cached.cell, cached)])
    assert progress.seconds_left() is None
    progress.take([(Cell("old", "c1"), done("old", "c1"))])
    assert progress.seconds_left() == pytest.approx(40, abs=1)


@pytest.mark.parametrize(
    ("seconds", "said"),
    [(0.2, "a second"), (42, "42 s"), (95, "1:35 min"), (1_500, "25 min"), (7_500, "2 h 05 min")],
)
def test_times_are_said_as_a_person_does(seconds: float, said: str) -> None:
    assert duration(seconds) == said


def test_a_run_in_the_list_tells_when_it_was_and_what_came_out() -> None:
    run = ExperimentSummary("e", "Tone", NOW - timedelta(days=40), "Words", 2, 6, 6, 0, 3)
    assert run_title(run, 2, NOW) == "Run 2 · 25 Mar 2026 · 50% passed"
    assert run_title(replace(run, done=4), 2, NOW).endswith("4 of 6")
    assert run_title(replace(run, done=5, failed=1, passed=5), 2, NOW).endswith("100% passed · 1 failed")


def test_an_ending_before_its_time_says_why_and_what_to_do() -> None:
    assert ending_words(Ending(stopped=True)) == ("", "")
    text, advice = ending_words(Ending(given_up={"lab:tiny": "The key\nwas refused."}))
    assert text == "lab:tiny cannot answer: The key was refused."
    assert "key" in advice
    assert ending_words(Ending(limit="The limit of 1.00 $ is reached."))[0] == "The limit of 1.00 $ is reached."


def test_the_slowest_server_says_how_long_it_takes() -> None:
    cells = [Cell(variant, f"c{n}") for variant in ("fast", "slow") for n in range(10)]
    progress = Progress("plan", "e", set(cells), len(cells), lanes={"fast": "Here", "slow": ""})
    progress.began -= 20
    progress.take([(Cell("fast", f"c{n}"), done("fast", f"c{n}")) for n in range(9)])
    assert progress.seconds_left() is None  # of the slow one nothing is known yet
    progress.take([(Cell("slow", f"c{n}"), done("slow", f"c{n}")) for n in range(2)])
    left = progress.seconds_left()
    assert left is not None
    assert left == pytest.approx(20 / 2 * 8, rel=0.05)


@pytest.mark.parametrize(
    ("one", "other", "shared"),
    [("starter", "local:/a.gguf", True), ("Here:tiny", "Here:big", True), ("Here:tiny", "There:tiny", False)],
)
def test_models_of_one_server_or_of_this_machine_share_a_lane(one: str, other: str, shared: bool) -> None:
    assert (lane_of(one) == lane_of(other)) is shared


def test_a_run_on_its_way_says_so_in_the_list() -> None:
    summary = ExperimentSummary("e", "Tone", NOW, "window", 2, cells=100, done=0, failed=0, passed=0)
    assert run_title(summary, 1, NOW, runs=True).endswith(" · running")
