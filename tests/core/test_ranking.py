"""Bradley-Terry against the logistic regression of statsmodels, and what it must say in plain cases."""

from __future__ import annotations

import itertools
import math

import numpy as np
import pytest
import statsmodels.api as sm

from tests.chance import seeded
from workbench.core.ranking import Vote, rank

NAMES = ("a", "b", "c", "d")


def votes_of(strengths: dict[str, float], count: int, seed: int) -> list[Vote]:
    chance = seeded(seed)
    votes = []
    for first, second in itertools.islice(itertools.cycle(itertools.combinations(strengths, 2)), count):
        expected = 1 / (1 + math.exp(strengths[second] - strengths[first]))
        votes.append(Vote(first, second, float(chance.random() < expected)))
    return votes


@pytest.mark.parametrize("seed", [1, 2, 3])
def test_strengths_and_intervals_agree_with_statsmodels(seed: int) -> None:
    votes = votes_of(dict(zip(NAMES, (0.8, 0.2, -0.3, -0.7), strict=True)), 300, seed)
    # Strengths that add up to 0: the last one is minus the others.
    rows = np.array([[(v.first == n) - (v.second == n) for n in NAMES] for v in votes], dtype=float)
    design = rows[:, :3] - rows[:, 3:]
    fit = sm.Logit([v.first_share for v in votes], design).fit(disp=0)
    ours = {one.name: one.strength for one in rank(votes, prior=0)}
    for index, name in enumerate(NAMES[:3]):
        assert ours[name].value == pytest.approx(fit.params[index], abs=1e-4)
        assert (ours[name].low, ours[name].high) == pytest.approx(fit.conf_int()[index], abs=1e-3)
    spread = np.ones(3) @ fit.cov_params() @ np.ones(3)
    assert ours["d"].high - ours["d"].value == pytest.approx(1.959964 * math.sqrt(spread), abs=1e-3)


def test_the_strongest_comes_first_and_the_strengths_add_up_to_nothing() -> None:
    ranked = rank(votes_of({"worst": -1.0, "best": 1.0, "middle": 0.0}, 240, 4))
    assert [one.name for one in ranked] == ["best", "middle", "worst"]
    assert sum(one.strength.value for one in ranked) == pytest.approx(0, abs=1e-9)
    assert ranked[0].win_rate > 0.5 > ranked[-1].win_rate
    assert [one.votes for one in ranked] == [160, 160, 160]


def test_one_who_wins_every_vote_is_strong_but_not_infinitely() -> None:
    best, worst = rank([Vote("a", "b", 1.0)] * 5)
    assert best.name == "a"
    assert best.strength.value < 5
    assert best.strength.low < 0.8 < best.strength.value
    assert worst.strength.value == pytest.approx(-best.strength.value)


def test_a_tie_is_half_a_win_for_each() -> None:
    one, other = rank([Vote("a", "b", 0.5)] * 10)
    assert one.strength.value == pytest.approx(other.strength.value, abs=1e-9)
    assert one.win_rate == pytest.approx(0.5)


def test_those_that_never_met_are_ranked_by_the_average_opponent() -> None:
    ranked = rank([Vote("a", "b", 1.0)] * 4 + [Vote("c", "d", 1.0)] * 4)
    assert {one.name for one in ranked[:2]} == {"a", "c"}
    assert all(math.isfinite(one.strength.high) for one in ranked)


def test_the_interval_of_a_strength_holds_the_truth() -> None:
    truth = {"a": 0.6, "b": 0.0, "c": -0.6}
    held = [
        one.strength.low <= truth[one.name] <= one.strength.high
        for seed in range(150)
        for one in rank(votes_of(truth, 150, seed))
    ]
    assert 0.92 <= sum(held) / len(held) <= 0.99


def test_no_vote_no_rank() -> None:
    assert rank([]) == ()
