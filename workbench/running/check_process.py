"""The child process in which patterns and JSON schemas are tried on answers.

A regular expression can take longer than the universe lasts on an answer that almost matches, and nothing inside
a Python process can end it. So it runs in this one, which can be killed. It is started as `own_program` says and
imports the standard library alone until a schema comes. Each line on standard input is a question, each on
standard output its answer, both JSON: `["pattern", PATTERN, TEXT]` → `[matched text or null]`, `["schema", SCHEMA,
DATA]` → `[what is wrong or null]`; anything else that goes wrong is `{"problem": sentence}`.
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
        try:
            answer: Any = [_searched(wanted, subject) if kind == "pattern" else _broken(wanted, subject)]
        except Problem as problem:
            answer = {"problem": str(problem)}
        _end_after(0)
        sys.stdout.write(json.dumps(answer) + "\n")
        sys.stdout.flush()


def _end_after(seconds: int) -> None:
    """Have the system end this process, where it can; even a pattern cannot hold that up."""
    if alarm := getattr(signal, "alarm", None):
        alarm(seconds)


class Problem(Exception):
    """The pattern or the schema itself is at fault."""


def _searched(pattern: str, text: str) -> str | None:
    try:
        match = re.search(pattern, text)
    except (re.error, RecursionError, OverflowError) as error:
        raise Problem(f"The pattern cannot be used: {error}.") from error
    return match.group() if match else None


def _broken(schema: Any, data: Any) -> str | None:
    from jsonschema.exceptions import SchemaError, best_match
    from jsonschema.validators import validator_for
    from referencing import Registry
    from referencing.exceptions import Unresolvable

    kind = validator_for(schema)
    try:
        kind.check_schema(schema)
        # The empty registry: without one, jsonschema fetches whatever URL a $ref names.
        found = best_match(kind(schema, registry=Registry()).iter_errors(data))
    except SchemaError as error:
        raise Problem(f"The JSON schema is not a valid schema: {error.message}.") from error
    except Unresolvable as error:
        raise Problem(f"The JSON schema refers to {error.ref!r}, which is not in it.") from error
    except (re.error, RecursionError) as error:
        raise Problem(f"The JSON schema cannot be used: {error}.") from error
    if found is None:
        return None
    return f"at {'/'.join(map(str, found.absolute_path)) or 'the top'}: {found.message[:200]}"


if __name__ == "__main__":
    main()
