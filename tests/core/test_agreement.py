"""Agreement of two raters, against statsmodels, worked examples and simulation."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from statsmodels.stats.inter_rater import cohens_kappa

from workbench.core.agreement import agreement, kappa, sentence, word

COHEN = ((88, 14, 18), (10, 40, 10), (2, 6, 12))
"""The table of Cohen's article of 1960, in percent of 200: kappa .492."""


def theirs(table: Any, *, ordered: bool) -> tuple[float, float, float]:
    found = cohens_kappa(np.asarray(table, dtype=float), wt="quadratic" if ordered else None)
    return (found.kappa, found.kappa_low, found.kappa_upp)


@pytest.mark.parametrize("ordered", [False, True])
def test_kappa_is_that_of_statsmodels(ordered: bool) -> None:
    random = np.random.default_rng(7)
    for size in (2, 3, 5):
        for _ in range(30):
            table = random.integers(0, 30, (size, size))
            ours = kappa(table.tolist(), ordered=ordered)
            assert ours is not None
            value, low, high = theirs(table, ordered=ordered)
            assert ours.value == pytest.approx(value, abs=1e-9)
            assert ours.low == pytest.approx(max(-1, low), abs=1e-6)
            assert ours.high == pytest.approx(min(1, high), abs=1e-6)


def test_kappa_is_that_of_cohens_article() -> None:
    found = kappa(COHEN)
    assert found is not None
    assert found.value == pytest.approx(0.492, abs=0.0005)


def test_agreement_by_chance_alone_is_worth_nothing() -> None:
    found = kappa([[81, 9], [9, 1]])
    assert found is not None
    assert found.value == pytest.approx(0, abs=1e-12)


def test_two_who_always_say_the_same_one_thing_have_no_kappa() -> None:
    assert kappa([[12, 0], [0, 0]]) is None
    assert kappa([[0, 0], [0, 0]]) is None


def test_the_interval_holds_what_it_promises() -> None:
    """Raters who agree on 85%, half of all things good: kappa is 0.7."""
    random = np.random.default_rng(3)
    shares = np.array([0.425, 0.075, 0.075, 0.425])
    tables = random.multinomial(120, shares, size=1_000).reshape(-1, 2, 2)
    intervals = [found for table in tables if (found := kappa(table.tolist()))]
    covered = sum(one.low <= 0.7 <= one.high for one in intervals) / len(intervals)
    assert 0.92 <= covered <= 0.98


def test_pairs_are_counted() -> None:
    found = agreement([(True, True)] * 6 + [(True, False)] * 3 + [(False, False)], (True, False))
    assert found.table == ((6, 3), (0, 1))
    assert (found.count, found.share.value) == (10, 0.7)
    assert 0.39 < found.share.low < 0.4


@pytest.mark.parametrize(
    ("pairs", "said"),
    [
        ([], "Nothing says yet how far the judge agrees with you: no answer has both verdicts."),
        ([(True, True)] * 4, "What chance would give is not known"),
        ([(True, True)] * 8 + [(False, False)] * 2, "kappa 1.00, from too few answers to rely on"),
        ([(True, True)] * 20 + [(False, False)] * 15 + [(True, False)] * 5, "substantial (kappa 0.75, between"),
    ],
)
def test_it_is_said_in_a_sentence(pairs: list[tuple[bool, bool]], said: str) -> None:
    assert said in sentence(agreement(pairs, (True, False)))


@pytest.mark.parametrize(
    ("value", "said"), [(-0.1, "poor"), (0.1, "slight"), (0.6, "moderate"), (1.0, "nearly complete")]
)
def test_a_kappa_has_a_word(value: float, said: str) -> None:
    assert word(value) == said
