"""Blind comparison: fair pairs, and votes summed up as scipy would."""

from __future__ import annotations

import math
from collections import Counter
from datetime import UTC, datetime
from itertools import islice

import pytest
from scipy.stats import binomtest

from tests.chance import seeded
from workbench.core.blind import (
    BlindVote,
    Match,
    Winner,
    deal,
    exact_share,
    open_matches,
    sentence,
    standing,
)
from workbench.core.case import Case
from workbench.core.experiment import CellRecord, Experiment, Variant, expand
from workbench.core.prompt import Prompt

PROMPT = Prompt(user="{{q}}")


def an_experiment(columns: str = "ab", cases: int = 20, repeat: int = 1) -> Experiment:
    variants = tuple(Variant(name, PROMPT, "starter", label=f"Column {name}") for name in columns)
    return Experiment("e", "Words", variants, tuple(Case(str(n), {"q": str(n)}) for n in range(cases)), (), repeat)


def answered(experiment: Experiment) -> list[CellRecord]:
    return [
        CellRecord(cell, run_id=f"{cell.variant}-{cell.case}-{cell.repetition}", state="done")
        for cell in expand(experiment)
    ]


def a_vote(first: str, second: str, winner: Winner, case: int = 0) -> BlindVote:
    match = Match(str(case), 0, first, second, f"{first}-{case}-0", f"{second}-{case}-0")
    return BlindVote(match, winner, datetime.now(UTC))


def votes(first_won: int, second_won: int, equal: int = 0, *, names: str = "ab") -> list[BlindVote]:
    winners: list[Winner] = [*["first"] * first_won, *["second"] * second_won, *["tie"] * equal]  # type: ignore[list-item]
    return [a_vote(*names, winner, case) for case, winner in enumerate(winners)]


# Which pairs


def test_pairs_of_columns_take_turns() -> None:
    experiment = an_experiment("abcd")
    matches = list(islice(deal(open_matches(experiment, answered(experiment), ()), (), seeded(1)), 30))
    met = Counter(frozenset((match.first, match.second)) for match in matches)
    assert set(met.values()) == {5}
    assert len({match.runs for match in matches}) == 30


def test_the_pair_with_the_fewest_votes_is_next() -> None:
    experiment = an_experiment("abc")
    given = [a_vote("a", "b", "first", 0), a_vote("b", "c", "first", 0), a_vote("c", "b", "tie", 1)]
    dealt = deal(open_matches(experiment, answered(experiment), given), given, seeded(2))
    pairs = [frozenset((match.first, match.second)) for match in islice(dealt, 3)]
    assert pairs[0] == {"a", "c"}
    assert set(pairs) == {frozenset("ac"), frozenset("ab")}


def test_sides_and_cases_are_drawn() -> None:
    experiment = an_experiment("ab", 400)
    matches = list(deal(open_matches(experiment, answered(experiment), ()), (), seeded(3)))
    assert len(matches) == 400
    assert 160 <= sum(match.first == "a" for match in matches) <= 240
    assert [match.case for match in matches] != sorted((match.case for match in matches), key=int)
    assert all(match.first_run.startswith(match.first) for match in matches)


def test_what_needs_no_vote_is_not_dealt() -> None:
    experiment = an_experiment("ab", 4)
    records = answered(experiment)
    same = [CellRecord(one.cell, f"shared-{one.cell.case}", True, "done") if one.cell.case == "0" else one
            for one in records]  # fmt: skip
    waiting = [CellRecord(one.cell) if one.cell.case == "1" else one for one in same]
    settled = frozenset({frozenset({"a-2-0", "b-2-0"})})
    open_ = open_matches(experiment, waiting, (), settled)
    assert [match.case for match in deal(open_, (), seeded(4))] == ["3"]
    given = [a_vote("b", "a", "tie", 3)]
    assert not open_matches(experiment, waiting, given, settled)


def test_an_answer_that_was_made_anew_is_voted_on_anew() -> None:
    experiment = an_experiment("ab", 1)
    given = [a_vote("a", "b", "first", 0)]
    assert not open_matches(experiment, answered(experiment), given)
    newer = [CellRecord(one.cell, f"newer-{one.run_id}", state="done") for one in answered(experiment)]
    assert len(open_matches(experiment, newer, given)["a", "b"]) == 1


# What the votes say


