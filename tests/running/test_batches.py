"""Experiments through a provider's batch API: sent once, whatever happens, and every answer taken."""

from __future__ import annotations

import signal
import subprocess
import sys
from collections import Counter
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from tests.loopback_batches import LoopbackBatches
from workbench.core.case import Case
from workbench.core.check import Check
from workbench.core.completion import GenerationConfig, Notice
from workbench.core.experiment import Cell, CellRecord, Experiment, Variant
from workbench.core.identifier import new_id
from workbench.core.profile import Profile
from workbench.core.prompt import Prompt
from workbench.core.run import Run
from workbench.running import Workspace
from workbench.running import batches as batches_module
from workbench.running.backoff import Backoff
from workbench.running.experiment import Ending, Options
from workbench.running.prices import Price, set_price
from workbench.store import Store

CELLS = 5


@pytest.fixture
def server() -> Iterator[LoopbackBatches]:
    with LoopbackBatches() as running:
        yield running


@pytest.fixture
def workspace(home: Path, server: LoopbackBatches) -> Iterator[Workspace]:
    opened = opened_workspace(home / "workspace.db")
    profile = Profile("lab", server.base_url)
    opened.store.write(lambda store: store.save_profile(profile)).result(10)
    yield opened
    opened.close()


def opened_workspace(path: Path) -> Workspace:
    workspace = Workspace(path, backoff=Backoff(first=0.01, longest=0.02))
    workspace.start().result(30)
    return workspace


def an_experiment(workspace: Workspace, cases: int = CELLS, model: str = "lab:tiny") -> Experiment:
    rows = tuple(Case(f"c{n}", {"word": f"word{n}"}, f"word{n}") for n in range(cases))
    variant = Variant("v", Prompt(user="Say {{word}}"), model, GenerationConfig(max_tokens=50))
    experiment = Experiment(new_id(), "Words", (variant,), rows, (Check("contains"),))
    workspace.store.write(lambda store: store.save_experiment(experiment)).result(10)
    return experiment


def run(
    workspace: Workspace, experiment: Experiment, heard: list[object] | None = None, **options: object
) -> Ending:
    chosen = replace(Options(batch=True), **options)  # type: ignore[arg-type]
    told = heard if heard is not None else []
    handle = workspace.experiments.start(experiment.id, lambda _, event: told.append(event), chosen)
    return handle.done.result(60)


def cells(workspace: Workspace, experiment: Experiment) -> tuple[CellRecord, ...]:
    return workspace.store.read(lambda store: store.cells(experiment.id)).result(10)


def states(workspace: Workspace, experiment: Experiment) -> Counter[str]:
    return Counter(record.state for record in cells(workspace, experiment))


def stored(workspace: Workspace, record: CellRecord) -> Run:
    return workspace.store.read(lambda store: store.run(record.run_id or "")).result(10).run


def test_every_cell_is_answered_through_one_file_judged_and_stored(
    workspace: Workspace, server: LoopbackBatches
) -> None:
    experiment, heard = an_experiment(workspace), []
    assert run(workspace, experiment, heard) == Ending()
    records = cells(workspace, experiment)
    assert [record.state for record in records] == ["done"] * CELLS
    assert all(record.judgement and record.judgement.passed for record in records)
    assert len(server.uploads) == len(server.batches) == 1
    assert server.asked == Counter({f"Say word{n}": 1 for n in range(CELLS)})
    assert all("stream" not in body and body["max_tokens"] == 50 for body in server.bodies)
    kept = stored(workspace, records[2])
    assert (kept.text, kept.timings.total_ms) == ("Say word2", 90_000.0)  # as long as the batch took
    assert kept.details["batch"]["id"] == "batch_1"
    assert any(isinstance(event, Notice) and "In a batch at lab" in event.text for event in heard)
    assert not workspace.store.read(lambda store: store.open_batches(experiment.id)).result(10)


