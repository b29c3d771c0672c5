"""All kinds of checks, those that need a process of their own among them.

Threading rules: `Checker.judge` blocks, on the processor and on its process, so it is called off the loop, from
any thread; `_lock` keeps that one question is asked of the process at a time.
"""

from __future__ import annotations

import json
import queue
import subprocess
import threading
from collections.abc import Iterable, Mapping
from contextlib import suppress
from pathlib import Path
from types import TracebackType
from typing import Any, Self

from workbench.core import check
from workbench.core.asked_checks import ASKED
from workbench.core.check import Check, Judgement, Kind, Measured, Subject, Undecided
from workbench.core.check_kinds import KINDS, parsed, quoted
from workbench.running.own_program import command

LIMIT_SECONDS = 2.0
"""How long one pattern or schema may take on one answer."""

START_SECONDS = 30.0
"""How long the process may take to start and answer its first question, on a busy machine."""

_PROGRAM = Path(__file__).with_name("check_process.py")


class Checker:
    """Judges answers; owns the process for patterns and schemas, which starts when it is first needed."""

    def __init__(self, *, limit_seconds: float = LIMIT_SECONDS) -> None:
        self._limit = limit_seconds
        self._lock = threading.Lock()
        self._process: subprocess.Popen[str] | None = None
        self._answers: queue.SimpleQueue[str] = queue.SimpleQueue()
        self.kinds: Mapping[str, Kind] = {
            **KINDS,
            **ASKED,
            "regex": Kind("matches", self._pattern, _a_pattern),
            "json_schema": Kind("keeps to the JSON schema", self._schema, _a_schema),
        }

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def judge(self, checks: Iterable[Check], subject: Subject, *, pass_score: float | None = None) -> Judgement:
        """Judge an answer by checks that were found well-formed."""
        return check.judge(checks, subject, self.kinds, pass_score=pass_score)

    def close(self) -> None:
        """End the process; a later question would start another one."""
        with self._lock:
            self._end()

    def _pattern(self, value: Any, subject: Subject) -> Measured:
        found = self._ask("pattern", value, subject.text)
        if found is None:
            return Measured(0.0, f"Nothing in the answer matches {quoted(value)}.")
        return Measured(1.0, f"{quoted(value)} matches {quoted(found)}.")

    def _schema(self, value: Any, subject: Subject) -> Measured:
        schema = parsed(value) if isinstance(value, str) else value
        wrong = self._ask("schema", schema, parsed(subject.text))
        if wrong is None:
            return Measured(1.0, "The answer keeps to the schema.")
        return Measured(0.0, f"The answer breaks the schema {wrong}.")

    def _ask(self, kind: str, wanted: Any, subject: Any) -> Any:
        """The process's answer. Raises Undecided when there is none in time."""
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
            command(_PROGRAM, "answer-check"),
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            encoding="ascii",
        )
        self._answers = queue.SimpleQueue()
        reader = threading.Thread(
            target=_read, args=(self._process, self._answers), name="check process", daemon=True
        )
        reader.start()
        self._answer(self._process, ["pattern", "", ""], START_SECONDS)  # from now on the time is the question's
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


def _a_pattern(value: Any) -> str:
    return "" if isinstance(value, str) and value else "needs a pattern"


def _a_schema(value: Any) -> str:
    return "" if isinstance(value, dict | bool | str) and value != "" else "needs a JSON schema"
