"""What a grid shows of an experiment's answers."""

from __future__ import annotations

from dataclasses import replace

from tests.store.samples import GREETING, ODD_TEXTS, a_run
from workbench.core.case import Case
from workbench.core.experiment import Cell, Experiment, Variant
from workbench.core.identifier import new_id
from workbench.core.prompt import ChainOfThought
from workbench.core.run import Run
from workbench.store import Store

THINKING = replace(GREETING, chain_of_thought=ChainOfThought(mode="instruction", marker="Answer:"))


def an_experiment(store: Store) -> Experiment:
    variants = (Variant("plain", GREETING, "echo:a"), Variant("thinks", THINKING, "echo:a"))
    made = Experiment(new_id(), "Greetings", variants, (Case("1", {"name": "Ada", "greeting": "Hi"}),))
    store.save_experiment(made)
    return made


def answered(store: Store, experiment: Experiment, variant: str, text: str) -> Run:
    prompt = next(one.prompt for one in experiment.variants if one.id == variant)
    run = a_run(text, prompt=prompt)
    store.begin_cell(experiment.id, Cell(variant, "1"), run.id)
    store.finish_run(run)
    return run


def test_the_beginning_of_an_answer_is_told_from_its_reasoning(store: Store) -> None:
    experiment = an_experiment(store)
    plain = answered(store, experiment, "plain", "Hello. " * 1_000)
    thinks = answered(store, experiment, "thinks", "Let me see.\nAnswer: Hello Ada")
    texts = store.cell_texts([plain.id, thinks.id, "no such run"])
    assert texts == {plain.id: ("Hello. " * 1_000)[:1_000], thinks.id: "Hello Ada"}


def test_answers_are_searched_as_a_whole_whatever_their_letters(store: Store) -> None:
    experiment = an_experiment(store)
    plain = answered(store, experiment, "plain", "x" * 5_000 + " STRASSE " + ODD_TEXTS["nul"])
    answered(store, experiment, "thinks", "the Straße is not in the answer.\nAnswer: no")
    found = store.cells_saying(experiment.id, "straße")
    assert list(found) == [plain.id]
    assert found[plain.id] == "…STRASSE before\x00behind the nul"
    assert store.cells_saying(experiment.id, "nowhere") == {}


def test_only_the_experiments_answers_are_searched(store: Store) -> None:
    experiment = an_experiment(store)
    answered(store, experiment, "plain", "something else")
    store.finish_run(a_run("a needle"))
    assert store.cells_saying(experiment.id, "needle") == {}
