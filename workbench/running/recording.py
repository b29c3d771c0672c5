"""A run while it happens: what has come so far, and the `Run` that this makes at any moment."""

from __future__ import annotations

import time
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import Any

from workbench.core.completion import (
    PARAMETERS,
    Delta,
    Event,
    Finished,
    GenerationConfig,
    ReasoningDelta,
    Request,
    StopReason,
    Timings,
    config_data,
)
from workbench.core.run import Run
from workbench.core.version import content_id
from workbench.errors import ModelError, ServerError, UserError, WorkbenchError
from workbench.running.job import Job
from workbench.running.prices import PriceBook


@dataclass(frozen=True, slots=True)
class Sendable:
    """A request with only what its provider takes."""

    request: Request
    left_out: tuple[str, ...]
    """The asked-for parameters that the provider does not take."""


def sendable(request: Request, unsupported: frozenset[str], *, model: str) -> Sendable:
    """The request for a model at its provider; parameters that it does not take fall back to the default."""
    asked = set(config_data(request.config))
    asked |= {"json_schema"} if request.json_schema is not None else set()
    asked |= {"effort"} if request.effort is not None else set()
    asked |= {"prefill"} if request.messages[-1].role == "assistant" else set()
    left_out = asked & unsupported
    defaults = {name: getattr(GenerationConfig(), name) for name in left_out & set(PARAMETERS)}
    fitting = replace(
        request,
        model=model,
        config=replace(request.config, **defaults),
        json_schema=None if "json_schema" in left_out else request.json_schema,
        effort=None if "effort" in left_out else request.effort,
    )
    return Sendable(fitting, tuple(sorted(left_out)))


class Recording:
    """Everything a job's run will hold, gathered as it comes. Belongs to the loop's thread."""

    def __init__(self, run_id: str, job: Job, request: Request, prices: PriceBook) -> None:
        self.id = run_id
        self._job = job
        self._prices = prices
        self._messages = request.messages
        self._version = content_id(job.prompt)
        self._created_at = datetime.now(UTC)
        self._began_at = self._sent_at = time.monotonic()
        self._first_at: float | None = None
        self._text: list[str] = []
        self._reasoning: list[str] = []
        self._finished: Finished | None = None
        self._retries: list[dict[str, Any]] = []
        self.details: dict[str, Any] = {}

    @property
    def has_text(self) -> bool:
        """Whether anything has been shown, so that a second attempt would say it again."""
        return self._first_at is not None

    @property
    def finished(self) -> bool:
        """Whether the provider said how the answer ended."""
        return self._finished is not None

    def sent(self) -> None:
        """The request goes out now; the first token is waited for from here, all of it from the first attempt."""
        self._sent_at = time.monotonic()
        if not self._retries:
            self._created_at, self._began_at = datetime.now(UTC), self._sent_at

    def take(self, event: Event) -> None:
        """Keep what an event brings."""
        match event:
            case Delta(text) | ReasoningDelta(text):
                if text and self._first_at is None:
                    self._first_at = time.monotonic()
                (self._text if isinstance(event, Delta) else self._reasoning).append(text)
            case Finished():
                self._finished = event

    def retried(self, error: WorkbenchError, seconds: float) -> None:
        """An attempt failed and another one follows."""
        retry: dict[str, Any] = {"error": error.message, "waited_seconds": round(seconds, 3)}
        if isinstance(error, ServerError) and error.status is not None:
            retry["status"] = error.status
        self._retries.append(retry)

    def text(self) -> tuple[str, str]:
        """Answer and reasoning so far."""
        for pieces in (self._text, self._reasoning):
            pieces[:] = ["".join(pieces)]  # so that joining again is cheap
        return self._text[0], self._reasoning[0]

    def run(self, stop_reason: StopReason | None = None, error: WorkbenchError | None = None) -> Run:
        """The run as it stands; without a stop reason, as the provider finished it."""
        text, reasoning = self.text()
        finished = self._finished
        usage = finished.usage if finished else None
        return Run(
            id=self.id,
            created_at=self._created_at,
            prompt_id=self._job.prompt_id,
            prompt_name=self._job.prompt_name,
            version=self._version,
            prompt=self._job.prompt,
            values=dict(self._job.values),
            messages=self._messages,
            model=self._job.model,
            config=self._job.config,
            text=text,
            reasoning=reasoning,
            # A stream that ends without saying why has broken off.
            stop_reason=stop_reason or (finished.stop_reason if finished else "truncated"),
            usage=usage,
            timings=self._timings(),
            cost=self._prices.cost(self._job.model, usage),
            error=str(error) if error else None,
            details=self._details(error),
            case_id=self._job.case_id,
        )

    def _timings(self) -> Timings:
        total = (time.monotonic() - self._began_at) * 1_000
        if self._finished and self._finished.timings.total_ms:
            timings = self._finished.timings
            return replace(timings, total_ms=total) if self._retries else timings
        first = None if self._first_at is None else (self._first_at - self._sent_at) * 1_000
        return Timings(first, total)

    def _details(self, error: WorkbenchError | None) -> Mapping[str, Any]:
        details = {**(self._finished.details if self._finished else {}), **self.details}
        if self._retries:
            details["retries"] = self._retries
        counted = self._finished is not None and self._finished.usage is not None
        if counted and (price := self._prices.price_of(self._job.model)) and price.as_of:
            details["price_as_of"] = price.as_of
        return {**details, "error": _error_data(error)} if error else details


def _error_data(error: WorkbenchError) -> dict[str, Any]:
    """What a report needs beyond the sentence: whose error it is, the status, its last part alone, log lines."""
    return {
        "kind": type(error).__name__,
        "by": _fault_of(error),
        "status": getattr(error, "status", None),
        "advice": error.advice,
        "details": error.details,
    }


def _fault_of(error: WorkbenchError) -> str:
    match error:
        case ModelError():
            return "model"
        case UserError():
            return "input"
        case _:
            return "program"
