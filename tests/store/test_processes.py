"""Several programs on one workspace, and programs that are killed."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from pathlib import Path

import psutil
import pytest

from tests.store.samples import a_run
from workbench.store import Store

_CHILD = """
import sys, time
from dataclasses import replace
from pathlib import Path
from tests.store.samples import a_run
from workbench.store import Store

store = Store.open(Path(sys.argv[1]))
{body}
"""

_WRITE_MANY = """
for n in range(60):
    with store.transaction():
        runs = store.setting("count", 0)     # read, then write: what fails without BEGIN IMMEDIATE
        store.finish_run(a_run(f"{sys.argv[2]} {n}"))
        store.set_setting("count", runs + 1)
store.close()
"""

_WRITE_FOREVER = """
while True:
    run = a_run("")
    store.begin_run(run)
    store.flush_run(run.id, "half of it", "")
    print("flushed", run.id, flush=True)
    store.finish_run(replace(run, text="whole"))
    print("finished", run.id, flush=True)
"""

_WAIT_IN_THE_MIDDLE = """
run = a_run("")
store.begin_run(run)
store.flush_run(run.id, "half of it", "")
print("flushed", run.id, flush=True)
sys.stdin.readline()
store.finish_run(replace(run, text="whole"))
store.close()
"""


def _start(body: str, path: Path, *arguments: str) -> subprocess.Popen[str]:
    command = [sys.executable, "-c", _CHILD.format(body=body), str(path), *arguments]
    return subprocess.Popen(
        command, cwd=Path(__file__).parents[2], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    )


def test_programs_that_open_and_write_one_workspace_at_once_lose_nothing(path: Path) -> None:
    children = [_start(_WRITE_MANY, path, f"child{n}") for n in range(3)]  # the file is made by the fastest
    assert [child.wait(60) for child in children] == [0, 0, 0]
    for child in children:
        child.communicate()
    with Store.open(path) as store:
        assert store.setting("count") == 180
        assert len(store.runs(limit=1000)) == 180
        assert len(store.runs(query="child1", limit=1000)) == 60


def test_another_living_program_keeps_its_unfinished_answer(path: Path) -> None:
    child = _start(_WAIT_IN_THE_MIDDLE, path)
    assert child.stdout is not None
    run_id = child.stdout.readline().split()[1]
    with Store.open(path) as store:
        assert store.runs() == ()
        child.communicate("go on\n", timeout=60)
        assert store.run(run_id).run.text == "whole"


@pytest.mark.skipif(sys.platform == "win32", reason="there is no SIGKILL")
def test_a_killed_program_loses_nothing_it_was_told_is_kept(path: Path) -> None:
    for round_number in range(3):
        child = _start(_WRITE_FOREVER, path)
        assert child.stdout is not None
        said = [child.stdout.readline() for _ in range(20 + 7 * round_number)]
        os.kill(child.pid, signal.SIGKILL)
        said += child.stdout.read().splitlines()
        child.communicate()
        assert child.returncode == -signal.SIGKILL
        with Store.open(path) as store:
            for word, run_id in (line.split() for line in said if len(line.split()) == 2):
                run = store.run(run_id).run
                assert run.text == ("whole" if run.stop_reason == "stop" else "half of it"), word
                if word == "finished":
                    assert run.stop_reason == "stop"
            assert store.recover_lost_runs() == ()


@pytest.mark.skipif(sys.platform == "win32", reason="there are no zombies")
def test_a_zombie_is_dead(path: Path) -> None:
    child = _start(_WAIT_IN_THE_MIDDLE, path)
    assert child.stdout is not None
    run_id = child.stdout.readline().split()[1]
    child.kill()
    process = psutil.Process(child.pid)
    os.waitid(os.P_PID, child.pid, os.WEXITED | os.WNOWAIT)
    assert process.status() == psutil.STATUS_ZOMBIE
    with Store.open(path) as store:
        assert store.run(run_id).run.stop_reason == "truncated"
    child.communicate()


def test_a_reader_is_not_kept_waiting_by_another_programs_write(path: Path) -> None:
    with Store.open(path) as writer, Store.open(path, read_only=True) as reader, writer.transaction():
        writer.finish_run(a_run())
        assert reader.runs() == ()


@pytest.mark.skipif(os.name == "nt", reason="Windows locks belong to the handle, not to the process")
def test_a_second_store_of_this_program_does_not_drop_the_locks_of_the_first(tmp_path: Path) -> None:
    path = tmp_path / "workspace.db"
    log = path.with_name(path.name + "-wal")
    with Store.open(path) as store:
        store.set_setting("before", 1)
        with Store.open(path, read_only=True) as reader:
            assert reader.setting("before") == 1
        Store.open(path).close()
        # Another program that comes and goes would remove the log, if it took itself for the last one.
        child = _start('store.set_setting("by another", 2)\nstore.close()', path)
        child.communicate(timeout=60)
        assert child.returncode == 0
        assert log.exists()
        store.set_setting("after", 3)
        assert store.setting("by another") == 2
    with Store.open(path) as store:
        assert [store.setting(name) for name in ("before", "by another", "after")] == [1, 2, 3]