@pytest.mark.parametrize(("won", "total"), [(0, 1), (0, 7), (3, 9), (7, 7), (31, 40), (400, 1000)])
def test_the_interval_is_that_of_scipy(won: int, total: int) -> None:
    ours, theirs = exact_share(won, total), binomtest(won, total).proportion_ci(method="exact")
    assert (ours.low, ours.high) == pytest.approx((theirs.low, theirs.high), abs=1e-9)
    assert ours.value == pytest.approx(won / total)


def test_interval_and_test_never_contradict_each_other() -> None:
    for total in range(1, 31):
        for won in range(total + 1):
            found = standing(an_experiment(), votes(won, total - won))
            place = next(place for place in found.places if place.variant == "a")
            assert (found.duels[0].p < 0.05) == (not place.rate.low <= 0.5 <= place.rate.high)


def test_two_columns_are_judged_by_votes_with_a_winner() -> None:
    found = standing(an_experiment(), votes(14, 4, 3))
    assert found.votes == 21
    assert [(place.variant, place.won, place.lost, place.equal) for place in found.places] == [
        ("a", 14, 4, 3),
        ("b", 4, 14, 3),
    ]
    assert found.duels[0].p == pytest.approx(binomtest(14, 18).pvalue)
    assert found.places[0].rate.value == pytest.approx(14 / 18)


def test_more_columns_are_ranked_with_intervals() -> None:
    given = [*votes(9, 1, 2), *votes(8, 2, names="bc"), *votes(10, 0, names="ac")]
    found = standing(an_experiment("abc"), given)
    assert [place.variant for place in found.places] == ["a", "b", "c"]
    for place in found.places:
        assert 0 <= place.rate.low < place.rate.value < place.rate.high <= 1
    assert [(duel.first, duel.second) for duel in found.duels] == [("a", "b"), ("a", "c"), ("b", "c")]
    alone = binomtest(9, 10).pvalue
    assert found.duels[0].p >= alone  # corrected for three duels


def test_the_interval_of_a_win_rate_holds_the_truth() -> None:
    strengths = {"a": 0.7, "b": 0.0, "c": -0.7}
    experiment, held = an_experiment("abc"), []

    def chance(one: str, other: str) -> float:
        return 1 / (1 + math.exp(strengths[other] - strengths[one]))

    truth = {name: sum(chance(name, other) for other in "abc" if other != name) / 2 for name in "abc"}
    for seed in range(100):
        luck = seeded(seed)
        given = [
            a_vote(*pair, "first" if luck.random() < chance(*pair) else "second", case)
            for case in range(40)
            for pair in ("ab", "bc", "ac")
        ]
        held += [p.rate.low <= truth[p.variant] <= p.rate.high for p in standing(experiment, given).places]
    assert 0.91 <= sum(held) / len(held) <= 0.99


def test_a_liking_for_the_left_side_is_seen() -> None:
    left = standing(an_experiment(), votes(15, 1)).left
    assert left is not None
    assert left.low > 0.5
    assert standing(an_experiment(), votes(0, 0, 3)).left is None
    assert standing(an_experiment(), ()).places == ()


@pytest.mark.parametrize(
    ("given", "said"),
    [
        (votes(14, 2, 1), "A is preferred to B: it won 14 of 16 votes, 1 equal (p = 0.004)."),
        (votes(2, 20), "B is preferred to A: it won 20 of 22 votes (p < 0.001)."),
        (votes(0, 0, 4), "A and B were found equal every time (4 votes)."),
        (votes(5, 5), "No preference was seen: A and B won 5 and 5 times."),
    ],
)
def test_sentences(given: list[BlindVote], said: str) -> None:
    (duel,) = standing(an_experiment(), given).duels
    assert sentence(duel, "A", "B") == said


def test_an_undecided_duel_says_how_many_votes_would_tell() -> None:
    (duel,) = standing(an_experiment(), votes(6, 3)).duels
    said = sentence(duel, "A", "B")
    assert said.startswith("Undecided between A and B: A won 6 of 9 votes (p = 0.508); about ")
    assert said.endswith(" votes more would tell.")
    assert duel.more_votes is not None
    assert duel.more_votes > 9


def test_among_many_duels_more_votes_are_forecast() -> None:
    alone = standing(an_experiment("ab"), votes(6, 3)).duels[0].more_votes
    others = [*votes(5, 5, names="bc"), *votes(5, 5, names="ac")]
    among = standing(an_experiment("abc"), [*votes(6, 3), *others]).duels[0].more_votes
    assert alone is not None
    assert among is not None
    assert among > alone


def test_votes_on_columns_that_are_not_there_do_not_count() -> None:
    assert standing(an_experiment("ab"), votes(3, 0, names="az")).votes == 0
