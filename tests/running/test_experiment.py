"""An experiment is asked through to its end, judged, resumed, stopped; every cell once."""

from __future__ import annotations

import threading
from collections import Counter
from collections.abc import Callable
from concurrent.futures import Future
from dataclasses import dataclass, field, replace
from typing import Any

import pytest

from tests.loopback import Reply, Stall, answer, chunk, error, event, stream
from tests.running.conftest import Runner
from workbench.core.case import Case
from workbench.core.check import Check
from workbench.core.completion import Event, GenerationConfig
from workbench.core.experiment import Cell, CellRecord, Experiment, Variant, outcome
from workbench.core.identifier import new_id
from workbench.core.prompt import Prompt
from workbench.errors import MissingVariables, NotFound, UserError
from workbench.running.experiment import Ending, ExperimentHandle, Options

PROMPT = Prompt(user="Say {{word}}")


def an_experiment(cases: int = 6, *models: str, **changes: Any) -> Experiment:
    """Every case expects its own word in the answer."""
    variants = tuple(Variant(f"v{n}", PROMPT, model) for n, model in enumerate(models or ("lab:tiny",)))
    rows = tuple(Case(f"c{n}", {"word": f"word{n}"}, f"word{n}") for n in range(cases))
    made = Experiment(new_id(), "Words", variants, rows, (Check("contains"),))
    return replace(made, **changes)


@dataclass
class Bench:
    """Experiments in the runner's workspace."""

    runner: Runner
    heard: list[tuple[Cell, Event | CellRecord]] = field(default_factory=list)
    on_record: Callable[[CellRecord], None] = lambda record: None

    def listen(self, cell: Cell, event: Event | CellRecord) -> None:
        self.heard.append((cell, event))
        if isinstance(event, CellRecord):
            self.on_record(event)

    def save(self, experiment: Experiment) -> Experiment:
        self.runner.workspace.store.write(lambda store: store.save_experiment(experiment)).result(10)
        return experiment

    def start(self, experiment: Experiment, **options: Any) -> ExperimentHandle:
        return self.runner.workspace.experiments.start(experiment.id, self.listen, Options(**options))

    def run(self, experiment: Experiment, **options: Any) -> Ending:
        return self.start(experiment, **options).done.result(60)

    def cells(self, experiment: Experiment) -> tuple[CellRecord, ...]:
        return self.runner.workspace.store.read(lambda store: store.cells(experiment.id)).result(10)

    def asked(self) -> Counter[str]:
        """How often the server was asked for each text."""
        return Counter(seen.body["messages"][-1]["content"] for seen in self.runner.server.chats)


@pytest.fixture
def bench(runner: Runner) -> Bench:
    return Bench(runner)


def test_every_cell_is_asked_once_stored_and_judged(bench: Bench) -> None:
    experiment = bench.save(an_experiment(20, repeat=2))
    assert bench.run(experiment) == Ending()
    records = bench.cells(experiment)
    assert [record.state for record in records] == ["done"] * 40
    assert all(record.judgement and record.judgement.passed for record in records)
    assert len({record.run_id for record in records}) == 40
    assert bench.asked() == Counter({f"Say word{n}": 2 for n in range(20)})
    heard = {event.cell: event for _, event in bench.heard if isinstance(event, CellRecord)}
    assert heard == {record.cell: record for record in records}


def test_what_an_answer_lacks_fails_its_cell(bench: Bench) -> None:
    experiment = bench.save(an_experiment(2, checks=(Check("contains", "word1"),)))
    bench.run(experiment)
    passed = [record.judgement.passed for record in bench.cells(experiment) if record.judgement]
    assert passed == [False, True]


def test_the_same_request_is_not_sent_again(bench: Bench) -> None:
    first, second = bench.save(an_experiment()), bench.save(an_experiment())
    bench.run(first)
    bench.run(second)
    assert len(bench.runner.server.chats) == 6
    again = bench.cells(second)
    assert all(record.cached and record.state == "done" and record.judgement for record in again)
    assert [one.run_id for one in again] == [one.run_id for one in bench.cells(first)]


