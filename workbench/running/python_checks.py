"""Checks by a person's own Python files: only those that the person trusts, each answer in a process of its own.

Trust belongs to a path and to what the file said when it was trusted. A file that has changed is not run until it
is trusted again, and what is run is the very text whose hash was compared.

What the process is kept from, and what it is not
- It is ended after `SECONDS`, with all that it has started.
- On Linux and macOS it has limits of processor time, of the size of a file that it writes and, on Linux, of
  memory.
- It does not see environment variables that look like keys.
- It is no sandbox: it runs as the person, may read the person's files and use the network, and what the trusted
  file imports was not looked at. Whoever trusts a file trusts it like any program.

Everything here belongs to the loop's thread.
"""

from __future__ import annotations

import asyncio
import json
import math
import os
import signal
import sys
from collections.abc import Iterable, Mapping
from contextlib import suppress
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

from workbench.core.case import Case
from workbench.core.check import Check, Measured, Undecided
from workbench.core.experiment import Experiment, checks_of
from workbench.core.size import size_text
from workbench.core.trust import Trust, fingerprint
from workbench.errors import BadFile, NotFound
from workbench.own_program import command, keyless
from workbench.running.judges import Inquiry
from workbench.store import Store, StoreThread

SECONDS = 10.0
"""On the clock, for one answer."""

CPU_SECONDS = 10
MEMORY_BYTES = 4_000_000_000
"""Of address space, of which numerical libraries reserve far more than they use."""
FILE_BYTES = 16_000_000
MOST_RESULT = 1_000_000
"""Bytes of an answer of the program that are read."""
MOST_SOURCE = 4_000_000

_PROGRAM = Path(__file__).with_name("python_program.py")


class PythonChecks:
    """Runs trusted files on answers, a few at a time."""

    def __init__(self, store: StoreThread, *, seconds: float = SECONDS, memory: int = MEMORY_BYTES) -> None:
        self._store = store
        self._seconds = seconds
        self._limits = {"cpu_seconds": CPU_SECONDS, "memory_bytes": memory, "file_bytes": FILE_BYTES}
        self._slots = asyncio.Semaphore(os.cpu_count() or 2)

    async def measure(self, inquiry: Inquiry, case: Case) -> Measured:
        """What the file finds in an answer. Raises Undecided, also for a file that is not trusted."""
        path = Path(inquiry.value["file"])
        try:
            content = await asyncio.to_thread(content_of, path)
        except (NotFound, BadFile) as error:
            raise Undecided(str(error)) from error
        sha256 = fingerprint(content)
        trust = await asyncio.wrap_future(
            self._store.read(lambda store: store.trust_in(str(path.resolve()), sha256))
        )
        if trust != "trusted":
            raise Undecided(why_not(path, trust))
        question = {
            "path": str(path),
            "source": content.decode("utf-8-sig", "replace"),
            "function": inquiry.value.get("function", ""),
            "output": inquiry.subject.text,
            "context": _context(inquiry, case),
            "case": {"values": dict(case.values), "expected": case.expected, "name": case.name},
            "limits": self._limits,
        }
        async with self._slots:
            said = await self._asked(question, path)
        return _measured(said)

    async def _asked(self, question: Mapping[str, Any], path: Path) -> Any:
        """The program's answer. Raises Undecided when there is none."""
        process = await asyncio.create_subprocess_exec(
            *command("python-check", _PROGRAM),
            stdin=asyncio.subprocess.PIPE,
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.DEVNULL,
            cwd=path.parent,
            env=keyless(),
            start_new_session=True,
        )
        try:
            async with asyncio.timeout(self._seconds):
                answer = await _talk(process, json.dumps(question).encode("ascii"))
                await process.wait()
        except TimeoutError:
            raise Undecided(f"{path.name} took more than {self._seconds:g} s on this answer.") from None
        finally:
            await _end(process)
        return _read(answer, process.returncode or 0, path)


async def _talk(process: asyncio.subprocess.Process, question: bytes) -> bytes:
    assert process.stdin is not None  # noqa: S101 - it is a pipe
    assert process.stdout is not None  # noqa: S101 - it is a pipe
    with suppress(ConnectionError):
        process.stdin.write(question)
        await process.stdin.drain()
        process.stdin.close()
    pieces, size = [], 0
    while size <= MOST_RESULT and (piece := await process.stdout.read(65_536)):
        pieces.append(piece)
        size += len(piece)
    return b"".join(pieces)


async def _end(process: asyncio.subprocess.Process) -> None:
    """End the process with whatever it has started and left behind."""
    with suppress(ProcessLookupError, PermissionError):
        if hasattr(os, "killpg"):
            os.killpg(process.pid, signal.SIGKILL)
        else:
            process.kill()
    await process.wait()


