"""New test cases by a model: what it is asked, and what is read out of its answer.

The answer is read as it comes, tolerantly: an object is a case when it gives a variable a value, wherever it
stands, so a fence, a preface or an end that was cut off cost nothing but themselves. Cases that say what is known
already are left out. Nothing is added anywhere: a person looks at them first.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from workbench.core.case import Case
from workbench.core.completion import GenerationConfig
from workbench.core.identifier import new_id
from workbench.core.model_reference import parse
from workbench.core.prompt import OutputFormat, Prompt
from workbench.errors import UserError
from workbench.interchange.suite import as_text
from workbench.running.job import Job

MOST = 100
"""Cases that are asked for at once."""
_MOST_SHOWN = 8
"""Known cases that are shown as examples."""
_LONGEST = 2_000
"""Characters of a text that are shown of an example or the prompt."""
_MOST_FORCED = 20
"""A small model stops early unless the form forbids it; a longer form takes a grammar its time."""
_INNER = ("values", "vars", "variables", "input", "inputs")
_EXPECTED = ("expected", "expected_answer", "__expected", "answer", "output")

_SYSTEM = (
    "You write test cases for a prompt that is given to a language model. Test cases find out whether the prompt "
    "works: realistic, different from one another in content, length and tone, some ordinary, some at the edges. "
    "You answer with JSON only."
)


@dataclass(frozen=True, slots=True)
class Read:
    """What an answer came to."""

    cases: tuple[Case, ...]
    """Marked as generated."""
    duplicates: int
    """How many said what was known already."""


def asking(
    prompt: Prompt | None,
    columns: Sequence[str],
    known: Sequence[Case],
    *,
    count: int,
    model: str,
    wish: str = "",
    with_expected: bool = True,
) -> Job:
    """A job that asks a model for so many cases. Raises UserError when there is nothing to ask for."""
    if not columns:
        raise UserError("There is no variable to think up values for.", advice="Add a column, or choose a prompt.")
    if not 1 <= count <= MOST:
        raise UserError(f"{count} cases are asked for.", advice=f"Ask for 1 to {MOST} at once.")
    parts = (*columns, "expected") if with_expected else tuple(columns)
    asked = "\n\n".join((*_shown(prompt, columns, known), *_wanted(parts, count, wish)))
    local = parse(model).place != "profile"
    # A grammar keeps a small model to the form; not every server takes a schema, and a large model needs none.
    form = OutputFormat("json", json.dumps(_schema(parts, count))) if local else OutputFormat()
    return Job(
        Prompt(system=_SYSTEM, user="{{request}}", output_format=form),
        {"request": asked},
        model,
        # Without some chance a local model repeats the first case; servers have it by themselves.
        GenerationConfig(temperature=0.9) if local else GenerationConfig(),
        prompt_name="Test cases",
    )


def read(text: str, columns: Sequence[str], known: Iterable[Case] = (), *, most: int = MOST) -> Read:
    """The cases of an answer, or of its beginning."""
    seen = {_said(case.values, columns) for case in known}
    found: list[Case] = []
    duplicates = 0
    for data in _objects(text, columns):
        case = _case(data, columns)
        said = _said(case.values, columns)
        if said in seen:
            duplicates += 1
        elif len(found) < most and any(said):
            found.append(case)
        seen.add(said)
    return Read(tuple(found), duplicates)


def _shown(prompt: Prompt | None, columns: Sequence[str], known: Sequence[Case]) -> Iterator[str]:
    if prompt is not None:
        yield "The prompt, with its variables in double braces:"
        sections = (prompt.system, prompt.context, prompt.user)
        yield "\n\n".join(f"<section>\n{text[:_LONGEST]}\n</section>" for text in sections if text.strip())
    yield f"The variables: {', '.join(columns)}."
    examples = [_example(case, columns) for case in _spread(known)]
    if examples:
        yield "Cases that there are already; do not repeat them:\n" + "\n".join(examples)


def _wanted(parts: Sequence[str], count: int, wish: str) -> Iterator[str]:
    if wish.strip():
        yield f"What is wanted of the new cases: {wish.strip()}"
    keys = ", ".join(json.dumps(part, ensure_ascii=False) for part in parts)
    cases = "case" if count == 1 else "cases"
    form = (
        f'Write {count} new {cases} as JSON: {{"cases": [...]}}, each an object with the keys {keys}, all texts.'
    )
    expected = " The key expected is the answer that the prompt should get."
    yield form + (expected if "expected" in parts else "")


def _spread(known: Sequence[Case]) -> list[Case]:
    """Some of the cases, from all over the set."""
    if len(known) <= _MOST_SHOWN:
        return list(known)
    return [known[at * len(known) // _MOST_SHOWN] for at in range(_MOST_SHOWN)]


def _example(case: Case, columns: Sequence[str]) -> str:
    data = {name: case.values.get(name, "")[:_LONGEST] for name in columns}
    return json.dumps(
        {**data, **({"expected": case.expected[:_LONGEST]} if case.expected else {})}, ensure_ascii=False
    )


def _schema(parts: Sequence[str], count: int) -> dict[str, Any]:
    case = {
        "type": "object",
        "properties": {part: {"type": "string"} for part in parts},
        "required": list(parts),
        "additionalProperties": False,
    }
    cases = {"type": "array", "items": case, "minItems": min(count, _MOST_FORCED), "maxItems": count}
    return {"type": "object", "properties": {"cases": cases}, "required": ["cases"], "additionalProperties": False}


def _objects(text: str, columns: Sequence[str]) -> Iterator[Mapping[str, Any]]:
    """Every object that is a case, from outside to inside; what is cut off is passed over."""
    decoder, at = json.JSONDecoder(), text.find("{")
    while at >= 0:
        try:
            data, end = decoder.raw_decode(text, at)
        except (ValueError, RecursionError):
            end = at + 1
        else:
            yield from _cases_in(data, columns)
        at = text.find("{", end)


def _cases_in(data: Any, columns: Sequence[str]) -> Iterator[Mapping[str, Any]]:
    match data:
        case dict():
            inner = next((data[key] for key in _INNER if isinstance(data.get(key), dict)), None)
            flat = data if inner is None else {**data, **inner}
            if any(name in flat for name in columns):
                yield flat
            else:
                for item in data.values():
                    yield from _cases_in(item, columns)
        case list():
            for item in data:
                yield from _cases_in(item, columns)


def _case(data: Mapping[str, Any], columns: Sequence[str]) -> Case:
    expected = next((data[key] for key in _EXPECTED if key in data and key not in columns), "")
    values = {name: as_text(data.get(name)) for name in columns}
    return Case(new_id(), values, as_text(expected), generated=True)


def _said(values: Mapping[str, str], columns: Sequence[str]) -> tuple[str, ...]:
    """What counts for being the same: the words, not their case or the space between them."""
    return tuple(" ".join(values.get(name, "").casefold().split()) for name in columns)
