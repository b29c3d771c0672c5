"""A workspace file, as the rest of the program asks it: one method a question."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any

from workbench.core.case import Case, TestSet
from workbench.core.completion import GenerationConfig
from workbench.core.profile import Profile
from workbench.core.prompt import Prompt
from workbench.core.run import Preference, RatedRun, Rating, Run
from workbench.core.starter import StarterPrompt
from workbench.core.version import PromptVersion
from workbench.store import (
    opening,
    prompts,
    ratings,
    runs,
    search,
    settings,
    test_sets,
    versions,
)
from workbench.store.records import (
    Hit,
    PromptRecord,
    PromptSummary,
    RunFilter,
    RunSummary,
    TestSetSummary,
)
from workbench.store.text import excerpt
from workbench.store.trials import Trials

_SEEDED = "starter_prompts_seeded"


class Store(Trials):
    """An open workspace; it belongs to the thread that opened it.

    Every method that writes is one transaction, or a part of the one around it (`transaction`), and is on the
    disk when that ends. Every method raises StoreError when the file cannot be read or written.
    """

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
