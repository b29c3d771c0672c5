"""What a grid knows of its cells: folded, summed up, and kept up with what streams in."""

from __future__ import annotations

import random

import pytest

from tests.desktop.experiments.samples import an_experiment, done, failed
from workbench.core.check import Check
from workbench.core.completion import Delta, Finished, Notice, ReasoningDelta
from workbench.core.experiment import Cell, CellRecord, expand, outcome
from workbench.desktop.experiments.grid_cells import MODES, GridCells, Mode

OLD, NEW = 0, 1


def shown(cells: GridCells, mode: Mode) -> list[int]:
    return [case for case in range(len(cells.experiment.cases)) if cells.is_in(mode, case)]


def test_repetitions_fold_into_one_place_with_their_spread() -> None:
    records = [done("old", "c0", at, passed=at != 1) for at in range(3)] + [failed("old", "c0", 3)]
    cells = GridCells(an_experiment(repeat=5), records)
    face = cells.face(0, OLD)
    assert (face.sign, face.word, face.tone, face.pips) == ("◐", "2/4 passed", "warning", "pfpe-")
    assert face.note == "It does not."
    assert face.figures == "⌀ 0.40 s · 20 tok"
    assert cells.cell(0, OLD).repetition == 1  # the one that failed is looked at first


@pytest.mark.parametrize(
    ("records", "word"),
    [
        ([done("old", "c0", 0), done("old", "c0", 1)], "✓ 2/2 passed"),
        ([done("old", "c0", 0, passed=False), done("old", "c0", 1, passed=False)], "✗ 0/2 passed"),
        ([failed("old", "c0", 0)], "! error"),
        ([done("old", "c0", 0, passed=None)], "• 1/1 answered"),
        ([], "· not asked"),
    ],
)
def test_a_folded_place_says_how_its_repetitions_ended(records: list[CellRecord], word: str) -> None:
    face = GridCells(an_experiment(repeat=2), records).face(0, OLD)
    assert f"{face.sign} {face.word}" == word


def test_an_answer_that_nothing_was_checked_of_has_not_passed() -> None:
    cells = GridCells(an_experiment(), [done("old", "c0", passed=None)])
    assert cells.face(0, OLD).word == "answered"
    assert cells.tallies[OLD].rate() is None
    assert shown(cells, "passes") == shown(cells, "failures") == []


def test_modes_are_of_all_columns_or_of_one() -> None:
    records = [
        *(done("old", "c0"), done("new", "c0")),
        *(done("old", "c1"), done("new", "c1", passed=False)),
        *(done("old", "c2", passed=False), failed("new", "c2")),
    ]
    cells = GridCells(an_experiment(4), records)
    found = {mode: shown(cells, mode) for mode in MODES}
    assert found == {
        "all": [0, 1, 2, 3], "failures": [1, 2], "passes": [0], "different": [1], "errors": [2], "worse": [1],
    }  # fmt: skip
    assert cells.counts == {mode: len(cases) for mode, cases in found.items()}
    cells.set_scope(baseline=OLD, scope=NEW)
    assert (shown(cells, "failures"), shown(cells, "passes"), shown(cells, "errors")) == ([1], [0], [2])


def test_another_baseline_turns_worse_into_better() -> None:
    cells = GridCells(an_experiment(), [done("old", "c0"), done("new", "c0", passed=False)])
    assert (cells.face(0, OLD).trend, cells.face(0, NEW).trend) == ("", "worse")
    cells.set_scope(baseline=NEW, scope=None)
    assert (cells.face(0, OLD).trend, cells.face(0, NEW).trend) == ("better", "")
    assert (cells.tallies[OLD].better, cells.tallies[NEW].worse) == (1, 0)


def test_columns_without_checks_differ_by_their_texts() -> None:
    records = [done(variant, case, passed=None) for variant in ("old", "new") for case in ("c0", "c1")]
    texts = {"old-c0-0": "same", "new-c0-0": "same", "old-c1-0": "this", "new-c1-0": "that"}
    assert shown(GridCells(an_experiment(), records, texts), "different") == [1]


def test_an_answer_is_seen_while_it_is_written_and_judged() -> None:
    cells = GridCells(an_experiment())
    cell = Cell("new", "c1")
    seen = []
    steps = (
        Notice("Loading the model", 0.4),
        ReasoningDelta("Hm."),
        Delta("Hello "),
        Delta("Ada"),
        Finished("stop"),
        done("new", "c1"),
    )
    for event in steps:
        touched = cells.take([(cell, event)])
        assert touched.places == {(1, NEW)}
        face = cells.face(1, NEW)
        seen.append((face.word, face.note, face.text))
    assert seen == [
        ("waiting", "Loading the model 40%", ""),
        ("thinking", "", "Hm."),
        ("writing", "", "Hello "),
        ("writing", "", "Hello Ada"),
        ("checking", "", "Hello Ada"),
        ("passed", "", "Hello Ada"),
    ]


