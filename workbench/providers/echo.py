"""A model that says the last message back: for trying the workbench without any model, and for its tests."""

from __future__ import annotations

import asyncio
import re
import time
from collections.abc import AsyncGenerator

from workbench.core.completion import (
    Delta,
    Event,
    Finished,
    ModelInfo,
    Request,
    StopReason,
    Timings,
    TokenCount,
    Usage,
)

_WORDS = re.compile(r"\s*\S+\s*\Z|\s*\S+|\s+")


class Echo:
    """Answers with the last user message, a word a token, as a model of any name."""

    def __init__(self, delay_seconds: float = 0) -> None:
        self._delay = delay_seconds

    async def complete(self, request: Request) -> AsyncGenerator[Event, None]:
        """The last user message, cut at `max_tokens` words and at the stop strings."""
        began = time.monotonic()
        first: float | None = None
        words, reason = _said(request)
        for word in words:
            await asyncio.sleep(self._delay)
            first = first or time.monotonic()
            yield Delta(word)
        ended = time.monotonic()
        prompt = sum(len(_WORDS.findall(message.content)) for message in request.messages)
        yield Finished(reason, Usage(prompt, len(words)), _timings(began, first, ended, len(words)))

    def unsupported(self) -> frozenset[str]:
        """Nothing is sampled, so only the length and the stop strings mean something."""
        sampled = {"temperature", "top_p", "top_k", "min_p", "seed"}
        penalties = {"frequency_penalty", "presence_penalty", "repeat_penalty"}
        return frozenset(sampled | penalties | {"json_schema", "effort", "prefill"})

    async def models(self) -> tuple[ModelInfo, ...]:
        """One; any other name works too."""
        return (ModelInfo("echo"),)

    async def count(self, request: Request) -> TokenCount:
        """Words, which are this model's tokens."""
        lengths = tuple(len(_WORDS.findall(message.content)) for message in request.messages)
        return TokenCount(sum(lengths), lengths)

    async def close(self) -> None:
        """Nothing is held."""


def _said(request: Request) -> tuple[list[str], StopReason]:
    text = next((message.content for message in reversed(request.messages) if message.role == "user"), "")
    cut = min((at for stop in request.config.stop if (at := text.find(stop)) >= 0), default=len(text))
    words = _WORDS.findall(text[:cut])
    most = request.config.max_tokens
    return (words[:most], "length") if most is not None and most < len(words) else (words, "stop")


def _timings(began: float, first: float | None, ended: float, tokens: int) -> Timings:
    if first is None:
        return Timings(None, (ended - began) * 1_000)
    spent = ended - first
    speed = (tokens - 1) / spent if tokens > 1 and spent > 0 else None
    return Timings((first - began) * 1_000, (ended - began) * 1_000, speed)
