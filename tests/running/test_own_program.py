"""The program's own small programs start with a Python beside it and without one."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from workbench.core.check import Check, Subject
from workbench.running import check_process, checks
from workbench.running.own_program import command


def test_a_frozen_program_starts_itself_with_an_argument(monkeypatch: pytest.MonkeyPatch) -> None:
    program = Path(check_process.__file__)
    assert command(program, "answer-check") == [sys.executable, "-P", str(program)]
    monkeypatch.setattr(sys, "frozen", True, raising=False)
    assert command(program, "answer-check") == [sys.executable, "answer-check"]


def test_the_checker_starts_its_process_by_that_command(monkeypatch: pytest.MonkeyPatch) -> None:
    started: list[str] = []

    def spy(program: Path, argument: str) -> list[str]:
        started.append(argument)
        return [sys.executable, "-m", "workbench", argument]

    monkeypatch.setattr(checks, "command", spy)
    with checks.Checker() as checker:
        assert checker.judge([Check("regex", "b+")], Subject("abb")).passed
    assert started == ["answer-check"]


@pytest.mark.parametrize(
    ("question", "answer"),
    [
        (["pattern", "b+", "abb"], ["bb"]),
        (["schema", {"type": "integer"}, 1], [None]),
        (["pattern", "(", "abb"], None),
    ],
)
def test_the_door_answers_checks(question: list[Any], answer: list[Any] | None) -> None:
    asked = subprocess.run(
        [sys.executable, "-m", "workbench", "answer-check"],
        input=json.dumps(question) + "\n",
        capture_output=True,
        encoding="ascii",
        timeout=60,
        check=True,
    )
    said = json.loads(asked.stdout)
    assert said == answer if answer else "cannot be used" in said["problem"]
