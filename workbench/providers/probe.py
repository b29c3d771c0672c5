"""What a model at a server takes: found out with a few short requests, each with one thing more than the first.

A server that refuses says so; one that leaves a thing unused without a word is found out by what its answer lacks,
as far as that shows: log-probabilities, JSON of a schema, reasoning. That a seed is used cannot be seen from one
answer, so it counts as taken unless it is refused.
"""

from __future__ import annotations

import json
from collections.abc import AsyncGenerator, Callable, Mapping
from contextlib import aclosing
from dataclasses import dataclass, field, replace
from typing import Any

from workbench.core.completion import (
    Delta,
    Finished,
    GenerationConfig,
    Message,
    ReasoningDelta,
    Request,
)
from workbench.core.profile import Profile
from workbench.errors import ModelError, ServerError
from workbench.providers.openai_compatible import OpenAICompatible
from workbench.providers.server import Access

_SCHEMA: Mapping[str, Any] = {
    "type": "object",
    "properties": {"number": {"type": "integer"}},
    "required": ["number"],
    "additionalProperties": False,
}
_TOKENS = 64
"""Enough for the answer; a model that reasons first may need more and is then cut off, which does no harm."""

_SECONDS = 60.0


@dataclass(frozen=True, slots=True)
class Probed:
    """What came of one request."""

    name: str
    """`seed`, `logprobs`, `json_schema`, `effort`, as in `Provider.unsupported`; `reasoning` is what it shows."""
    taken: bool
    said: str = ""
    """Why it is not taken."""


@dataclass
class _Answer:
    text: str = ""
    reasoning: str = ""
    finished: Finished | None = None
    details: Mapping[str, Any] = field(default_factory=dict)


Sees = Callable[[_Answer], str]
"""What an answer lacks, as a sentence; empty when it lacks nothing."""


async def probe(profile: Profile, key: Access | str | None, model: str) -> AsyncGenerator[Probed, None]:
    """What a model takes, one finding after the other. Costs five short answers.

    Raises ModelError or UserError when the model does not even answer a plain request.
    """
    provider = OpenAICompatible(profile, key, first_seconds=_SECONDS, stall_seconds=_SECONDS)
    plain = Request(model, (Message("user", "Answer with the number 7."),), GenerationConfig(max_tokens=_TOKENS))
    try:
        first = await _asked(provider, plain)
        lacks = provider.unsupported()
        for name, request, sees in _questions(plain):
            if name in lacks:
                yield Probed(name, taken=False, said="It is known not to take it.")
            else:
                yield await _probed(provider, name, request, sees)
        yield _reasoning(first)
    finally:
        await provider.close()


def _questions(plain: Request) -> tuple[tuple[str, Request, Sees], ...]:
    config = plain.config
    return (
        ("seed", replace(plain, config=replace(config, seed=1)), lambda _: ""),
        ("logprobs", replace(plain, config=replace(config, logprobs=1)), _lacks_logprobs),
        ("json_schema", replace(plain, json_schema=_SCHEMA), _lacks_json),
        ("effort", replace(plain, effort="low"), lambda _: ""),
    )


async def _probed(provider: OpenAICompatible, name: str, request: Request, sees: Sees) -> Probed:
    try:
        lack = sees(await _asked(provider, request))
    except ServerError as error:
        if error.status not in (400, 422):
            raise
        return Probed(name, taken=False, said=error.message)
    except ModelError as error:
        return Probed(name, taken=False, said=error.message)
    return Probed(name, taken=not lack, said=lack)


async def _asked(provider: OpenAICompatible, request: Request) -> _Answer:
    answer = _Answer()
    async with aclosing(provider.complete(request)) as events:
        async for event in events:
            match event:
                case Delta(text):
                    answer.text += text
                case ReasoningDelta(text):
                    answer.reasoning += text
                case Finished():
                    answer.finished, answer.details = event, event.details
    return answer


def _lacks_logprobs(answer: _Answer) -> str:
    return "" if answer.details.get("logprobs") else "It was sent and came to nothing: the answer has none."


def _lacks_json(answer: _Answer) -> str:
    if answer.finished and answer.finished.stop_reason == "length":
        return ""  # cut off by our own limit, which says nothing
    try:
        data = json.loads(answer.text)
    except ValueError:
        data = None
    if isinstance(data, dict) and isinstance(data.get("number"), int):
        return ""
    return "It was sent and came to nothing: the answer is not JSON of the schema."


def _reasoning(answer: _Answer) -> Probed:
    usage = answer.finished.usage if answer.finished else None
    shown = bool(answer.reasoning) or bool(usage and usage.reasoning_tokens)
    return Probed("reasoning", shown, "" if shown else "Its answer came without any reasoning of its own.")
