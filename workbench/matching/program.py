"""The child process in which patterns and JSON schemas are tried on answers.

A regular expression can take longer than the universe lasts on an answer that almost matches, and nothing inside
a Python process can end it. So it runs in this one, which can be killed. Each line on standard input is a
question, each on standard output its answer, both JSON: `["pattern", PATTERN, TEXT]` → `[matched text or null]`,
`["schema", SCHEMA, DATA]` → `[what is wrong or null]`; anything else that goes wrong is `{"problem": sentence}`.
"""

from __future__ import annotations

import json
import re
import signal
import sys
from typing import Any

LONGEST_SECONDS = 60
"""After so long on one question the process ends itself: whoever would have killed it is dead."""


def main() -> None:
    """Answer until the questions end."""
    for line in sys.stdin:
        _end_after(LONGEST_SECONDS)
        kind, wanted, subject = json.loads(line)
        sys.stdout.write(json.dumps(_searched(wanted, subject) if kind == "pattern" else _held(wanted, subject)))
        sys.stdout.write("\n")
        sys.stdout.flush()
        _end_after(0)


def _end_after(seconds: int) -> None:
    """Have the system end this process, where it can; even a pattern cannot hold that up."""
    if alarm := getattr(signal, "alarm", None):
        alarm(seconds)


def _searched(pattern: str, text: str) -> Any:
    try:
        match = re.search(pattern, text)
    except (re.error, RecursionError, OverflowError) as error:
        return {"problem": f"The pattern cannot be used: {error}."}
    return [match.group() if match else None]


def _held(schema: Any, data: Any) -> Any:
    from workbench.matching.json_schema import BadSchema, fault

    try:
        return [fault(schema, data)]
    except BadSchema as error:
        return {"problem": str(error)}


if __name__ == "__main__":
    main()
