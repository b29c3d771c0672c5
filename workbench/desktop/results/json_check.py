"""Whether an answer is JSON, and of the prompt's own schema."""

from __future__ import annotations

import json
from contextlib import closing
from dataclasses import dataclass

from workbench.core.check import Undecided
from workbench.core.json_answer import NotJson, read, unfenced
from workbench.core.prompt import Prompt
from workbench.core.rendering import json_schema
from workbench.errors import UserError
from workbench.matching.matcher import Matcher

LIMIT = 5_000_000
"""Characters; a longer answer is not looked into."""


@dataclass(frozen=True, slots=True)
class JsonCheck:
    """An answer read as JSON."""

    pretty: str
    """Indented, when it is JSON; the text as it is otherwise."""
    valid: bool
    """JSON, and of the schema where there is one."""
    verdict: str
    """One sentence: what holds, or the first thing that does not and where."""


def check_json(text: str, prompt: Prompt) -> JsonCheck:
    """Read an answer as JSON and hold it against its prompt's schema; not for the UI thread: it waits."""
    if len(text) > LIMIT:
        return JsonCheck(text, valid=False, verdict="Too long to be read as JSON.")
    inner = unfenced(text)
    try:
        data = read(inner)
    except NotJson as error:
        return JsonCheck(text, valid=False, verdict=f"Not JSON: {error}.")
    pretty = json.dumps(data, indent=2, ensure_ascii=False)
    held, verdict = _held(data, prompt)
    return JsonCheck(
        pretty, valid=held, verdict=verdict if inner is text else f"{verdict} It stands in a code fence."
    )


def _held(data: object, prompt: Prompt) -> tuple[bool, str]:
    """Whether data keeps to the prompt's schema, and a sentence about it."""
    try:
        schema = json_schema(prompt)
        if not schema:
            return True, "Valid JSON."
        with closing(Matcher()) as matcher:
            fault = matcher.fault(schema, data)
    except (UserError, Undecided) as error:
        return False, f"It is JSON. {error}"
    if fault:
        return False, f"JSON, but not of the schema: {fault}."
    return True, "Valid JSON of the prompt's schema."