def _read(answer: bytes, code: int, path: Path) -> Any:
    try:
        said = json.loads(answer)
    except ValueError:
        if code == -signal.SIGXCPU if hasattr(signal, "SIGXCPU") else False:
            raise Undecided(f"{path.name} took more than {CPU_SECONDS} s of processor time.") from None
        raise Undecided(f"{path.name} ended its process before it had answered.") from None
    if "problem" in said:
        raise Undecided(said["problem"])
    return said["found"]


def _measured(found: Any) -> Measured:
    """A result as a score; what the file itself calls a pass is one, unless the check has a threshold."""
    match found:
        case bool():
            return Measured(float(found), "The file says pass." if found else "The file says fail.", enough=found)
        case float():
            return Measured(_score(found), f"The file gives {found:g}.")
        case {"pass": bool(enough)}:
            said = found.get("reason") or f"The file says {'pass' if enough else 'fail'}."
            return Measured(_score(found.get("score", float(enough))), said, enough=enough)
    return Measured(_score(found["score"]), found.get("reason") or f"The file gives {found['score']:g}.")


def _score(number: float) -> float:
    if not 0 <= number <= 1 or not math.isfinite(number):
        raise Undecided(f"The file gives the score {number:g}; a score lies between 0 and 1.")
    return number


def _context(inquiry: Inquiry, case: Case) -> dict[str, Any]:
    """What promptfoo's functions find in their second argument, as far as there is such a thing here."""
    turns = [{"role": turn.role, "content": turn.content} for turn in inquiry.run.messages]
    values = dict(case.values)
    return {
        "prompt": turns[0]["content"] if len(turns) == 1 else json.dumps(turns, ensure_ascii=False),
        "vars": values,
        "test": {"vars": values, "description": case.name, "expected": case.expected},
        "config": inquiry.value.get("config", {}),
        "provider": {"id": inquiry.run.model},
    }


# Trust


def content_of(path: Path) -> bytes:
    """What a Python file says. Raises NotFound and BadFile."""
    try:
        size = path.stat().st_size
        content = path.read_bytes() if size <= MOST_SOURCE else b""
    except FileNotFoundError:
        raise NotFound(f"There is no file {path}.") from None
    except OSError as error:
        raise BadFile(f"{path} cannot be read: {error.strerror}.") from error
    if size > MOST_SOURCE:
        raise BadFile(f"{path.name} has more than {size_text(MOST_SOURCE)}; that is no Python file.")
    return content


def limits() -> str:
    """What a trusted file is kept from on this system, and what it is not, for people."""
    kept = [f"{SECONDS:g} s"]
    if sys.platform != "win32":
        kept.append(f"{CPU_SECONDS} s of processor time")
        kept.append(f"written files of {size_text(FILE_BYTES)}")
    if sys.platform == "linux":
        kept.append(f"{size_text(MEMORY_BYTES)} of memory")
    return (
        f"For each answer it runs in a process of its own, limited to {', '.join(kept)}, without keys from the "
        "environment. It is no sandbox: it can read your files and use the network, and what it imports was not "
        "looked at."
    )


def why_not(path: Path, trust: Trust) -> str:
    """Why a file is not run."""
    how = f"Read it, then: workbench experiment trust {path}"
    if trust == "changed":
        return f"{path.name} has changed since you trusted it, so it is not run. {how}"
    return f"{path.name} is not trusted, so it is not run. {how}"


def trust_in(store: Store, check: Check) -> Trust:
    """Whether the file of a Python check is trusted as it is. A file that is not there is not."""
    path = Path(check.value["file"])
    try:
        sha256 = fingerprint(content_of(path))
    except (NotFound, BadFile):
        return "unknown"
    return store.trust_in(str(path.resolve()), sha256)


@dataclass(frozen=True, slots=True)
class Untrusted:
    """A file that an experiment's checks would run, and that the person does not trust as it is."""

    path: Path
    trust: Trust
    content: bytes

    @property
    def source(self) -> str:
        """What it says."""
        return self.content.decode("utf-8-sig", "replace")


async def untrusted(store: StoreThread, experiment: Experiment) -> tuple[Untrusted, ...]:
    """The files of an experiment's checks that wait for a person's trust; what is not there is left out."""
    every = (one for case in experiment.cases for one in checks_of(experiment, case))
    paths = dict.fromkeys(Path(one.value["file"]) for one in every if one.kind == "python")
    found = []
    for path in paths:
        try:
            content = await asyncio.to_thread(content_of, path)
        except (NotFound, BadFile):
            continue
        whole, sha256 = str(path.resolve()), fingerprint(content)
        trust = await asyncio.wrap_future(store.read(partial(_trust_in, whole, sha256)))
        if trust != "trusted":
            found.append(Untrusted(path, trust, content))
    return tuple(found)


def _trust_in(path: str, sha256: str, store: Store) -> Trust:
    return store.trust_in(path, sha256)


def trust(store: Store, programs: Iterable[Untrusted]) -> None:
    """Trust these files as they were shown, whatever they say by now."""
    with store.transaction():
        for program in programs:
            store.trust_file(str(program.path.resolve()), fingerprint(program.content))
