"""A workspace file, as the rest of the program asks it: one method a question."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from contextlib import AbstractContextManager
from datetime import datetime
from pathlib import Path
from types import TracebackType
from typing import Any, Self

from workbench.core.batch import Batch, BatchState
from workbench.core.blind import BlindVote, Match, Winner
from workbench.core.case import Case, TestSet
from workbench.core.check import Judgement
from workbench.core.completion import GenerationConfig
from workbench.core.experiment import Cell, CellRecord, Experiment
from workbench.core.plan import Plan
from workbench.core.profile import Profile
from workbench.core.prompt import Prompt
from workbench.core.run import Preference, RatedRun, Rating, Run
from workbench.core.starter import StarterPrompt
from workbench.core.trust import Trust, TrustedFile
from workbench.core.version import PromptVersion
from workbench.store import (
    answers,
    batches,
    cell_texts,
    experiments,
    opening,
    pass_history,
    plans,
    prompts,
    ratings,
    runs,
    search,
    settings,
    spending,
    test_sets,
    trust,
    versions,
    votes,
)
from workbench.store.database import Database
from workbench.store.pass_history import PassCounts
from workbench.store.records import (
    Changed,
    ExperimentSummary,
    Hit,
    PlanSummary,
    PromptRecord,
    PromptSummary,
    RunFilter,
    RunSummary,
    TestSetSummary,
    UsualAnswer,
)
from workbench.store.text import excerpt

_SEEDED = "starter_prompts_seeded"


class Store:
    """An open workspace; it belongs to the thread that opened it.

    Every method that writes is one transaction, or a part of the one around it (`transaction`), and is on the
    disk when that ends. Every method raises StoreError when the file cannot be read or written.
    """

    def __init__(self, database: Database) -> None:
        self._database = database

    @classmethod
    def open(cls, path: Path, *, read_only: bool = False) -> Store:
        """Open or make a workspace: checked, backed up, upgraded, lost answers recovered.

        Raises StoreError for a file that is newer, damaged (then set aside), of another program, or that
        cannot be written.
        """
        store = cls(opening.open_database(path, read_only=read_only))
        if not read_only:
            try:
                store.recover_lost_runs()
            except BaseException:
                store.close()
                raise
        return store

    @property
    def path(self) -> Path:
        """The workspace file."""
        return self._database.path

    def close(self) -> None:
        """Let go of the file."""
        self._database.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def transaction(self) -> AbstractContextManager[None]:
        """Several writes as one: all of them, or none when anything is raised inside."""
        return self._database.transaction()

    def snapshot(self) -> AbstractContextManager[None]:
        """Several questions about one moment, whatever is written meanwhile."""
        return self._database.snapshot()

    @property
    def in_transaction(self) -> bool:
        """Whether a transaction is open; SQLite ends one by itself when the disk is full."""
        return self._database.connection.in_transaction

    def take_changes(self) -> tuple[Changed, ...]:
        """What was committed since the last call, each thing once."""
        return self._database.take_changes()

    def data_version(self) -> int:
        """A number that differs from the last answer when another connection wrote to the file meanwhile."""
        # Within a snapshot the number is as old as the last read, so read something.
        self._database.row("SELECT 1 FROM sqlite_schema")
        return int(self._database.one("PRAGMA data_version")[0])

    # Prompts

    def create_prompt(
        self,
        name: str,
        prompt: Prompt,
        *,
        values: Mapping[str, str] | None = None,
        config: GenerationConfig | None = None,
        description: str = "",
    ) -> PromptRecord:
        """A new prompt. Raises UserError when the name is taken or empty (see `free_name`)."""
        with self.transaction():
            return prompts.create(
                self._database,
                name,
                prompt,
                values=values or {},
                config=config or GenerationConfig(),
                description=description,
            )

    def free_name(self, wanted: str) -> str:
        """The wanted name of a prompt, with a number behind it when it is taken."""
        return prompts.free_name(self._database, wanted)

    def prompts(self) -> tuple[PromptSummary, ...]:
        """All prompts that are not archived, by name."""
        return prompts.summaries(self._database)

    def prompt(self, name_or_id: str) -> PromptRecord:
        """The prompt of a name, an id or at least six first digits of one. Raises NotFound with near names."""
        with self.snapshot():
            return prompts.find(self._database, name_or_id)

    def save_draft(
        self,
        prompt_id: str,
        prompt: Prompt,
        values: Mapping[str, str],
        config: GenerationConfig,
        *,
        base_version: str | None = None,
    ) -> None:
        """Keep what is in the editor; `base_version` names the version it goes on from now, None keeps that."""
        with self.transaction():
            prompts.save_draft(self._database, prompt_id, prompt, values, config, base_version=base_version)

    def rename_prompt(self, prompt_id: str, name: str) -> None:
        """Give a prompt another name. Raises UserError when it is taken or empty."""
        with self.transaction():
            prompts.rename(self._database, prompt_id, name)

    def archive_prompt(self, prompt_id: str) -> None:
        """Take a prompt out of the list; its versions and runs stay."""
        with self.transaction():
            prompts.archive(self._database, prompt_id, archived=True)

    def unarchive_prompt(self, prompt_id: str) -> None:
        """Put an archived prompt back into the list."""
        with self.transaction():
            prompts.archive(self._database, prompt_id, archived=False)

    def duplicate_prompt(self, prompt_id: str, name: str) -> PromptRecord:
        """A new prompt that begins with the draft of another."""
        with self.transaction():
            return prompts.duplicate(self._database, prompt_id, name)

    def seed_starter(self, starters: Iterable[StarterPrompt]) -> None:
        """Put the starter prompts with their cases into a workspace that never had them."""
        with self.transaction():
            if self.setting(_SEEDED):
                return
            for starter in starters:
                self._seed(starter)
            self.set_setting(_SEEDED, True)

    def _seed(self, starter: StarterPrompt) -> None:
        record = self.create_prompt(
            self.free_name(starter.name),
            starter.prompt,
            values=starter.values,
            config=starter.config,
            description=starter.description,
        )
        self.save_version(record.id, starter.prompt, "As it came with the program")
        if starter.cases:
            self.save_test_set(record.name, starter.cases, prompt_id=record.id)

    # Versions

    def save_version(self, prompt_id: str, prompt: Prompt, message: str) -> PromptVersion:
        """The version of this content: a new one, or the one that says the same already.

        Its parent is the version that the draft was edited from; the draft goes on from the saved one.
        """
        with self.transaction():
            return versions.save(self._database, prompt_id, prompt, message)

    def versions(self, prompt_id: str) -> tuple[PromptVersion, ...]:
        """A prompt's versions, newest first."""
        return versions.all_of(self._database, prompt_id)

    def version(self, prompt_id: str, spec: str) -> PromptVersion:
        """The version of `latest`, a label, a number (`3`, `v3`) or the first digits of an id. Raises NotFound."""
        with self.snapshot():
            return versions.find(self._database, prompt_id, spec)

    def label_version(self, prompt_id: str, version_id: str, label: str) -> None:
        """Put a label on a version, taking it off the one that had it; an empty one takes the version's off."""
        with self.transaction():
            versions.label(self._database, prompt_id, version_id, label)

    # Runs

    def begin_run(self, run: Run) -> None:
        """Note an answer that this process begins to write."""
        with self.transaction():
            runs.begin(self._database, run)

    def flush_run(self, run_id: str, text: str, reasoning: str) -> None:
        """Keep what has come of an answer so far: the whole of it, not what is new."""
        with self.transaction():
            runs.flush(self._database, run_id, text, reasoning)

    def finish_run(self, run: Run) -> None:
        """Insert a run, begun or not; finishing it again changes nothing."""
        with self.transaction():
            runs.finish(self._database, run)

    def recover_lost_runs(self) -> tuple[str, ...]:
        """Make runs of what processes that died left unfinished; their ids. Opening does it by itself."""
        if not runs.lost(self._database):
            return ()
        with self.transaction():
            return runs.recover(self._database)

    def run(self, run_id: str) -> RatedRun:
        """The run of an id or of at least six first digits of one. Raises NotFound."""
        with self.snapshot():
            return runs.find(self._database, run_id)

    def runs(
        self,
        *,
        before: str | None = None,
        limit: int = 100,
        prompt_id: str | None = None,
        query: str = "",
        only: RunFilter = "all",
    ) -> tuple[RunSummary, ...]:
        """A page of the history, newest first: runs made before the one with the id `before`.

        `query` finds parts of words in answers, reasoning, values, prompt names, models and errors; all of its
        words have to be there, words in double quotes together.
        """
        with self.snapshot():
            return runs.page(
                self._database, before=before, limit=limit, prompt_id=prompt_id, query=query, only=only
            )

    def search(self, query: str, *, limit: int = 50) -> tuple[Hit, ...]:
        """Prompts, versions and cases with the query in them, then runs; the newest of each first."""
        with self.snapshot():
            hits = search.library_hits(self._database, query, limit=limit)
            if not search.terms(query) or len(hits) >= limit:
                return hits
            found = self.runs(query=query, limit=limit - len(hits))
            return hits + tuple(
                Hit("run", run.id, run.prompt_id or "", f"{run.prompt_name} · {run.model}", excerpt(run.excerpt))
                for run in found
            )

    # What a person thinks of runs

    def rate(self, run_id: str, rating: Rating) -> None:
        """Keep a rating in place of the one before; an empty one takes it away."""
        with self.transaction():
            ratings.rate(self._database, run_id, rating)

    def rating(self, run_id: str) -> Rating:
        """The rating of a run; an empty one for none. Raises NotFound for no such run."""
        with self.snapshot():
            return ratings.rating(self._database, run_id)

    def prefer(self, better: str, worse: str) -> None:
        """Keep that one run is better than another; takes back the opposite."""
        with self.transaction():
            ratings.prefer(self._database, better, worse)

    def preferences(self) -> tuple[Preference, ...]:
        """All preferences, in the order in which they were decided."""
        return ratings.preferences(self._database)

    def rated_runs(self, *, prompt_id: str | None = None) -> Iterator[RatedRun]:
        """Runs with a rating, a golden answer or a preference, oldest first; read in batches, on this thread."""
        return runs.rated(self._database, prompt_id=prompt_id)

    # Test sets

    def save_test_set(self, name: str, cases: Iterable[Case], *, prompt_id: str | None = None) -> TestSet:
        """The test set of a name with these cases, in place of those that it had."""
        with self.transaction():
            return test_sets.save(self._database, name, cases, prompt_id=prompt_id)

    def test_sets(self) -> tuple[TestSet, ...]:
        """All test sets with their cases, by name."""
        with self.snapshot():
            return test_sets.all_sets(self._database)

    def test_set(self, name_or_id: str) -> TestSet:
        """The test set of a name, an id or the first digits of one. Raises NotFound."""
        with self.snapshot():
            return test_sets.find(self._database, name_or_id)

    def test_set_list(self) -> tuple[TestSetSummary, ...]:
        """All test sets without their cases, by name."""
        with self.snapshot():
            return test_sets.summaries(self._database)

    def new_test_set(self, name: str, cases: Iterable[Case] = (), *, prompt_id: str | None = None) -> TestSet:
        """A test set of its own; a number follows the name when there is one of that name already."""
        with self.transaction():
            return test_sets.create(self._database, name, cases, prompt_id=prompt_id)

    def save_cases(self, test_set_id: str, cases: Iterable[Case], columns: Iterable[str]) -> str:
        """Give a test set these cases and columns, writing only what differs, and tell the moment.

        Raises NotFound and UserError.
        """
        with self.transaction():
            return test_sets.save_cases(self._database, test_set_id, cases, columns)

    def test_set_state(self, test_set_id: str) -> tuple[str, str] | None:
        """The name of a test set and the moment when its cases were saved last; None when it is gone."""
        with self.snapshot():
            return test_sets.state(self._database, test_set_id)

    def rename_test_set(self, test_set_id: str, name: str) -> None:
        """Call it something else. Raises UserError when another one has the name."""
        with self.transaction():
            test_sets.rename(self._database, test_set_id, name)

    def delete_test_set(self, test_set_id: str) -> None:
        """Forget a test set with its cases; experiments keep theirs."""
        with self.transaction():
            test_sets.delete(self._database, test_set_id)

    def test_set_for(self, prompt_id: str) -> TestSet | None:
        """The test set last saved for a prompt, if it has one."""
        with self.snapshot():
            return test_sets.of_prompt(self._database, prompt_id)

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
        """US dollars that an experiment's own answers cost, and how many of them have no known price."""
        with self.snapshot():
            return spending.of_experiment(self._database, experiment_id)

    # Profiles, settings, local models

    def profiles(self) -> tuple[Profile, ...]:
        """All profiles, by name."""
        return settings.profiles(self._database)

    def profile(self, name: str) -> Profile:
        """The profile of a name. Raises NotFound."""
        with self.snapshot():
            return settings.profile(self._database, name)

    def save_profile(self, profile: Profile) -> None:
        """Keep a profile in place of the one of its name. Raises UserError for a bad name or address."""
        with self.transaction():
            settings.save_profile(self._database, profile)

    def delete_profile(self, name: str) -> None:
        """Forget a profile; its runs stay."""
        with self.transaction():
            settings.delete_profile(self._database, name)

    def setting(self, name: str, default: Any = None) -> Any:
        """A setting's value, or the default."""
        return settings.setting(self._database, name, default)

    def set_setting(self, name: str, value: Any) -> None:
        """Keep a setting; any JSON data."""
        with self.transaction():
            settings.set_setting(self._database, name, value)

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

    def local_models(self) -> tuple[str, ...]:
        """Paths of the model files that were added, in the order of adding."""
        return settings.local_models(self._database)

    def add_local_model(self, path: str) -> None:
        """Remember a model file; it stays where it is."""
        with self.transaction():
            settings.add_local_model(self._database, path)

    def remove_local_model(self, path: str) -> None:
        """Forget a model file; it is not deleted."""
        with self.transaction():
            settings.remove_local_model(self._database, path)
