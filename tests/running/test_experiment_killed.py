"""kill -9 at any time, go on: every finished cell is kept and was asked for once."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
from collections import Counter
from pathlib import Path

from tests.chance import seeded
from tests.loopback import LoopbackServer
from workbench.core.case import Case
from workbench.core.check import Check
from workbench.core.experiment import Experiment, Variant
from workbench.core.identifier import new_id
from workbench.core.profile import Profile
from workbench.core.prompt import Prompt
from workbench.store import Store

CELLS = 1_000
KILLS = 10

PROGRAM = """
import sys
from pathlib import Path
from workbench.running import Workspace
from workbench.running.experiment import Options

workspace = Workspace(Path(sys.argv[1]))
workspace.start().result()
options = Options(concurrency=16, cache=False)
handle = workspace.experiments.start(sys.argv[2], lambda cell, event: None, options)
print("started", flush=True)
handle.done.result()
workspace.close()
"""


def started(path: Path, experiment: Experiment) -> subprocess.Popen[str]:
    """The program, when it has begun."""
    command = [sys.executable, "-c", PROGRAM, str(path), experiment.id]
    program = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)
    assert program.stdout is not None
    assert program.stdout.readline() == "started\n"
    return program


def finished(path: Path, experiment: Experiment) -> dict[str, str]:
    """Of each case that has its answer, the run; as the file says."""
    with Store.open(path, read_only=True) as store:
        return {one.cell.case: one.run_id or "" for one in store.cells(experiment.id) if one.state == "done"}


def asked(server: LoopbackServer) -> Counter[str]:
    return Counter(seen.body["messages"][-1]["content"].split()[0] for seen in server.chats)


def test_killed_ten_times_no_finished_cell_is_asked_twice(tmp_path: Path) -> None:
    path, chance = tmp_path / "workspace.db", seeded(41)
    cases = tuple(Case(f"c{n}", {"word": f"c{n}"}, f"c{n}") for n in range(CELLS))
    variant = Variant("v", Prompt(user="{{word}} and some more words"), "lab:tiny")
    experiment = Experiment(new_id(), "Killed", (variant,), cases, (Check("contains"),))
    with LoopbackServer(delay=0.01) as server:
        with Store.open(path) as store:
            store.save_profile(Profile("lab", server.base_url))
            store.save_experiment(experiment)
        kept: dict[str, str] = {}
        asked_when_finished: dict[str, int] = {}
        never = threading.Event()
        for _ in range(KILLS):
            before = len(server.chats)
            with started(path, experiment) as program:
                if chance.random() < 0.8:
                    wanted = before + chance.randrange(CELLS // KILLS)
                    server.wait_until(lambda server, wanted=wanted: len(server.chats) > wanted, seconds=60)
                else:  # while it starts
                    never.wait(chance.uniform(0, 0.2))
                os.kill(program.pid, signal.SIGKILL)
            now, counts = finished(path, experiment), asked(server)
            assert now.items() >= kept.items(), "a finished answer was lost or replaced"
            asked_when_finished |= {case: counts[case] for case in now.keys() - kept.keys()}
            kept = now
        assert 0 < len(kept) < CELLS, "the moments of the kills are badly chosen"
        with started(path, experiment) as program:
            assert program.wait(90) == 0
        counts = asked(server)
    assert {case: counts[case] for case in kept} == asked_when_finished
    with Store.open(path) as store:
        records = store.cells(experiment.id)
    assert len(records) == CELLS
    assert all(record.state == "done" and record.judgement and record.judgement.passed for record in records)
    assert len({record.run_id for record in records}) == CELLS
