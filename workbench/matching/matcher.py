"""Patterns and schemas, tried in a process that can be ended.

Threading rules: a question blocks until its answer or the end of its time, so it is asked off the loop and off the
UI thread, from any other; `_lock` keeps that one question is asked of the process at a time. A thread reads what
the process says, and ends with it.
"""

from __future__ import annotations

import json
import queue
import subprocess
import threading
from contextlib import suppress
from typing import Any

from workbench.core.check import Undecided
from workbench.own_program import command, environment

LIMIT_SECONDS = 2.0
"""How long one pattern or schema may take on one answer."""

START_SECONDS = 30.0
"""How long the process may take to start and answer its first question, on a busy machine."""


class Matcher:
    """Owns the process, which starts when it is first needed."""

    def __init__(self, *, limit_seconds: float = LIMIT_SECONDS) -> None:
        self._limit = limit_seconds
        self._lock = threading.Lock()
        self._process: subprocess.Popen[str] | None = None
        self._answers: queue.SimpleQueue[str] = queue.SimpleQueue()

    def found(self, pattern: str, text: str) -> str | None:
        """What a pattern finds first in a text. Raises Undecided when it is none, or takes too long."""
        match: str | None = self._ask("pattern", pattern, text)
        return match

    def fault(self, schema: Any, data: Any) -> str | None:
        """Where and how data breaks a schema: `at n: …`. Raises Undecided when it is none, or takes too long."""
        fault: str | None = self._ask("schema", schema, data)
        return fault

    def close(self) -> None:
        """End the process; a later question would start another one."""
        with self._lock:
            self._end()

    def _ask(self, kind: str, wanted: Any, subject: Any) -> Any:
        with self._lock:
            try:
                process = self._process or self._start()
                answer = self._answer(process, [kind, wanted, subject], self._limit)
            except (queue.Empty, OSError):
                self._end()
                raise Undecided(f"The {kind} took more than {self._limit:g} s on this answer.") from None
            if not answer:
                self._end()
                raise Undecided(f"The {kind} ended the process that tried it.")
        said = json.loads(answer)
        if isinstance(said, dict):
            raise Undecided(said["problem"])
        return said[0]

    def _answer(self, process: subprocess.Popen[str], question: list[Any], limit: float) -> str:
        assert process.stdin is not None  # noqa: S101 - for the type checker
        process.stdin.write(json.dumps(question) + "\n")
        process.stdin.flush()
        return self._answers.get(timeout=limit)

    def _start(self) -> subprocess.Popen[str]:
        self._process = subprocess.Popen(
            command("answer-check", "-m", "workbench.matching.program"),
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            encoding="ascii",
            env=environment(),
        )
        self._answers = queue.SimpleQueue()
        reader = threading.Thread(
            target=_read, args=(self._process, self._answers), name="check process", daemon=True
        )
        reader.start()
        # jsonschema is imported by the first one; from now on the time is the question's own.
        self._answer(self._process, ["schema", True, ""], START_SECONDS)
        return self._process

    def _end(self) -> None:
        if self._process is None:
            return
        process, self._process = self._process, None
        process.kill()
        process.wait()
        assert process.stdin is not None  # noqa: S101 - for the type checker
        with suppress(OSError):
            process.stdin.close()


def _read(process: subprocess.Popen[str], answers: queue.SimpleQueue[str]) -> None:
    """Take the answers over; the end of them is an empty one."""
    assert process.stdout is not None  # noqa: S101 - for the type checker
    with process.stdout as lines:
        for line in lines:
            answers.put(line)
    answers.put("")
