"""The worker as a process of its own: its end, its output, and what it says to nonsense."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import psutil
import pytest

from workbench.core.completion import GenerationConfig, Message, Request
from workbench.models.starter import starter_path
from workbench.worker.devices import gpus
from workbench.worker.options import LoadOptions
from workbench.worker.protocol import (
    Answered,
    Cancel,
    Complete,
    Count,
    Counted,
    Done,
    Failed,
    Load,
    Loaded,
    Piece,
    Spare,
    Spared,
    decode_answered,
    encode,
)

ROOT = Path(__file__).parents[2]
LOAD = Load(0, str(starter_path()), LoadOptions(context=512))
STORY = Request("", (Message("user", "Tell a very long story."),), GenerationConfig(seed=1))
SHORT = Request("", (Message("user", "Hello"),), GenerationConfig(temperature=0, max_tokens=2))

Worker = subprocess.Popen[bytes]


def started(*arguments: str) -> Worker:
    command = [sys.executable, *(arguments or ("-m", "workbench.worker"))]
    environment = {**os.environ, "GOMP_SPINCOUNT": "100"}
    pipe = subprocess.PIPE
    return subprocess.Popen(command, cwd=ROOT, env=environment, stdin=pipe, stdout=pipe, stderr=pipe)


@pytest.fixture
def worker() -> Iterator[Worker]:
    with started() as process:
        yield process
        process.kill()


def said(worker: Worker) -> Iterator[Answered]:
    """Everything on stdout; a line that is no message fails the test."""
    assert worker.stdout
    return (decode_answered(line) for line in worker.stdout)


def ask(worker: Worker, *messages: Load | Complete | Count | Spare | Cancel | bytes) -> None:
    assert worker.stdin
    for message in messages:
        worker.stdin.write(message if isinstance(message, bytes) else encode(message))
    worker.stdin.flush()


def test_the_end_of_stdin_ends_it_in_the_middle_of_an_answer(worker: Worker) -> None:
    ask(worker, LOAD, Complete(1, STORY))
    assert any(isinstance(message, Piece) for message in said(worker))
    assert worker.stdin
    worker.stdin.close()
    assert worker.wait(10) == 0


def test_the_end_of_stdin_ends_it_while_loading(worker: Worker) -> None:
    ask(worker, LOAD)
    assert worker.stdin
    worker.stdin.close()
    assert worker.wait(20) == 0


PARENT = """
import asyncio, sys
from tests.providers.local import LONG
from workbench.core.completion import Delta
from workbench.models.starter import starter_path
from workbench.providers.llamacpp import LlamaCpp

async def main():
    provider = LlamaCpp(starter_path())
    async for event in provider.complete(LONG):
        if isinstance(event, Delta):
            print(provider._worker.pid, flush=True)

asyncio.run(main())
"""


def test_it_does_not_outlive_a_killed_parent() -> None:
    with started("-c", PARENT) as parent:
        assert parent.stdout
        child = psutil.Process(int(parent.stdout.readline()))
        assert child.is_running()
        parent.kill()
        gone, _ = psutil.wait_procs([child], timeout=10)
    assert gone


NOISY = """
import ctypes
import workbench.worker.session as session
from workbench.worker.__main__ import main

def serve(source, sink, real=session.serve):
    ctypes.CDLL(None).puts(b"native noise")
    ctypes.CDLL(None).fflush(None)
    print("python noise", flush=True)
    real(source, sink)

session.serve = serve
main()
"""


def test_what_native_code_prints_does_not_break_the_protocol() -> None:
    with started("-c", NOISY) as worker:
        ask(worker, LOAD, Complete(1, SHORT))
        messages = []
        for message in said(worker):
            messages.append(message)
            if isinstance(message, Done):
                break
        assert isinstance(messages[-1], Done)
        worker.kill()
        assert worker.stderr
        noise = worker.stderr.read()
    assert b"native noise" in noise
    assert b"python noise" in noise


def test_nonsense_cancelled_strangers_and_ctrl_c_are_shrugged_off(worker: Worker) -> None:
    ask(worker, LOAD)
    assert any(isinstance(message, Loaded) for message in said(worker))
    worker.send_signal(signal.SIGINT)
    ask(worker, b"nonsense\n", b'{"type": "Complete", "id": 7}\n', Cancel(99), Complete(2, SHORT))
    answers = said(worker)
    assert next(message for message in answers if isinstance(message, Done)).id == 2


def test_a_cancelled_request_that_waits_is_never_begun(worker: Worker) -> None:
    ask(worker, LOAD, Complete(1, STORY), Complete(2, STORY), Cancel(2), Count(3, SHORT))
    answers = said(worker)
    assert next(message for message in answers if isinstance(message, Done)).stop_reason == "cancelled"
    ask(worker, Cancel(1))
    end = next(message for message in answers if isinstance(message, Done))
    assert (end.id, end.stop_reason) == (1, "cancelled")


def test_counts_come_during_an_answer(worker: Worker) -> None:
    ask(worker, LOAD, Complete(1, STORY))
    answers = said(worker)
    assert any(isinstance(message, Piece) for message in answers)
    ask(worker, Count(2, SHORT))
    assert not isinstance(next(m for m in answers if isinstance(m, Counted | Done)), Done)
    ask(worker, Spare(3))
    spared = next(m for m in answers if isinstance(m, Spared | Done))
    assert isinstance(spared, Spared)
    assert (spared.id, spared.gpu_bytes == 0) == (3, not gpus())


@pytest.mark.parametrize("start", [("-m", "workbench.worker"), ("-m", "workbench", "worker")])
def test_a_file_that_cannot_be_loaded_ends_it_with_a_reason(tmp_path: Path, start: tuple[str, ...]) -> None:
    path = tmp_path / "bad.gguf"
    path.write_bytes(b"GGUF" + bytes(100))
    with started(*start) as worker:
        ask(worker, Load(0, str(path), LoadOptions()))
        (failure,) = (message for message in said(worker) if isinstance(message, Failed))
        assert worker.wait(10) == 1
    assert failure.kind == "ModelLoadError"
    assert failure.message.startswith("bad.gguf cannot be loaded: ")