def test_answers_are_kept_for_the_next_experiment(workspace: Workspace, server: LoopbackBatches) -> None:
    run(workspace, an_experiment(workspace))
    second = an_experiment(workspace)
    assert run(workspace, second) == Ending()
    assert all(record.cached for record in cells(workspace, second))
    assert len(server.uploads) == 1


def test_requests_that_the_server_refuses_fail_alone(workspace: Workspace, server: LoopbackBatches) -> None:
    server.refused.add("Say word3")
    experiment = an_experiment(workspace)
    assert run(workspace, experiment) == Ending()
    failed = [record for record in cells(workspace, experiment) if record.state == "failed"]
    assert [record.cell for record in failed] == [Cell("v", "c3")]
    assert "This prompt is not allowed" in (failed[0].error or "")


def test_what_an_expired_batch_did_not_get_to_waits_and_is_sent_by_the_resume(
    workspace: Workspace, server: LoopbackBatches
) -> None:
    server.end, server.answered_before_the_end = "expired", 2
    experiment = an_experiment(workspace)
    ending = run(workspace, experiment)
    assert ending.given_up["lab:tiny"] == (
        "The batch at lab ran out of its 24 hours; 3 of 5 cells wait for a resume."
    )
    assert states(workspace, experiment) == {"done": 2, "waiting": 3}
    server.end, server.answered_before_the_end = "completed", None
    assert run(workspace, experiment) == Ending()
    assert states(workspace, experiment) == {"done": 5}
    assert server.asked == Counter({f"Say word{n}": 1 + (n >= 2) for n in range(CELLS)})


def test_a_file_that_the_server_will_not_begin_says_why(workspace: Workspace, server: LoopbackBatches) -> None:
    server.end = "failed"
    experiment = an_experiment(workspace)
    ending = run(workspace, experiment)
    assert "did not begin. It says “This line is not parseable. (line 1)”" in ending.given_up["lab:tiny"]
    assert states(workspace, experiment) == {"waiting": 5}


def test_a_server_without_batches_is_said(workspace: Workspace, server: LoopbackBatches) -> None:
    server.has_batches = False
    experiment = an_experiment(workspace)
    assert "has no batch API" in run(workspace, experiment).given_up["lab:tiny"]
    assert states(workspace, experiment) == {"waiting": 5}


@pytest.mark.parametrize("step", ["POST /v1/files", "POST /v1/batches"])
@pytest.mark.parametrize("fault", ["drop", "busy"])
def test_what_a_broken_connection_hides_is_looked_for_and_not_done_twice(
    workspace: Workspace, server: LoopbackBatches, step: str, fault: str
) -> None:
    server.faults[step] = [fault]  # type: ignore[list-item]
    experiment = an_experiment(workspace)
    assert run(workspace, experiment) == Ending()
    assert states(workspace, experiment) == {"done": 5}
    assert (len(server.uploads), len(server.batches)) == (1, 1)


def test_a_server_that_is_busy_while_it_is_asked_is_asked_again(
    workspace: Workspace, server: LoopbackBatches
) -> None:
    server.faults["GET /v1/batches/batch_1"] = ["busy", "drop", "busy"]
    experiment = an_experiment(workspace)
    assert run(workspace, experiment) == Ending()
    assert states(workspace, experiment) == {"done": 5}


