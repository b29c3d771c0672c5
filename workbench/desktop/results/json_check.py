"""Whether an answer is JSON, and of the prompt's own schema."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from itertools import islice
from typing import Any

_FENCED = re.compile(r"\A\s*```(?:json)?[ \t]*\n(.*?)\n?```\s*\Z", re.DOTALL)

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


def check_json(text: str, schema: str = "") -> JsonCheck:
    """Read a text as JSON and hold it against a schema; never raises for a bad text or a bad schema."""
    fenced = _FENCED.match(text)
    inner = fenced.group(1) if fenced else text
    note = " It stands in a code fence." if fenced else ""
    if len(text) > LIMIT:
        return JsonCheck(text, valid=False, verdict="Too long to be read as JSON.")
    try:
        data = json.loads(inner)
    except json.JSONDecodeError as error:
        return JsonCheck(
            text, valid=False, verdict=f"Not JSON: {error.msg}, line {error.lineno}, column {error.colno}."
        )
    except (RecursionError, ValueError):
        return JsonCheck(text, valid=False, verdict="Not JSON: it is nested too deeply or holds a huge number.")
    pretty = json.dumps(data, indent=2, ensure_ascii=False)
    if not schema.strip():
        return JsonCheck(pretty, valid=True, verdict=f"Valid JSON.{note}")
    problem = _problem(data, schema)
    if problem:
        return JsonCheck(pretty, valid=False, verdict=f"{problem}{note}")
    return JsonCheck(pretty, valid=True, verdict=f"Valid JSON of the prompt's schema.{note}")


def _problem(data: Any, schema: str) -> str:
    """The first thing in which the data breaks the schema, or an empty text."""
    import jsonschema
    from referencing import Registry

    try:
        wanted = json.loads(schema)
        validator = jsonschema.validators.validator_for(wanted, default=jsonschema.Draft202012Validator)
        validator.check_schema(wanted)
        # A registry of its own: the default one would fetch a remote $ref over the network.
        errors = list(islice(validator(wanted, registry=Registry()).iter_errors(data), 1))
    except Exception as error:  # noqa: BLE001 - the schema is typed by hand; jsonschema and referencing raise many kinds
        return f"JSON, but the prompt's schema cannot be used: {str(error).splitlines()[0][:200]}."
    if not errors:
        return ""
    first = errors[0]
    place = "/".join(map(str, first.absolute_path)) or "the top"
    return f"JSON, but not of the schema: at {place}, {first.message[:200]}."
