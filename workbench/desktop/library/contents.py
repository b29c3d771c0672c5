"""What the workspace holds, as rows of the library. Asked on the store's reader thread, so without Qt."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from workbench.core.case import Case, TestSet
from workbench.core.pictures.figures import counted
from workbench.desktop.library.tree import Item
from workbench.running import ModelChoice
from workbench.store import ExperimentSummary, Hit, PlanSummary, PromptSummary, Store

_LONGEST = 80


@dataclass(frozen=True, slots=True)
class Contents:
    """The groups of the library that the store knows."""

    prompts: tuple[Item, ...]
    test_sets: tuple[Item, ...]
    experiments: tuple[Item, ...]


def read_contents(store: Store) -> Contents:
    """Prompts and test sets as rows."""
    return Contents(
        prompts=tuple(prompt_item(prompt) for prompt in store.prompts()) or (_NO_PROMPT,),
        test_sets=tuple(test_set_item(test_set) for test_set in store.test_sets()) or (_NO_TEST_SET,),
        experiments=experiment_items(store.plans(), store.suite_runs()) or (_NO_EXPERIMENT,),
    )


_NO_PROMPT = Item(
    "hint", "new_prompt", "Write the first prompt", tip="No prompt is in this workspace yet.", icon="add"
)
_NO_TEST_SET = Item(
    "hint",
    "import",
    "Import cases from a file",
    tip="A test set holds values for a prompt's variables, with the answers that are expected: CSV or JSONL.",
    icon="import",
)


_NO_EXPERIMENT = Item(
    "hint",
    "new_experiment",
    "Compare prompts and models",
    tip="An experiment runs prompts side by side on the cases of a test set, and says which is better.",
    icon="add",
)


def prompt_item(prompt: PromptSummary) -> Item:
    """A prompt with its label and the number of its newest version."""
    version = f"v{prompt.versions}" if prompt.versions else "draft"
    note = f"{prompt.label} · {version}" if prompt.label else version
    return Item("prompt", prompt.id, prompt.name, note, prompt.description or prompt.name)


def test_set_item(test_set: TestSet) -> Item:
    """A test set with its cases."""
    cases = tuple(case_item(number, case) for number, case in enumerate(test_set.cases, 1))
    return Item("test_set", test_set.id, test_set.name, f"{len(cases):,}", children=cases)


def case_item(number: int, case: Case) -> Item:
    """A case by its name, or by what it holds."""
    shown = case.name or " · ".join(case.values.values()) or "no values"
    tip = "\n".join(f"{name}: {value[:200]}" for name, value in case.values.items())
    return Item("case", case.id, f"{number}  {one_line(shown)}", "", tip)


def experiment_items(plans: Sequence[PlanSummary], runs: Sequence[ExperimentSummary]) -> tuple[Item, ...]:
    """Experiments by name, then the runs of suites that were never opened here."""
    return (
        *(Item("experiment", plan.id, plan.name, plan_note(plan), plan_tip(plan)) for plan in plans),
        *(
            Item("suite_run", run.id, run.name, run_note(run), f"{run.name}\nRun from {run.source or 'a suite'}")
            for run in runs
        ),
    )


def plan_note(plan: PlanSummary) -> str:
    """How far its newest run is, or what came out."""
    return run_note(plan.last) if plan.last else "not run"


def plan_tip(plan: PlanSummary) -> str:
    """The experiment in two lines."""
    runs = f"{plan.runs} run{'' if plan.runs == 1 else 's'}"
    return f"{plan.name}\n{runs if plan.runs else 'Not run yet'}"


def run_note(run: ExperimentSummary) -> str:
    """How far a run is, or what came out."""
    if run.done + run.failed < run.cells:
        return f"{run.done:,}/{run.cells:,}"
    if not run.done:
        return "failed"
    errors = f" · {counted(run.failed, 'error')}" if run.failed else ""
    return f"{'✓' if run.passed else '✗'} {round(100 * run.passed / run.done)}%{errors}"


def model_items(choices: Sequence[ModelChoice]) -> tuple[Item, ...]:
    """The models on offer, local ones first, and the ways to more."""
    return (
        *(
            Item(
                "model",
                choice.reference,
                choice.title,
                _PLACES.get(choice.place, ""),
                choice.note or choice.reference,
            )
            for choice in choices
        ),
        Item("hint", "models", "Add a local model…", tip="Open or drop a .gguf file", icon="add"),
        Item("hint", "servers", "Add a server…", tip="Any OpenAI-compatible server", icon="add"),
    )


_PLACES = {"starter": "built in", "local": "local", "profile": "cloud"}


def hit_item(hit: Hit) -> Item:
    """Something that a search found in a text."""
    return Item("found", f"{hit.kind}:{hit.owner or hit.id}:{hit.id}", one_line(hit.title), hit.kind, hit.excerpt)


def one_line(text: str) -> str:
    """The first words of a text, for a row."""
    line = " ".join(text[: 4 * _LONGEST].split())
    return line if len(line) <= _LONGEST else f"{line[:_LONGEST]}…"
