"""The model that says the last message back."""

from __future__ import annotations

import asyncio
from typing import Any

from workbench.core.completion import Delta, Event, Finished, GenerationConfig, Message, Request, Usage
from workbench.providers.echo import Echo


def echoed(text: str, **config: Any) -> tuple[str, Finished]:
    messages = (Message("system", "Be an echo."), Message("user", text), Message("assistant", "So:"))
    request = Request("any", messages, GenerationConfig(**config))

    async def events() -> list[Event]:
        return [event async for event in Echo().complete(request)]

    *pieces, last = asyncio.run(events())
    assert isinstance(last, Finished)
    return "".join(piece.text for piece in pieces if isinstance(piece, Delta)), last


def test_says_the_last_user_message_back_exactly() -> None:
    text = "  Two  spaces,\n\na line\u2028and 😀 \n"
    assert echoed(text)[0] == text


def test_counts_words() -> None:
    text, finished = echoed("one two three")
    assert (text, finished.stop_reason) == ("one two three", "stop")
    assert finished.usage == Usage(3 + 3 + 1, 3)
    assert finished.timings.ttft_ms is not None


def test_stops_at_max_tokens() -> None:
    text, finished = echoed("one two three", max_tokens=2)
    assert (text, finished.stop_reason) == ("one two", "length")


def test_stops_at_a_stop_string() -> None:
    assert echoed("one two. three", stop=("three", "."))[0] == "one two"


def test_nothing_to_say_is_an_answer() -> None:
    text, finished = echoed("")
    assert (text, finished.stop_reason, finished.timings.ttft_ms) == ("", "stop", None)
