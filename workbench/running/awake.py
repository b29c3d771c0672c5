"""Keeping the machine awake while experiments run, by what each system has for it.

On Linux and macOS a child process holds the lock for as long as it lives. It runs `cat`, which ends when our end
of its input is closed; so the lock goes with this program, also when that is killed. On Windows the loop's thread
asks for it: there the wish belongs to the thread that had it and ends with it, and this one lives as long as the
runs do. The calls are tested against a stand-in; they were not run on a Windows machine. Where there is no such
tool, experiments run all the same, and the log says that the machine may sleep.

Everything here belongs to the loop's thread.
"""

from __future__ import annotations

import asyncio
import logging
import shutil
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress

AFTER_SECONDS = 5.0
"""No machine falls asleep sooner; short experiments start no process."""

_PATIENCE_SECONDS = 2.0

_COMMANDS = {
    "linux": (
        "systemd-inhibit", "--what=idle:sleep", "--who=Prompt Workbench", "--why=An experiment is running",
        "--mode=block", "cat",
    ),
    "darwin": ("caffeinate", "-i", "cat"),
}  # fmt: skip

_CONTINUOUS, _SYSTEM_REQUIRED = 0x80000000, 0x00000001

_log = logging.getLogger(__name__)


class Awake:
    """Holds the machine awake while anybody wants it."""

    def __init__(self, *, after_seconds: float = AFTER_SECONDS) -> None:
        self._after = after_seconds
        self._holders = 0
        self._holding: asyncio.Task[None] | None = None
        self.note = ""
        """Why the machine may sleep all the same; empty while it is held or nobody wants it."""

    @asynccontextmanager
    async def held(self) -> AsyncIterator[None]:
        """Keep the machine awake from a little later until the end of the block."""
        self._holders += 1
        if self._holding is None:
            self._holding = asyncio.create_task(self._hold())
        try:
            yield
        finally:
            self._holders -= 1
            if not self._holders and (holding := self._holding):
                self._holding = None
                holding.cancel()
                with suppress(asyncio.CancelledError):
                    await holding

    async def _hold(self) -> None:
        await asyncio.sleep(self._after)
        if sys.platform == "win32":
            await self._hold_windows()
            return
        command = _COMMANDS.get(sys.platform)
        if command is None or shutil.which(command[0]) is None:
            self._may_sleep(f"{command[0] if command else sys.platform} is not here")
            return
        process = await asyncio.create_subprocess_exec(
            *command,
            stdin=asyncio.subprocess.PIPE,
            stdout=asyncio.subprocess.DEVNULL,
            stderr=asyncio.subprocess.DEVNULL,
        )
        try:
            self._may_sleep(f"{command[0]} ended with exit code {await process.wait()}")
        finally:
            await _ended(process)

    async def _hold_windows(self) -> None:
        import ctypes

        set_state = ctypes.windll.kernel32.SetThreadExecutionState  # type: ignore[attr-defined,unused-ignore]
        set_state.argtypes, set_state.restype = (ctypes.c_uint32,), ctypes.c_uint32
        if not set_state(
            _CONTINUOUS | _SYSTEM_REQUIRED
        ):  # what it was before, which is never 0 when that went well
            self._may_sleep("Windows refused to keep it awake")
            return
        try:
            await asyncio.Event().wait()
        finally:
            set_state(_CONTINUOUS)

    def _may_sleep(self, why: str) -> None:
        self.note = f"The machine may fall asleep while an experiment runs: {why}."
        _log.info("%s", self.note)


async def _ended(process: asyncio.subprocess.Process) -> None:
    """Let go: closing its input ends it."""
    assert process.stdin  # noqa: S101 - it is a pipe
    process.stdin.close()
    try:
        await asyncio.wait_for(process.wait(), _PATIENCE_SECONDS)
    except TimeoutError:
        with suppress(ProcessLookupError):
            process.kill()
        await process.wait()
