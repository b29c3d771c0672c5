"""How far the judges of an experiment agree with the person who rated some of its answers, and with themselves.

A person's thumb counts as it is; without one, 4 and 5 stars are good, 1 and 2 bad, and 3 says nothing either way.
A judge's verdict counts as it passes or not. Where a judge gives scores from 1 to 5 and the person stars, the
stars are compared as well, near ones as near (weighted kappa). A judge of pairs is held against blind votes on
the same two answers too.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace

from workbench.core import check as checks
from workbench.core.agreement import Agreement, agreement, sentence
from workbench.core.asked_checks import ASKED, column_of
from workbench.core.blind import BlindVote
from workbench.core.case import Case
from workbench.core.check import Check, Verdict
from workbench.core.experiment import CellRecord, Experiment, checks_of
from workbench.core.judge import BEST
from workbench.core.run import Rating
from workbench.running.experiment_plan import variant_named
from workbench.store import Store

JUDGES = ("judge", "judge_pair")
_BETTER = ("better", "tie", "worse")
_STARS = tuple(range(1, BEST + 1))


@dataclass(frozen=True, slots=True)
class JudgeAgreement:
    """What is known of one judge."""

    check: Check
    title: str
    model: str
    judged: int
    """Answers that it has a verdict on."""
    undecided: int
    """Answers on which it could not be read, could not be asked, or changed its mind."""
    flipped: int
    """Of those, the ones on which it changed its mind when the answers changed sides."""
    flaky: int
    """Answers on which it says pass at one time and fail at another."""
    spread: float | None
    """Mean standard deviation of its scores for one answer; None where it was asked once each."""
    cost: float | None
    """US dollars of its answers; None where a price is not known."""
    agreement: Agreement
    """Passes against what the person thinks good."""
    stars: Agreement | None
    """Its scores against the person's stars; None where one of them gives none."""
    votes: Agreement | None = None
    """What it finds better against blind votes on the same two answers; None where there is none."""

    @property
    def sentence(self) -> str:
        """What it comes to."""
        said = [] if self.votes and not self.agreement.count else [sentence(self.agreement)]
        if self.votes:
            said.append(sentence(self.votes, "the judge", "your blind votes"))
        if self.stars and self.stars.kappa:
            said.append(f"Stars against its scores: weighted kappa {self.stars.kappa.value:.2f}.")
        if self.flipped:
            said.append(
                f"It changed its mind on {_of(self.flipped, self.judged + self.undecided)} when sides swapped."
            )
        if self.undecided > self.flipped:
            said.append(f"{_answers(self.undecided - self.flipped)} could not be decided.")
        if self.cost:
            said.append(f"Its answers cost ${self.cost:.4f}.")
        if self.flaky:
            said.append(f"It is flaky on {_of(self.flaky, self.judged)}: asked again, it says otherwise.")
        return " ".join(said)


def judge_agreements(store: Store, experiment_id: str) -> tuple[JudgeAgreement, ...]:
    """Every judge of an experiment, by check; none where no check asks one."""
    with store.snapshot():
        experiment = store.experiment(experiment_id)
        if not _judges(experiment):
            return ()
        ratings, votes = store.experiment_ratings(experiment.id), store.votes(experiment.id)
        return agreements(experiment, store.cells(experiment.id), ratings, votes)


def agreements(
    experiment: Experiment,
    records: Iterable[CellRecord],
    ratings: Mapping[str, Rating],
    votes: Iterable[BlindVote] = (),
) -> tuple[JudgeAgreement, ...]:
    """The same, from what is at hand; ratings by run."""
    kept = tuple(records)
    cases = {case.id: case for case in experiment.cases}
    judges = _judges(experiment)
    found: dict[str, list[tuple[Verdict, Rating | None]]] = {key: [] for key in judges}
    for record in kept:
        for one, verdict in _verdicts(experiment, cases[record.cell.case], record):
            found[_key(one)].append((verdict, ratings.get(record.run_id or "")))
    by_runs = {vote.match.runs: vote for vote in votes}
    return tuple(
        replace(_agreement(one, found[key]), votes=_on_votes(experiment, one, kept, by_runs))
        for key, one in judges.items()
    )


def _judges(experiment: Experiment) -> dict[str, Check]:
    """The judges by what they are asked; the same check of many cases is one judge."""
    every = (one for case in experiment.cases for one in checks_of(experiment, case))
    return {_key(one): one for one in every if one.kind in JUDGES}