@pytest.mark.parametrize(
    "change",
    [
        {"variants": (Variant("v0", PROMPT, "lab:large"),)},
        {"variants": (Variant("v0", PROMPT, "lab:tiny", GenerationConfig(temperature=0.5)),)},
        {"variants": (Variant("v0", replace(PROMPT, system="Be brief."), "lab:tiny"),)},
    ],
)
def test_a_request_that_differs_is_sent(bench: Bench, change: dict[str, Any]) -> None:
    bench.run(bench.save(an_experiment(2)))
    bench.run(bench.save(an_experiment(2, **change)))
    assert len(bench.runner.server.chats) == 4


def test_another_chat_template_or_way_of_loading_is_another_model(bench: Bench) -> None:
    short = GenerationConfig(max_tokens=2, temperature=0, seed=1)
    variants = (Variant("v0", PROMPT, "starter", short),)
    first, again, changed = (bench.save(an_experiment(1, variants=variants, checks=())) for _ in range(3))
    bench.run(first)
    bench.run(again)
    assert [one.cached for one in bench.cells(again)] == [True]
    workspace = bench.runner.workspace
    workspace.loop.submit(workspace.catalog.set_load_options(context=512)).result(20)
    bench.run(changed)
    assert [(one.cached, one.state) for one in bench.cells(changed)] == [(False, "done")]


def test_without_the_cache_everything_is_asked(bench: Bench) -> None:
    bench.run(bench.save(an_experiment(2)))
    bench.run(bench.save(an_experiment(2)), cache=False)
    assert len(bench.runner.server.chats) == 4


def test_going_on_with_what_is_finished_asks_nothing(bench: Bench) -> None:
    experiment = bench.save(an_experiment())
    bench.run(experiment)
    bench.run(experiment, cache=False)
    assert len(bench.runner.server.chats) == 6


def test_an_answer_that_nobody_judged_is_judged_without_being_asked_for(bench: Bench) -> None:
    experiment = bench.save(an_experiment(1))
    run = bench.runner
    run.start("Say word0")
    made = run.ended()
    store = run.workspace.store
    store.write(lambda store: store.begin_cell(experiment.id, Cell("v0", "c0"), made.id)).result(10)
    bench.run(experiment)
    (record,) = bench.cells(experiment)
    assert (record.run_id, record.judgement and record.judgement.passed) == (made.id, True)
    assert len(run.server.chats) == 1


def test_failed_cells_stay_failed_until_errors_are_asked_again(bench: Bench) -> None:
    experiment = bench.save(an_experiment(3))
    bench.runner.server.script(*[error(400, "Bad luck")] * 3)
    bench.run(experiment)
    failed = bench.cells(experiment)
    assert [record.state for record in failed] == ["failed"] * 3
    assert "Bad luck" in (failed[0].error or "")
    bench.run(experiment)
    assert len(bench.runner.server.chats) == 3
    bench.run(experiment, retry_errors=True)
    assert [record.state for record in bench.cells(experiment)] == ["done"] * 3


def test_a_model_that_cannot_answer_at_all_is_given_up_and_others_go_on(bench: Bench) -> None:
    experiment = bench.save(an_experiment(200, "lab:fault-404", "lab:tiny"))
    ending = bench.run(experiment, concurrency=4)
    assert list(ending.given_up) == ["lab:fault-404"]
    good, bad = (
        [record.state for record in bench.cells(experiment) if record.cell.variant == variant]
        for variant in ("v1", "v0")
    )
    assert good == ["done"] * 200
    assert bad.count("failed") <= 70
    assert bad.count("waiting") == 200 - bad.count("failed")


def test_an_unknown_profile_is_given_up_with_its_reason(bench: Bench) -> None:
    experiment = bench.save(an_experiment(3, "nowhere:tiny"))
    ending = bench.run(experiment, concurrency=2)
    assert "nowhere" in ending.given_up["nowhere:tiny"]


def test_stopping_keeps_what_is_finished_and_resuming_asks_for_the_rest(bench: Bench) -> None:
    experiment = bench.save(an_experiment(30))
    hanging: tuple[Reply, ...] = (stream(event(chunk({"content": "Half"})), Stall()),) * 4
    bench.runner.server.script(*[answer(f"word{n}") for n in range(3)], *hanging)
    handle = bench.start(experiment, concurrency=4)
    bench.runner.server.wait_until(lambda server: len(server.chats) == 7)
    handle.stop()
    assert handle.done.result(30).stopped
    before = bench.cells(experiment)
    kept = {record.cell: record.run_id for record in before if record.state == "done"}
    assert len(kept) == 3
    assert bench.run(experiment) == Ending()
    after = bench.cells(experiment)
    assert [record.state for record in after] == ["done"] * 30
    assert {record.cell: record.run_id for record in after if record.cell in kept} == kept


