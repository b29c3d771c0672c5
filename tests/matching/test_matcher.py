"""Patterns and schemas are tried in a process that can be ended, with a Python beside the program or without."""

from __future__ import annotations

import json
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import closing
from typing import Any

import pytest

from workbench.core.check import Undecided
from workbench.matching import matcher as matcher_module
from workbench.matching.matcher import Matcher

STUCK = r"^(\w+\s?)*$"
TEXT = "word " * 60 + "!"


@pytest.fixture
def matcher() -> Iterator[Matcher]:
    with closing(Matcher(limit_seconds=0.5)) as matcher:
        yield matcher


def test_a_pattern_is_found_or_not(matcher: Matcher) -> None:
    assert matcher.found("b+", "abbc") == "bb"
    assert matcher.found("b+", "ac") is None


@pytest.mark.parametrize(
    ("schema", "data"),
    [
        ({"type": "string", "pattern": STUCK}, TEXT),
        ({"type": "object", "patternProperties": {STUCK: {"type": "integer"}}}, {TEXT: 1}),
        (
            {
                "$defs": {
                    f"d{n}": {"allOf": [{"$ref": f"#/$defs/d{n + 1}"}, {"$ref": f"#/$defs/d{n + 1}"}]}
                    for n in range(40)
                }
                | {"d40": {"type": "integer"}},
                "$ref": "#/$defs/d0",
            },
            1,
        ),
    ],
)
def test_a_schema_that_would_take_for_ever_is_ended_and_the_next_question_is_answered(
    matcher: Matcher, schema: Any, data: Any
) -> None:
    assert matcher.fault({"type": "integer"}, 1) is None
    began = time.monotonic()
    with pytest.raises(Undecided, match=r"more than 0\.5 s"):
        matcher.fault(schema, data)
    assert time.monotonic() - began < 10
    assert matcher.fault({"type": "integer"}, "one") == "at the top: 'one' is not of type 'integer'"


def test_what_is_itself_at_fault_says_so(matcher: Matcher) -> None:
    with pytest.raises(Undecided, match="pattern cannot be used"):
        matcher.found("(", "")
    with pytest.raises(Undecided, match="not a valid schema"):
        matcher.fault({"type": "nothing"}, 1)


def test_without_a_python_beside_it_the_program_itself_is_the_process(monkeypatch: pytest.MonkeyPatch) -> None:
    started: list[str] = []

    def spy(argument: str, *_program: str) -> list[str]:
        started.append(argument)
        return [sys.executable, "-m", "workbench", argument]

    monkeypatch.setattr(matcher_module, "command", spy)
    with closing(Matcher()) as matcher:
        assert matcher.found("b+", "abb") == "bb"
    assert started == ["answer-check"]


def test_the_door_answers_a_line_at_a_time() -> None:
    questions = (["pattern", "b+", "abb"], ["schema", {"type": "integer"}, 1], ["pattern", "(", "abb"])
    asked = subprocess.run(
        [sys.executable, "-m", "workbench", "answer-check"],
        input="".join(json.dumps(question) + "\n" for question in questions),
        capture_output=True,
        encoding="ascii",
        timeout=60,
        check=True,
    )
    found, kept, problem = map(json.loads, asked.stdout.splitlines())
    assert (found, kept) == (["bb"], [None])
    assert "cannot be used" in problem["problem"]