def _key(check: Check) -> str:
    return repr(checks.as_data(check))


def _verdicts(experiment: Experiment, case: Case, record: CellRecord) -> Iterable[tuple[Check, Verdict]]:
    if record.judgement is None:
        return ()
    pairs = zip(checks_of(experiment, case), record.judgement.verdicts, strict=False)
    return ((check, verdict) for check, verdict in pairs if check.kind in JUDGES and _is_asked(verdict))


def _is_asked(verdict: Verdict) -> bool:
    """Not the verdict on the very column that the others are compared with."""
    return not verdict.decided or "runs" in verdict.details


def _agreement(check: Check, found: list[tuple[Verdict, Rating | None]]) -> JudgeAgreement:
    decided = [(verdict, rating) for verdict, rating in found if verdict.decided]
    spreads = [verdict.details["spread"] for verdict, _ in decided if "spread" in verdict.details]
    costs = [verdict.details.get("cost") for verdict, _ in found if "runs" in verdict.details]
    thought = [(verdict.passed, good) for verdict, rating in decided if (good := _is_good(rating)) is not None]
    return JudgeAgreement(
        check=check,
        title=checks.title(check, ASKED),
        model=check.value["model"],
        judged=len(decided),
        undecided=len(found) - len(decided),
        flipped=sum(bool(verdict.details.get("flipped")) for verdict, _ in found if not verdict.decided),
        flaky=sum(bool(verdict.details.get("flaky")) for verdict, _ in decided),
        spread=sum(spreads) / len(spreads) if spreads else None,
        cost=None if None in costs else sum(cost for cost in costs if cost is not None),
        agreement=agreement(thought, (True, False)),
        stars=_stars(check, decided),
    )


def _is_good(rating: Rating | None) -> bool | None:
    """What a person thinks of an answer; None for nothing, or for neither."""
    if rating is None:
        return None
    if rating.verdict:
        return rating.verdict == "good"
    return None if rating.score in (None, 3) else rating.score > 3


def _stars(check: Check, found: list[tuple[Verdict, Rating | None]]) -> Agreement | None:
    """The judge's scores, as they are on its scale, against a person's stars."""
    if check.value.get("scale") != "1-5":
        return None
    pairs = [
        (round(1 + (BEST - 1) * sum(scores) / len(scores)), rating.score)
        for verdict, rating in found
        if rating and rating.score and (scores := verdict.details.get("scores"))
    ]
    return agreement(pairs, _STARS, ordered=True) if pairs else None


def _on_votes(
    experiment: Experiment,
    check: Check,
    records: tuple[CellRecord, ...],
    votes: Mapping[frozenset[str], BlindVote],
) -> Agreement | None:
    """What a judge of pairs finds against blind votes on the same two answers."""
    other = variant_named(experiment, column_of(check)) if votes and column_of(check) else ""
    if not other:
        return None
    cases = {case.id: case for case in experiment.cases}
    others = {(one.cell.case, one.cell.repetition): one.run_id for one in records if one.cell.variant == other}
    pairs = []
    for record in records:
        compared = others.get((record.cell.case, record.cell.repetition))
        vote = votes.get(frozenset((record.run_id or "", compared or "")))
        for one, verdict in _verdicts(experiment, cases[record.cell.case], record):
            if vote and verdict.decided and _key(one) == _key(check):
                pairs.append((_better(verdict), _voted(vote, record.cell.variant)))
    return agreement(pairs, _BETTER) if pairs else None


def _better(verdict: Verdict) -> str:
    """What a judge's scores say of the answer: 1 is a win over the other one, 0.5 a tie."""
    scores = verdict.details["scores"]
    mean = sum(scores) / len(scores)
    return _BETTER[1] if mean == 0.5 else _BETTER[0] if mean > 0.5 else _BETTER[2]


def _voted(vote: BlindVote, variant: str) -> str:
    if vote.winner == "tie":
        return _BETTER[1]
    winner = vote.match.first if vote.winner == "first" else vote.match.second
    return _BETTER[0] if winner == variant else _BETTER[2]


def _answers(count: int) -> str:
    return "1 answer" if count == 1 else f"{count:,} answers"


def _of(count: int, all_of: int) -> str:
    return f"{count:,} of {_answers(all_of)}"