def test_a_large_lane_goes_in_several_files(
    workspace: Workspace, server: LoopbackBatches, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(batches_module, "MOST_REQUESTS", 2)
    experiment = an_experiment(workspace)
    assert run(workspace, experiment) == Ending()
    assert [len(content.splitlines()) for _, content in server.uploads] == [2, 2, 1]
    assert states(workspace, experiment) == {"done": 5}


def test_stopping_leaves_the_batch_at_the_server_and_the_resume_takes_it(
    workspace: Workspace, server: LoopbackBatches
) -> None:
    server.hold()
    experiment = an_experiment(workspace)
    handle = workspace.experiments.start(experiment.id, lambda *_: None, Options(batch=True))
    server.wait_until(lambda s: s.status_asked)
    handle.stop()
    assert handle.done.result(30).stopped
    assert states(workspace, experiment) == {"waiting": 5}
    server.release()
    assert run(workspace, experiment, batch=False) == Ending()  # also when the resume does not ask for batches
    assert (len(server.uploads), states(workspace, experiment)) == (1, {"done": 5})


def test_cancelling_keeps_what_was_answered_by_then(workspace: Workspace, server: LoopbackBatches) -> None:
    server.hold()
    server.answered_before_the_end = 3
    experiment = an_experiment(workspace)
    handle = workspace.experiments.start(experiment.id, lambda *_: None, Options(batch=True))
    server.wait_until(lambda s: s.status_asked)
    handle.stop()
    handle.done.result(30)
    cancelled = workspace.loop.submit(workspace.experiments.batches.cancel(experiment.id)).result(30)
    assert cancelled == 1
    ending = run(workspace, experiment, batch=True, only=frozenset())
    assert "was cancelled; 2 of 5 cells wait" in ending.given_up["lab:tiny"]
    assert states(workspace, experiment) == {"done": 3, "waiting": 2}


def test_an_answer_of_a_batch_costs_what_its_preset_says(workspace: Workspace, server: LoopbackBatches) -> None:
    profile = Profile("half", server.base_url, preset="OpenAI")
    price = Price(input=1_000, output=2_000, cached_input=1_000, as_of="2026-11-21")
    workspace.store.write(lambda store: store.save_profile(profile)).result(10)
    workspace.store.write(lambda store: set_price(store, "half:tiny", price)).result(10)
    experiment = an_experiment(workspace, 1, "half:tiny")
    run(workspace, experiment)
    (record,) = cells(workspace, experiment)
    assert record.cost == pytest.approx(0.5 * 3.0)  # 1,000 tokens in, 1,000 out
    assert stored(workspace, record).details["batch"]["price_share"] == 0.5


def test_a_limit_sends_only_what_it_allows(workspace: Workspace, server: LoopbackBatches) -> None:
    price = Price(input=0, output=10_000, cached_input=0, as_of="2026-11-21")  # a cent a token
    workspace.store.write(lambda store: set_price(store, "tiny", price)).result(10)
    experiment = an_experiment(workspace)
    ending = run(workspace, experiment, spending_limit=1.2)  # two answers of 50 tokens at most
    assert "1.20 $ for this experiment would be passed" in ending.limit
    assert len(server.bodies) == 2


PROGRAM = """
import sys
from pathlib import Path
from workbench.running import Workspace
from workbench.running.experiment import Options

workspace = Workspace(Path(sys.argv[1]))
workspace.start().result()
workspace.experiments.start(sys.argv[2], lambda cell, event: None, Options(batch=True)).done.result()
"""


@pytest.mark.parametrize("moment", ["uploaded", "made", "asked"])
def test_a_killed_program_goes_on_with_its_batch_and_uploads_nothing_twice(
    workspace: Workspace, server: LoopbackBatches, moment: str
) -> None:
    experiment = an_experiment(workspace)
    path = workspace.path
    workspace.close()
    server.hold()
    seen = {
        "uploaded": lambda s: s.uploads,
        "made": lambda s: s.batches,
        "asked": lambda s: s.status_asked,
    }[moment]
    program = subprocess.Popen([sys.executable, "-c", PROGRAM, str(path), experiment.id])
    try:
        server.wait_until(seen)
    finally:
        program.send_signal(signal.SIGKILL)
        program.wait(30)
    with Store.open(path, read_only=True) as store:
        assert len(store.open_batches(experiment.id)) == 1
    server.release()
    again = opened_workspace(path)
    try:
        assert run(again, experiment, batch=False) == Ending()
        assert states(again, experiment) == {"done": 5}
    finally:
        again.close()
    assert (len(server.uploads), len(server.batches)) == (1, 1)
    assert set(server.asked.values()) == {1}
