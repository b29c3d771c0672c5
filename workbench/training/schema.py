"""Whether an answer is the JSON that its prompt asked for."""

from __future__ import annotations

import json
from functools import lru_cache
from typing import Any

from workbench.core.prompt import OutputFormat, Prompt
from workbench.core.rendering import json_schema
from workbench.errors import UserError


def schema_fault(prompt: Prompt, answer: str) -> str | None:
    """Why an answer breaks the prompt's output format; None when it keeps to it or the format is text."""
    if prompt.output_format.kind != "json":
        return None
    try:
        data = json.loads(answer, parse_constant=_no_constant)
    except (ValueError, RecursionError) as error:
        return f"The answer is not JSON: {error}."
    try:
        validator = _validator(prompt.output_format)
    except UserError as error:
        return error.message
    return _fault(validator, data)


def _no_constant(name: str) -> None:
    raise ValueError(f"{name} is not a JSON value")


@lru_cache(maxsize=64)
def _validator(output_format: OutputFormat) -> Any:
    """The compiled schema of an output format. Raises UserError."""
    # Imported here: only prompts with a JSON format pay for it.
    from jsonschema.exceptions import SchemaError
    from jsonschema.validators import validator_for
    from referencing import Registry

    schema = json_schema(Prompt(output_format=output_format)) or {}
    kind = validator_for(schema)
    try:
        kind.check_schema(schema)
    except SchemaError as error:
        raise UserError(f"The prompt's JSON schema is not a valid schema: {error.message}.") from error
    # The empty registry: without one, jsonschema fetches whatever URL a $ref names.
    return kind(schema, registry=Registry())


def _fault(validator: Any, data: Any) -> str | None:
    from jsonschema.exceptions import best_match
    from referencing.exceptions import Unresolvable

    try:
        error = best_match(validator.iter_errors(data))
    except Unresolvable as unresolvable:
        return f"The prompt's JSON schema refers to {unresolvable.ref!r}, which is not in it."
    if error is None:
        return None
    place = "/".join(map(str, error.absolute_path)) or "the top"
    return f"The answer breaks the prompt's JSON schema at {place}: {_short(error.message)}."


def _short(text: str, most: int = 200) -> str:
    return text if len(text) <= most else text[: most - 1] + "…"