def test_a_server_that_refuses_most_requests_is_asked_more_slowly_until_all_is_done(bench: Bench) -> None:
    """Every third request is refused; no cell fails and none is answered twice."""
    experiment = bench.save(an_experiment(60))
    refusal = error(429, "Slow down")
    texts = (answer(f"word{n}") for n in range(60))
    bench.runner.server.script(*[reply for text in texts for reply in (text, refusal)][:90])
    bench.run(experiment, concurrency=16)
    records = bench.cells(experiment)
    assert [record.state for record in records] == ["done"] * 60
    refused = len(bench.runner.server.chats) - 60
    assert refused == 45


def test_different_profiles_go_on_side_by_side(bench: Bench) -> None:
    """One that never answers holds nothing of the other up."""
    experiment = bench.save(an_experiment(5, "lab:fault-stall", "echo:m"))
    echoed: Future[None] = Future()
    done = Counter[str]()

    def count(record: CellRecord) -> None:
        done[record.cell.variant] += record.state == "done"
        if done["v1"] == 5 and not echoed.done():
            echoed.set_result(None)

    bench.on_record = count
    handle = bench.start(experiment, concurrency=2)
    echoed.result(30)
    handle.stop()
    handle.done.result(30)
    assert outcome(experiment, bench.cells(experiment)).columns[1].done == 5


def test_two_local_models_are_loaded_one_after_the_other(bench: Bench) -> None:
    """The cells of one file stand together even when the columns alternate."""
    short = GenerationConfig(max_tokens=3, temperature=0)
    variants = tuple(Variant(f"v{n}", PROMPT, "starter", replace(short, seed=n)) for n in range(2))
    experiment = bench.save(an_experiment(3, variants=variants, checks=()))
    bench.run(experiment)
    assert [record.state for record in bench.cells(experiment)] == ["done"] * 6


def test_what_cannot_be_run_is_said_before_anything_is_asked(bench: Bench) -> None:
    missing = an_experiment(2)
    cases = (*missing.cases, Case("odd", {}, name="the odd one"))
    experiment = bench.save(replace(missing, cases=cases))
    with pytest.raises(UserError, match=r"the odd one of tiny: No value for \{\{word\}\}") as caught:
        bench.run(experiment)
    assert isinstance(caught.value.__cause__, MissingVariables)
    with pytest.raises(UserError, match="no check 'nonsense'"):
        bench.run(bench.save(an_experiment(1, checks=(Check("nonsense"),))))
    with pytest.raises(NotFound):
        bench.run(an_experiment())
    assert bench.runner.server.chats == []


def test_only_chosen_cells_are_asked(bench: Bench) -> None:
    experiment = bench.save(an_experiment(5))
    bench.run(experiment, only=frozenset({Cell("v0", "c3")}))
    assert bench.asked() == Counter({"Say word3": 1})


def test_a_bug_of_the_listener_ends_the_experiment_and_not_the_program(bench: Bench) -> None:
    experiment = bench.save(an_experiment(3))

    def broken(record: CellRecord) -> None:
        raise RuntimeError("a bug")

    bench.on_record = broken
    with pytest.raises(RuntimeError, match="a bug"):
        bench.run(experiment)
    bench.on_record = lambda record: None
    bench.run(experiment)
    assert [record.state for record in bench.cells(experiment)] == ["done"] * 3


def test_events_come_while_a_cell_streams(bench: Bench) -> None:
    experiment = bench.save(an_experiment(1))
    begun = threading.Event()
    bench.runner.server.script(stream(event(chunk({"content": "Half"})), Stall()))

    def listen(cell: Cell, event: Event | CellRecord) -> None:
        begun.set()

    handle = bench.runner.workspace.experiments.start(experiment.id, listen)
    assert begun.wait(20)
    handle.stop()
    assert handle.done.result(20).stopped
