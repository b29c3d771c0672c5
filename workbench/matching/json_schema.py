"""JSON schemas: whether one can be used, and where data breaks it.

A schema's patterns and references can take longer than anybody waits, and a pattern holds the whole process up
meanwhile. So only `problem`, which tries no pattern of the schema's, may be asked anywhere; `fault` is for the
process that can be ended (see `Matcher`).
"""

from __future__ import annotations

import json
import re
from functools import lru_cache
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from jsonschema.exceptions import ValidationError

LONGEST_MESSAGE = 200
"""Characters of what jsonschema says, which may quote the whole data."""


class BadSchema(Exception):
    """The schema itself cannot be used; the text is a sentence."""


def problem(schema: Any) -> str:
    """Why a schema cannot be used, as a sentence; empty for a good one."""
    try:
        _check(schema)
    except BadSchema as error:
        return str(error)
    return ""


def fault(schema: Any, data: Any) -> str | None:
    """Where and how data breaks a schema: `at n: 'one' is not of type 'integer'`. Raises BadSchema."""
    from jsonschema.exceptions import best_match
    from referencing.exceptions import Unresolvable

    try:
        found = best_match(_validator(json.dumps(schema)).iter_errors(data))
    except Unresolvable as error:
        raise BadSchema(f"The JSON schema refers to {error.ref!r}, which is not in it.") from error
    except (re.error, RecursionError) as error:
        raise BadSchema(f"The JSON schema cannot be used: {error}.") from error
    return None if found is None else f"at {_place(found) or 'the top'}: {_short(found.message)}"


@lru_cache(maxsize=64)
def _validator(schema: str) -> Any:
    """A schema, checked and ready: that takes longer than holding one answer against it. Raises BadSchema."""
    from referencing import Registry

    wanted = json.loads(schema)
    # With nothing to look references up in, jsonschema would fetch whatever a $ref names: it gets an empty shelf.
    known = {"registry": Registry()}
    return _check(wanted)(wanted, **known)


def _check(schema: Any) -> Any:
    """The class that a schema's own dialect asks for. Raises BadSchema."""
    # Imported here: only prompts and checks with a schema pay for it.
    from jsonschema.exceptions import SchemaError
    from jsonschema.validators import validator_for

    try:
        kind = validator_for(schema)
        kind.check_schema(schema)
    except SchemaError as error:
        where = f" at {_place(error)}" if error.absolute_path else ""
        raise BadSchema(f"The JSON schema is not a valid schema: {_short(error.message)}{where}.") from error
    except (re.error, RecursionError) as error:
        raise BadSchema(f"The JSON schema cannot be used: {error}.") from error
    return kind


def _place(error: ValidationError | Any) -> str:
    return "/".join(map(str, error.absolute_path))


def _short(text: str) -> str:
    return text if len(text) <= LONGEST_MESSAGE else text[: LONGEST_MESSAGE - 1] + "…"
