"""From a JSON schema to the grammar that llama.cpp keeps an answer to."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from workbench.errors import UserError

_LOOSE_CHARACTER = r'char ::= [^"\\] |'
_STRICT_CHARACTER = r'char ::= [^"\\\x7F\x00-\x1F] |'
"""JSON forbids bare control characters within strings; the bindings' converter allows them."""


def grammar_of(schema: Mapping[str, Any]) -> str:
    """GBNF for answers of this JSON schema; an empty one is any JSON object. Raises UserError."""
    from llama_cpp.llama_grammar import json_schema_to_gbnf

    try:
        grammar: str = json_schema_to_gbnf(json.dumps(schema))
    except RecursionError as error:
        raise UserError("The JSON schema of the output format is nested too deeply.") from error
    except Exception as error:  # the converter raises whatever Python does at what it does not expect
        raise UserError(
            f"The JSON schema of the output format cannot be followed by a local model: {error!r}.",
            advice="Simplify it, or choose text as the output format.",
        ) from error
    return grammar.replace(_LOOSE_CHARACTER, _STRICT_CHARACTER)
