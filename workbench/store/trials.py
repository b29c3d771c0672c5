"""What a workspace knows of trials: plans, experiments, votes, batches, what they cost, whom they may trust."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime

from workbench.core.batch import Batch, BatchState
from workbench.core.blind import BlindVote, Match, Winner
from workbench.core.check import Judgement
from workbench.core.experiment import Cell, CellRecord, Experiment
from workbench.core.plan import Plan
from workbench.core.run import Rating, Run
from workbench.core.trust import Trust, TrustedFile
from workbench.store import (
    answers,
    batches,
    cell_texts,
    experiments,
    pass_history,
    plans,
    ratings,
    spending,
    trust,
    votes,
)
from workbench.store.open_file import OpenFile
from workbench.store.pass_history import PassCounts
from workbench.store.records import (
    ExperimentSummary,
    PlanSummary,
    UsualAnswer,
)


class Trials(OpenFile):
    """The part of a `Store` that experiments ask."""

    # Plans

    def save_plan(self, plan: Plan) -> None:
        """Keep a plan in place of the one with its id; its experiments take over its name and labels.

        Raises UserError for one that cannot be kept.
        """
        with self.transaction():
            plans.save(self._database, plan)

    def plans(self) -> tuple[PlanSummary, ...]:
        """All plans, by name, each with its newest run."""
        with self.snapshot():
            return plans.summaries(self._database)

    def plan(self, name_or_id: str) -> Plan:
        """The plan of an id, or the last saved one of a name. Raises NotFound."""
        with self.snapshot():
            return plans.find(self._database, name_or_id)

    def free_plan_name(self, wanted: str) -> str:
        """The wanted name of a plan, with a number behind it when it is taken."""
        return plans.free_name(self._database, wanted)

    def adopt_experiment(self, experiment_id: str, plan_id: str) -> None:
        """Make an experiment that belongs to no plan a run of this one."""
        with self.transaction():
            plans.adopt(self._database, experiment_id, plan_id)

    def usual_answers(self, models: Iterable[str]) -> dict[str, UsualAnswer]:
        """How long the last answers of these models were, and how long they took; without those never run."""
        with self.snapshot():
            return plans.usual_answers(self._database, models)

    def delete_plan(self, plan_id: str) -> None:
        """Forget a plan with its experiments; the runs stay in the history."""
        with self.transaction():
            plans.delete(self._database, plan_id)

    # Experiments

    def save_experiment(self, experiment: Experiment, *, plan_id: str | None = None) -> None:
        """Insert an experiment with its variants and cases, as a run of a plan when one is named.

        Raises UserError when it cannot be run.
        """
        with self.transaction():
            experiments.save(self._database, experiment, plan_id=plan_id)

    def experiments(self) -> tuple[ExperimentSummary, ...]:
        """All experiments, newest first."""
        with self.snapshot():
            return experiments.summaries(self._database)

    def plan_experiments(self, plan_id: str) -> tuple[ExperimentSummary, ...]:
        """The runs of a plan, newest first."""
        with self.snapshot():
            return experiments.of_plan(self._database, plan_id)

    def suite_runs(self, *, limit: int = 50) -> tuple[ExperimentSummary, ...]:
        """The newest experiments that belong to no plan: runs of suites."""
        with self.snapshot():
            return experiments.without_plan(self._database, limit=limit)

    def experiment(self, name_or_id: str) -> Experiment:
        """The experiment of an id, of its first digits (six at least) or the newest of a name. Raises NotFound."""
        with self.snapshot():
            return experiments.find(self._database, name_or_id)

    def cells(self, experiment_id: str) -> tuple[CellRecord, ...]:
        """All cells of an experiment in their order, those that wait too."""
        with self.snapshot():
            return experiments.cells(self._database, experiment_id)

    def cell_texts(self, run_ids: Iterable[str]) -> dict[str, str]:
        """The first 1,000 characters of these runs' answers, told from the reasoning; of unknown runs nothing."""
        with self.snapshot():
            return cell_texts.beginnings(self._database, run_ids)

    def cells_saying(self, experiment_id: str, text: str) -> dict[str, str]:
        """The experiment's runs whose answers say a text, in any case of letters, with the stretch around it."""
        with self.snapshot():
            return cell_texts.saying(self._database, experiment_id, text)

    def take_experiment(self, experiment_id: str) -> None:
        """Note that this process runs an experiment. Raises UserError when another living one does."""
        with self.transaction():
            experiments.take(self._database, experiment_id)

    def leave_experiment(self, experiment_id: str) -> None:
        """Note that nobody runs an experiment any more."""
        with self.transaction():
            experiments.leave(self._database, experiment_id)

    def begin_cell(self, experiment_id: str, cell: Cell, run_id: str, *, cached: bool = False) -> None:
        """Note which run is a cell's answer, before it is asked for; in place of the one before."""
        with self.transaction():
            spending.keep_replaced(self._database, experiment_id, cell)
            experiments.begin_cell(self._database, experiment_id, cell, run_id, cached=cached)

    def judge_cell(self, experiment_id: str, cell: Cell, judgement: Judgement) -> None:
        """Keep what was found in a cell's answer."""
        with self.transaction():
            experiments.judge_cell(self._database, experiment_id, cell, judgement)

    def vote(self, experiment_id: str, match: Match, winner: Winner) -> BlindVote:
        """Keep a blind vote, and the preference that it is; in place of one before. Raises NotFound."""
        with self.transaction():
            return votes.vote(self._database, experiment_id, match, winner)

    def take_back_vote(self, experiment_id: str, match: Match) -> None:
        """Take a blind vote back; the preference between the two runs is as it was before."""
        with self.transaction():
            votes.take_back(self._database, experiment_id, match)

    def votes(self, experiment_id: str) -> tuple[BlindVote, ...]:
        """All blind votes on an experiment, oldest first."""
        return votes.votes(self._database, experiment_id)

    def pass_history(self, experiment_id: str, limit: int = 30) -> tuple[PassCounts, ...]:
        """How the columns of an experiment, and of those it is a repetition of, passed; oldest first."""
        with self.snapshot():
            return pass_history.counts(self._database, experiment_id, limit)

    def experiment_ratings(self, experiment_id: str) -> Mapping[str, Rating]:
        """What a person thinks of an experiment's answers, by run; those without a rating are left out."""
        with self.snapshot():
            return ratings.of_experiment(self._database, experiment_id)

    def answer(self, request: bytes) -> Run | None:
        """The run that answered this request before; None for none."""
        with self.snapshot():
            return answers.find(self._database, request)

    def answered(self, requests: Iterable[bytes]) -> frozenset[bytes]:
        """Those of these requests that were answered before."""
        with self.snapshot():
            return answers.answered(self._database, requests)

    def keep_answer(self, request: bytes, run_id: str) -> None:
        """Remember that a run answered a request."""
        with self.transaction():
            answers.keep(self._database, request, run_id)

    def begin_batch(self, batch: Batch) -> None:
        """Note a batch of cells before anything of it is sent."""
        with self.transaction():
            batches.begin(self._database, batch)

    def note_batch(self, batch_id: str, *, state: BatchState, input_file: str = "", remote_id: str = "") -> None:
        """Keep how far a batch is, and what its server calls it."""
        with self.transaction():
            batches.note(self._database, batch_id, state=state, input_file=input_file, remote_id=remote_id)

    def open_batches(self, experiment_id: str) -> tuple[Batch, ...]:
        """The batches of an experiment that its server still answers, oldest first."""
        with self.snapshot():
            return batches.open_ones(self._database, experiment_id)

    # Spending

    def spent_since(self, moment: datetime) -> float:
        """US dollars of all runs since then; those of unknown price count nothing."""
        with self.snapshot():
            return spending.since(self._database, moment)

    def experiment_cost(self, experiment_id: str) -> tuple[float, int]:
        """US dollars that an experiment's own answers and its judges cost, and how many have no known price."""
        with self.snapshot():
            return spending.of_experiment(self._database, experiment_id)

    def note_asked(self, experiment_id: str, run_id: str) -> None:
        """Note a run that an experiment asks for beside its cells, such as a judge's, before it is asked for."""
        with self.transaction():
            spending.note_asked(self._database, experiment_id, run_id)

    # Files whose checks may run

    def trust_file(self, path: str, sha256: str) -> None:
        """Let checks run the file of a path for as long as it says what it does now."""
        with self.transaction():
            trust.trust(self._database, path, sha256)

    def distrust_file(self, path: str) -> None:
        """Let checks run a file no more. Raises NotFound for one that was not trusted."""
        with self.transaction():
            trust.distrust(self._database, path)

    def trusted_files(self) -> tuple[TrustedFile, ...]:
        """The files that checks may run, by path."""
        return trust.all_files(self._database)

    def trust_in(self, path: str, sha256: str) -> Trust:
        """Whether checks may run a file with this content."""
        return trust.of_file(self._database, path, sha256)
