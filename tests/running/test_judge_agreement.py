"""How far a judge is to be relied on, told from a person's ratings."""

from __future__ import annotations

from dataclasses import replace

import pytest

from tests.store.samples import a_run
from workbench.core.blind import Match, Winner
from workbench.core.case import Case
from workbench.core.check import Check, Judgement, Verdict
from workbench.core.experiment import Cell, Experiment, Variant
from workbench.core.identifier import new_id
from workbench.core.prompt import Prompt
from workbench.core.run import Rating
from workbench.running import Workspace
from workbench.running.judge_agreement import JudgeAgreement, judge_agreements
from workbench.store import Store

JUDGE = Check("judge", {"rubric": "Is kind.", "model": "lab:large", "scale": "1-5"})
PAIR = Check("judge_pair", {"rubric": "Is kind.", "model": "lab:large"})


def verdict(score: float, **details: object) -> Verdict:
    return Verdict(score >= 0.75, score, "r", details={"runs": ["x"], "cost": 0.01, "scores": [score], **details})


def found(
    workspace: Workspace, check: Check, rows: list[tuple[Verdict, Rating | None]]
) -> tuple[JudgeAgreement, ...]:
    """The judges of an experiment with these verdicts on its answers, and what a person thought of them."""
    cases = tuple(Case(f"c{n}", {}, "x") for n in range(len(rows)))
    variant = Variant("v", Prompt(user="Say hello"), "starter")
    experiment = Experiment(new_id(), "Kind", (variant,), cases, (Check("length", {"min": 1}), check))
    plain = Verdict(True, 1.0, "The answer has 3 words.")

    def save(store: Store) -> None:
        store.save_experiment(experiment)
        for case, (one, rating) in zip(cases, rows, strict=True):
            run = replace(a_run(), id=new_id())
            store.finish_run(run)
            cell = Cell("v", case.id)
            store.begin_cell(experiment.id, cell, run.id)
            store.judge_cell(experiment.id, cell, Judgement(True, 1.0, (plain, one)))
            if rating:
                store.rate(run.id, rating)

    workspace.store.write(save).result(10)
    return workspace.store.read(lambda store: judge_agreements(store, experiment.id)).result(10)


def test_passes_are_held_against_thumbs_and_stars(workspace: Workspace) -> None:
    rows = [
        (verdict(1.0), Rating("good")),
        (verdict(0.75), Rating(score=5)),
        (verdict(0.25), Rating(score=1)),
        (verdict(1.0), Rating("bad", score=5)),
        (verdict(0.5), Rating(score=3)),
        (verdict(0.5), None),
    ]
    (judge,) = found(workspace, JUDGE, rows)
    assert (judge.judged, judge.undecided, judge.agreement.count) == (6, 0, 4)
    assert judge.agreement.table == ((2, 1), (0, 1))
    assert judge.agreement.share.value == 0.75
    assert judge.agreement.kappa is not None
    assert judge.agreement.kappa.value == pytest.approx(0.5)
    assert judge.stars is not None
    assert judge.stars.count == 4
    assert judge.cost == pytest.approx(0.06)
    assert "agrees with you on 3 of 4 answers" in judge.sentence
    assert "weighted kappa" in judge.sentence


def test_changes_of_mind_are_counted(workspace: Workspace) -> None:
    flipped = Verdict(False, 0.0, "position-flipped", False, {"runs": ["x"], "flipped": 1})
    unread = Verdict(False, 0.0, "cannot be read", False, {"runs": ["x"]})
    itself = Verdict(True, 1.0, "This is the column that the others are compared with.")
    rows = [(flipped, None), (unread, None), (verdict(1.0, flipped=0), None), (itself, None)]
    (judge,) = found(workspace, PAIR, rows)
    assert (judge.judged, judge.undecided, judge.flipped) == (1, 2, 1)
    assert "changed its mind on 1 of 3 answers when sides swapped" in judge.sentence
    assert "1 answer could not be decided" in judge.sentence
    assert judge.stars is None


def test_a_flaky_judge_is_said_to_be_one(workspace: Workspace) -> None:
    rows = [(verdict(0.75, spread=0.2, flaky=True), None), (verdict(1.0, spread=0.0, flaky=False), None)]
    (judge,) = found(workspace, JUDGE, rows)
    assert (judge.flaky, judge.spread) == (1, 0.1)
    assert "flaky on 1 of 2 answers" in judge.sentence


def test_an_experiment_without_a_judge_has_none(workspace: Workspace) -> None:
    assert found(workspace, Check("equals"), [(Verdict(True, 1.0, "r"), None)]) == ()


def test_a_judge_of_pairs_is_held_against_blind_votes(workspace: Workspace) -> None:
    """The judge says better, better, tie, worse of four answers, the person better, worse, tie, worse."""
    check = Check("judge_pair", {"rubric": "Is kind.", "model": "lab:large", "against": "base"})
    cases = tuple(Case(f"c{n}", {}, "x") for n in range(4))
    variants = tuple(Variant(name, Prompt(user="Say hello"), "starter") for name in ("base", "new"))
    experiment = Experiment(new_id(), "Kind", variants, cases, (check,))
    itself = Verdict(True, 1.0, "This is the column that the others are compared with.")
    said: tuple[tuple[float, Winner], ...] = ((1.0, "second"), (1.0, "first"), (0.5, "tie"), (0.0, "first"))

    def save(store: Store) -> None:
        store.save_experiment(experiment)
        for case, (score, winner) in zip(cases, said, strict=True):
            runs = []
            for variant, one in zip(variants, (itself, verdict(score)), strict=True):
                run = replace(a_run(), id=new_id())
                runs.append(run.id)
                store.finish_run(run)
                store.begin_cell(experiment.id, Cell(variant.id, case.id), run.id)
                store.judge_cell(experiment.id, Cell(variant.id, case.id), Judgement(True, 1.0, (one,)))
            store.vote(experiment.id, Match(case.id, 0, "base", "new", *runs), winner)

    workspace.store.write(save).result(10)
    (judge,) = workspace.store.read(lambda store: judge_agreements(store, experiment.id)).result(10)
    assert judge.votes is not None
    assert judge.votes.table == ((1, 0, 1), (0, 1, 0), (0, 0, 1))
    assert "agrees with your blind votes on 3 of 4 answers" in judge.sentence
    assert "Nothing says yet" not in judge.sentence