def test_a_place_that_is_asked_again_shows_the_new_answer_and_falls_back_when_it_is_stopped() -> None:
    cells = GridCells(an_experiment(), [done("old", "c0", passed=False)], {"old-c0-0": "the old one"})
    cell = Cell("old", "c0")
    cells.set_waiting(frozenset({cell}))
    assert cells.face(0, OLD).word == "waiting"
    cells.take([(cell, Delta("again"))])
    assert cells.face(0, OLD).text == "again"
    cells.take([(cell, CellRecord(cell))])
    assert cells.face(0, OLD).word == "not asked"
    assert cells.tallies[OLD].done == 0
    assert not cells.is_in("failures", 0)


def test_a_text_that_was_heard_in_part_is_shown_and_fetched_whole() -> None:
    cells = GridCells(an_experiment())
    cells.take([(Cell("old", "c0"), Delta("… the end")), (Cell("old", "c0"), done("old", "c0"))])
    assert (cells.face(0, OLD).text, cells.missing(0, OLD)) == ("… the end", "old-c0-0")
    cells.add_texts({"old-c0-0": "From the beginning to the end"})
    cells.forget_face(0, OLD)
    assert (cells.face(0, OLD).text, cells.missing(0, OLD)) == ("From the beginning to the end", None)


def test_an_experiment_shown_anew_keeps_its_texts_and_what_streams_in() -> None:
    before = GridCells(an_experiment(), [done("old", "c0")], {"old-c0-0": "Hello"})
    before.take([(Cell("new", "c0"), Delta("Good "))])
    again = GridCells(an_experiment(), [done("old", "c0")])
    again.adopt(before)
    again.take([(Cell("new", "c0"), Delta("morning"))])
    assert (again.face(0, OLD).text, again.face(0, NEW).text) == ("Hello", "Good morning")


def test_cells_of_another_experiment_are_passed_over() -> None:
    cells = GridCells(an_experiment(repeat=2))
    for cell in (Cell("old", "c99"), Cell("other", "c0"), Cell("old", "c0", 2)):
        assert not cells.take([(cell, Delta("x"))]).places


def test_sums_kept_up_with_are_those_of_the_whole() -> None:
    """A thousand records in any order, many of them in place of others: as if they had come at once."""
    chance = random.Random(5)  # noqa: S311 - drawn for a test, not for secrets
    experiment = an_experiment(12, repeat=3)
    cells, last = GridCells(experiment), {}
    places = list(expand(experiment))
    for _ in range(1_000):
        cell = chance.choice(places)
        record = chance.choice(
            [
                done(cell.variant, cell.case, cell.repetition, passed=True),
                done(cell.variant, cell.case, cell.repetition, passed=False),
                failed(cell.variant, cell.case, cell.repetition),
                CellRecord(cell),
            ]
        )
        cells.take([(cell, record)])
        last[cell] = record
    fresh = GridCells(experiment, last.values())
    assert cells.counts == fresh.counts
    for case in range(12):
        assert [cells.face(case, at) for at in (OLD, NEW)] == [fresh.face(case, at) for at in (OLD, NEW)]
    for tally, column in zip(cells.tallies, outcome(experiment, last.values()).columns, strict=True):
        rate = tally.rate()
        assert rate is not None
        assert (rate.value, rate.low) == pytest.approx((column.pass_rate.value, column.pass_rate.low))
        assert (tally.done, tally.failed) == (column.done, column.failed)
        assert tally.latency_ms() == pytest.approx(column.latency_ms)
        assert tally.cost() == pytest.approx(column.cost)


def test_text_is_sought_in_cases_and_answers() -> None:
    experiment = an_experiment(expected="Grüße", checks=(Check("equals"),))
    cells = GridCells(experiment, [done("old", "c1")], {"old-c1-0": "Something ELSE"})
    assert [case for case in range(3) if cells.says(case, "else")] == [1]
    assert [case for case in range(3) if cells.says(case, "word2")] == [2]
    assert all(cells.says(case, "grüsse".replace("ss", "ß").casefold()) for case in range(3))
    cells.take([(Cell("old", "c2"), failed("old", "c2")), (Cell("new", "c0"), done("new", "c0", passed=False))])
    assert [case for case in range(3) if cells.says(case, "server said 500")] == [2]
    assert [case for case in range(3) if cells.says(case, "it does not")] == [0]
    cells.set_found({"old-c1-0": "… far behind"})
    assert cells.says(1, "far behind the beginning")
    assert cells.face(1, OLD).text == "… far behind"
