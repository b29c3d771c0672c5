"""All kinds of checks, those that a process of their own tries among them.

`Checker.judge` blocks, on the processor and on that process, so it is called off the loop, from any thread.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from workbench.core import check, pattern
from workbench.core.asked_checks import ASKED
from workbench.core.check import Check, Judgement, Kind, Measured, Subject
from workbench.core.check_kinds import KINDS, parsed, quoted
from workbench.matching.matcher import LIMIT_SECONDS, Matcher


class Checker:
    """Judges answers; patterns and schemas in a process that starts when it is first needed."""

    def __init__(self, *, limit_seconds: float = LIMIT_SECONDS) -> None:
        self._matcher = Matcher(limit_seconds=limit_seconds)
        self.kinds: Mapping[str, Kind] = {
            **KINDS,
            **ASKED,
            "regex": Kind("matches", self._pattern, _a_pattern),
            "json_schema": Kind("keeps to the JSON schema", self._schema, _a_schema),
        }

    def judge(self, checks: Iterable[Check], subject: Subject, *, pass_score: float | None = None) -> Judgement:
        """Judge an answer by checks that were found well-formed."""
        return check.judge(checks, subject, self.kinds, pass_score=pass_score)

    def close(self) -> None:
        """End the process; a later question would start another one."""
        self._matcher.close()

    def _pattern(self, value: Any, subject: Subject) -> Measured:
        found = self._matcher.found(value, subject.text)
        if found is None:
            return Measured(0.0, f"Nothing in the answer matches {quoted(value)}.")
        return Measured(1.0, f"{quoted(value)} matches {quoted(found)}.")

    def _schema(self, value: Any, subject: Subject) -> Measured:
        schema = parsed(value) if isinstance(value, str) else value
        wrong = self._matcher.fault(schema, parsed(subject.text))
        if wrong is None:
            return Measured(1.0, "The answer keeps to the schema.")
        return Measured(0.0, f"The answer breaks the schema {wrong}.")


def _a_pattern(value: Any) -> str:
    if not isinstance(value, str) or not value:
        return "needs a pattern"
    wrong = pattern.fault(value)
    return f"needs a pattern without a mistake ({wrong})" if wrong else ""


def _a_schema(value: Any) -> str:
    return "" if isinstance(value, dict | bool | str) and value != "" else "needs a JSON schema"
