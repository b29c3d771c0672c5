"""One request through the provider, and all that came of it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field

from workbench.core.completion import Delta, Event, Finished, ReasoningDelta, Request
from workbench.errors import WorkbenchError
from workbench.providers.openai_compatible import OpenAICompatible


@dataclass
class Answered:
    """All that came of one request."""

    events: list[Event] = field(default_factory=list)
    error: WorkbenchError | None = None

    @property
    def text(self) -> str:
        return "".join(event.text for event in self.events if isinstance(event, Delta))

    @property
    def reasoning(self) -> str:
        return "".join(event.text for event in self.events if isinstance(event, ReasoningDelta))

    @property
    def finished(self) -> Finished:
        *_, last = self.events
        assert isinstance(last, Finished)
        return last


Ask = Callable[..., Answered]
"""`ask(text, key=…, base_url=…, stall_seconds=…, first_seconds=…, **fields of Request)`."""


async def answered_by(provider: OpenAICompatible, request: Request) -> Answered:
    """All events of a request, and the error that it may have ended with."""
    answered = Answered()
    try:
        async for event in provider.complete(request):
            answered.events.append(event)
    except WorkbenchError as error:
        answered.error = error
    finally:
        await provider.close()
    return answered
