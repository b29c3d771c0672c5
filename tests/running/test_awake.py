"""The machine is kept awake while experiments run, by a real tool on the path, and let go of afterwards.

Windows is asked by a call instead; a stand-in for its library takes it here.
"""

from __future__ import annotations

import asyncio
import ctypes
import os
import sys
import threading
from collections.abc import Callable
from pathlib import Path
from types import SimpleNamespace

import psutil
import pytest

from workbench.running import awake as awake_module
from workbench.running.awake import Awake
from workbench.running.loop import Loop

needs_a_tool = pytest.mark.skipif(sys.platform == "win32", reason="Windows is asked without a tool")
_NAME = "caffeinate" if sys.platform == "darwin" else "systemd-inhibit"


@pytest.fixture
def tool(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An executable in the tool's place: it notes its arguments, then runs its last one as the real one does."""
    folder = tmp_path / "bin"
    folder.mkdir()
    file = folder / _NAME
    note = tmp_path / "begun"
    file.write_text(
        f'#!/bin/sh\necho "$$ $@" >> "{note}"\nfor last; do :; done\n"$last"\necho let go >> "{note}"\n'
    )
    file.chmod(0o755)
    monkeypatch.setenv("PATH", f"{folder}{os.pathsep}{os.environ['PATH']}")
    monkeypatch.setattr("workbench.running.awake._PATIENCE_SECONDS", 20.0)  # on a busy machine two were too few
    return note


async def until(condition: Callable[[], object]) -> None:
    """Wait until something holds that nobody signals: another process has done it."""
    async with asyncio.timeout(10):
        while not condition():  # noqa: ASYNC110 - as said
            await asyncio.sleep(0.01)


async def complaint() -> str:
    """What is said where the machine cannot be kept awake."""
    awake = Awake(after_seconds=0)
    async with awake.held():
        await until(lambda: awake.note)
    return awake.note


def noted(file: Path) -> str:
    """What the tool wrote down."""
    return file.read_text() if file.exists() else ""


@needs_a_tool
def test_the_tool_holds_the_machine_for_the_time_and_lets_go(tool: Path) -> None:
    async def hold() -> None:
        awake = Awake(after_seconds=0)
        async with awake.held():
            await until(lambda: "cat" in noted(tool))
            assert psutil.pid_exists(int(noted(tool).split()[0]))
            assert not awake.note
        await until(lambda: "let go" in noted(tool))

    asyncio.run(hold())


@needs_a_tool
def test_two_experiments_hold_it_once_and_until_the_last_has_ended(tool: Path) -> None:
    async def hold() -> None:
        awake = Awake(after_seconds=0)
        async with awake.held():
            async with awake.held():
                await until(lambda: "cat" in noted(tool))
            assert "let go" not in noted(tool)
        await until(lambda: "let go" in noted(tool))

    asyncio.run(hold())
    assert tool.read_text().count("cat") == 1


@needs_a_tool
def test_a_short_experiment_starts_no_process(tool: Path) -> None:
    async def hold() -> None:
        async with Awake(after_seconds=60).held():
            await asyncio.sleep(0)

    asyncio.run(hold())
    assert not tool.exists()


@needs_a_tool
def test_without_the_tool_it_runs_all_the_same_and_says_so(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", "")

    assert (
        asyncio.run(complaint()) == f"The machine may fall asleep while an experiment runs: {_NAME} is not here."
    )


@needs_a_tool
def test_a_tool_that_fails_is_said(tool: Path) -> None:
    (tool.parent / "bin" / _NAME).write_text("#!/bin/sh\nexit 3\n")

    assert "ended with exit code 3" in asyncio.run(complaint())


class Kernel:
    """Stands in for the one function of kernel32, which answers with what was asked of it before."""

    def __init__(self, *, refuses: bool = False) -> None:
        self.asked: list[tuple[int, threading.Thread]] = []
        before = 0 if refuses else 0x80000000

        def set_state(flags: int) -> int:
            self.asked.append((flags, threading.current_thread()))
            return before

        self.SetThreadExecutionState = set_state


@pytest.fixture
def windows(monkeypatch: pytest.MonkeyPatch) -> Callable[..., Kernel]:
    """Awake believes that it is on Windows."""

    def make(*, refuses: bool = False) -> Kernel:
        kernel = Kernel(refuses=refuses)
        monkeypatch.setattr(awake_module, "sys", SimpleNamespace(platform="win32"))
        monkeypatch.setattr(ctypes, "windll", SimpleNamespace(kernel32=kernel), raising=False)
        return kernel

    return make


def test_windows_is_asked_by_the_thread_of_the_loop_and_told_by_the_same_when_it_is_over(
    windows: Callable[..., Kernel],
) -> None:
    kernel = windows()
    loop = Loop()
    loop.start()

    async def hold() -> threading.Thread:
        async with Awake(after_seconds=0).held():
            await until(lambda: kernel.asked)
            assert [flags for flags, _ in kernel.asked] == [0x80000001]  # from now on, the system stays awake
        return threading.current_thread()

    try:
        mine = loop.submit(hold()).result(20)
        # It ended with the block, and not only with the thread, which goes on.
        assert [flags for flags, _ in kernel.asked] == [0x80000001, 0x80000000]
        assert {thread for _, thread in kernel.asked} == {mine}
        assert mine.is_alive()
        assert mine is not threading.current_thread()
    finally:
        loop.stop()


def test_a_windows_that_refuses_is_said(windows: Callable[..., Kernel]) -> None:
    kernel = windows(refuses=True)

    assert "Windows refused" in asyncio.run(complaint())
    assert len(kernel.asked) == 1
