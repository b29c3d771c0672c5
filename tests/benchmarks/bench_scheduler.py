"""What an experiment costs a local model: the same cells as an experiment and straight at the engine.

`python -m tests.benchmarks.bench_scheduler [--cells 48] [--rounds 3]` prints a Markdown table. The cells share a
beginning of 776 tokens and have eight of their own, the answers are 64 tokens long. One side asks the provider
for all of them at once and keeps nothing. The other is an experiment of the workspace: looked for in the cache of
answers, scheduled, streamed, stored, checked, its verdicts stored. Each side has a worker process and a model of
its own with the same options; they take turns, every round with a beginning that neither has seen. The ratio is
the median over the rounds of the engine's seconds to the experiment's. Only an idle machine tells the truth.
"""

from __future__ import annotations

import argparse
import statistics
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path

from tests.benchmarks.bench_matrix import ANSWER, FILL, GREEDY, OWN, SENTENCE, SHARED, run
from workbench.core.case import Case
from workbench.core.check import Check
from workbench.core.completion import Message, Request
from workbench.core.experiment import CellRecord, Experiment, Variant
from workbench.core.identifier import new_id
from workbench.core.prompt import Prompt
from workbench.models.starter import starter_path
from workbench.providers.llamacpp import LlamaCpp
from workbench.running import Workspace
from workbench.running.experiment import Options

BOUND = 0.95


@dataclass(frozen=True)
class Matrix:
    """Cells that nobody has computed yet."""

    edition: int
    cells: int

    @property
    def rules(self) -> str:
        """What all cells begin with; of the same length in every edition."""
        return f"Edition {self.edition}. {SENTENCE * 37}Parrots" + " and" * FILL

    @property
    def numbers(self) -> range:
        """What tells the cells apart; one token each."""
        return range(100, 100 + self.cells)


def engine_seconds(workspace: Workspace, provider: LlamaCpp, matrix: Matrix) -> float:
    """All cells straight to the provider, at once."""
    requests = [
        Request("", (Message("system", matrix.rules), Message("user", f"Story {number}")), GREEDY)
        for number in matrix.numbers
    ]
    done = workspace.loop.submit(run(provider, requests)).result()
    assert done.tokens == matrix.cells * ANSWER, "an answer ended by itself; the sides differ"
    return done.seconds


def experiment_seconds(workspace: Workspace, matrix: Matrix) -> float:
    """The same cells as an experiment."""
    prompt = Prompt(system=matrix.rules, user="Story {{number}}")
    cases = tuple(Case(f"c{number}", {"number": str(number)}) for number in matrix.numbers)
    checks = (Check("length", {"min": 1, "unit": "words"}), Check("contains", "xyzzy", negated=True))
    experiment = Experiment(new_id(), "Bench", (Variant("v", prompt, "starter", GREEDY),), cases, checks)
    workspace.store.write(lambda store: store.save_experiment(experiment)).result()
    began = time.perf_counter()
    workspace.experiments.start(experiment.id, lambda cell, event: None, Options()).done.result()
    spent = time.perf_counter() - began
    records = workspace.store.read(lambda store: store.cells(experiment.id)).result()
    assert all(_is_whole(record) for record in records)
    return spent


def _is_whole(record: CellRecord) -> bool:
    usage, judgement = record.usage, record.judgement
    sizes = (usage.prompt_tokens, usage.completion_tokens) if usage else ()
    return bool(sizes == (SHARED + OWN, ANSWER) and judgement and judgement.passed and not record.cached)


def measured(folder: Path, cells: int, rounds: int) -> list[tuple[float, float]]:
    """Seconds of the engine and of the experiment, round by round."""
    workspace = Workspace(folder / "workspace.db")
    workspace.start().result()
    options = workspace.loop.submit(workspace.catalog.load_options()).result()
    provider = LlamaCpp(starter_path(), options=options)
    try:
        pairs = [
            (engine_seconds(workspace, provider, matrix), experiment_seconds(workspace, matrix))
            for matrix in (Matrix(edition, cells) for edition in range(1, rounds + 2))
        ]
        workspace.loop.submit(provider.close()).result()
    finally:
        workspace.close()
    return pairs[1:]  # in the first one each side loaded its model


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--cells", type=int, default=48)
    parser.add_argument("--rounds", type=int, default=3)
    chosen = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        pairs = measured(Path(folder), chosen.cells, chosen.rounds)
    engine, experiment = (statistics.median(side) for side in zip(*pairs, strict=True))
    ratio = statistics.median(alone / whole for alone, whole in pairs)
    met = "" if ratio >= BOUND else " **missed**"
    print(f"| {chosen.cells} cells, {SHARED} shared tokens, {OWN} own, {ANSWER} of answer | measured | bound |")
    print("|---|---|---|")
    print(f"| straight at the engine | {engine:.2f} s | |")
    print(f"| as an experiment: scheduled, stored, checked | {experiment:.2f} s | |")
    print(f"| ratio of speeds, median of the rounds | {ratio:.3f} | ≥ {BOUND}{met} |")


if __name__ == "__main__":
    main()
