"""The grammar that llama.cpp keeps an answer to: a person's own, or one made from a JSON schema."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from workbench.core.completion import Request
from workbench.errors import UserError

_LOOSE_CHARACTER = r'char ::= [^"\\] |'
_STRICT_CHARACTER = r'char ::= [^"\\\x7F\x00-\x1F] |'
"""JSON forbids bare control characters within strings; the bindings' converter allows them."""


@dataclass(frozen=True, slots=True)
class Grammar:
    """GBNF, and the words for what it is when llama.cpp refuses it."""

    text: str
    name: str = "the grammar made from the JSON schema"
    advice: str = "Simplify the schema, or choose text as the output format."
    wanted: str = "JSON as the output format asks for it"


def asked_grammar(request: Request) -> Grammar | None:
    """What the answer has to follow; None when it is free. Raises UserError when two things are asked for."""
    own, schema = request.config.grammar, request.json_schema
    if own is None:
        return None if schema is None else Grammar(grammar_of(schema))
    if schema is not None:
        raise UserError(
            "The prompt asks for JSON, and the parameters have a grammar; an answer can follow one of them.",
            advice="Take the grammar away, or choose text as the output format.",
        )
    advice = "It is written in GBNF, and its first rule is named root."
    return Grammar(own, "the grammar", advice, wanted="an answer that the grammar allows")


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
