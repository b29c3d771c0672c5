"""Asking a local model, as the scheduler does."""

from __future__ import annotations

from collections.abc import AsyncGenerator
from typing import Any, cast

from workbench.core.completion import Delta, Event, Finished, GenerationConfig, Message, Request
from workbench.providers.llamacpp import LlamaCpp

GREEDY = GenerationConfig(temperature=0, max_tokens=24)
ONE_TOKEN = GenerationConfig(temperature=0, max_tokens=1)
LONG = Request("", (Message("user", "Tell a very long story about a parrot."),), GenerationConfig(seed=1))
"""Takes half a minute if nobody stops it."""


def request(text: str = "Name three colours.", config: GenerationConfig = GREEDY, **more: Any) -> Request:
    return Request("", (Message("user", text),), config, **more)


def begun(text: str, start: str, config: GenerationConfig = GREEDY, **more: Any) -> Request:
    """A request whose answer is begun."""
    return Request("", (Message("user", text), Message("assistant", start)), config, **more)


def events_of(provider: LlamaCpp, asked: Request) -> AsyncGenerator[Event]:
    return cast("AsyncGenerator[Event]", provider.complete(asked))


async def answer(provider: LlamaCpp, asked: Request) -> tuple[str, Finished]:
    """The whole answer, and its end, which comes last and once."""
    events = [event async for event in provider.complete(asked)]
    (end,) = (event for event in events if isinstance(event, Finished))
    assert events[-1] is end
    return "".join(event.text for event in events if isinstance(event, Delta)), end


async def first_delta(events: AsyncGenerator[Event]) -> str:
    """Wait for the first piece of text."""
    async for event in events:
        if isinstance(event, Delta):
            return event.text
    raise AssertionError("no text came")
