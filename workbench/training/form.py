"""Whether an answer has the form that its prompt asked for."""

from __future__ import annotations

from workbench.core.check import Undecided
from workbench.core.json_answer import NotJson, read
from workbench.core.prompt import Prompt
from workbench.core.rendering import json_schema
from workbench.errors import UserError
from workbench.matching.matcher import Matcher


def form_fault(prompt: Prompt, answer: str, matcher: Matcher) -> str | None:
    """Why an answer breaks the prompt's output format; None when it keeps to it or the format is text."""
    if prompt.output_format.kind != "json":
        return None
    try:
        data, schema = read(answer), json_schema(prompt)
        fault = matcher.fault(schema, data) if schema else None
    except NotJson as error:
        return f"The answer is not JSON: {error}."
    except UserError as error:
        return error.message
    except Undecided as error:
        return str(error)
    return f"The answer breaks the prompt's JSON schema {fault}." if fault else None
