"""What running an experiment will take, before it is run: calls, tokens, money, time.

Calls are exact: each cell's request is hashed as the running does it and looked up in the cache. Prompt tokens
are counted as a quarter of the letters; the length and the time of answers are those of the model's last runs.
What is not known stays None, and is never guessed to be nothing.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass
from typing import Any

from workbench.core.completion import Request, Usage
from workbench.core.experiment import Cell, Experiment
from workbench.running.experiment import LOCAL_AT_ONCE, Experiments
from workbench.running.experiment_plan import Asked, Lane, jobs, lanes, request_hash
from workbench.running.job import checked
from workbench.running.model_identities import model_identities
from workbench.store.records import UsualAnswer

LETTERS_A_TOKEN = 4
USUAL_TOKENS = 300
"""Of an answer, where neither an earlier one nor a limit says more."""

_CLOUD_AT_ONCE = 16
"""Requests in flight, as a server without a known limit takes them after a while."""

Cost = Callable[[str, Usage], float | None]


@dataclass(frozen=True, slots=True)
class Estimate:
    """What is to come."""

    calls: int
    """Requests that will be sent."""
    cached: int
    """Cells that have been answered before, from the same request."""
    prompt_tokens: int
    completion_tokens: int
    cost: float | None
    """US dollars; None where a price is not known."""
    seconds: float | None
    """None where a model has never answered."""
    cost_known: float = 0.0
    """US dollars of those whose price is known."""


@dataclass(frozen=True, slots=True)
class _Call:
    model: str
    usage: Usage


async def estimate(
    experiments: Experiments,
    experiment: Experiment,
    cells: Collection[Cell],
    *,
    cost: Cost,
    cache: bool = True,
    concurrency: int | None = None,
) -> Estimate:
    """What asking for these cells takes. On the loop's thread; Raises UserError for cells that cannot be asked."""
    asked = await asyncio.to_thread(jobs, experiment, cells)
    models = {one.job.model for one in asked}
    store = experiments.store
    usual = await asyncio.wrap_future(store.read(lambda opened: opened.usual_answers(models)))
    answered: frozenset[bytes] = frozenset()
    hashes: list[bytes] = []
    if cache:
        identities = await model_identities(store, experiments.catalog, models)
        hashes = await asyncio.to_thread(_hashes, asked, identities)
        answered = await asyncio.wrap_future(store.read(lambda opened: opened.answered(hashes)))
    fresh = [one for n, one in enumerate(asked) if not (cache and hashes[n] in answered)]
    return await asyncio.to_thread(_summed, fresh, len(asked) - len(fresh), usual, cost, concurrency)


def _hashes(asked: Collection[Asked], identities: Mapping[str, Mapping[str, Any]]) -> list[bytes]:
    return [request_hash(checked(one.job), identities[one.job.model], one.cell.repetition) for one in asked]


def _summed(
    fresh: list[Asked], cached: int, usual: Mapping[str, UsualAnswer], cost: Cost, concurrency: int | None
) -> Estimate:
    calls = [_Call(one.job.model, _usage(checked(one.job), usual.get(one.job.model))) for one in fresh]
    costs = [cost(call.model, call.usage) for call in calls]
    known = [one for one in costs if one is not None]
    return Estimate(
        calls=len(calls),
        cached=cached,
        prompt_tokens=sum(call.usage.prompt_tokens for call in calls),
        completion_tokens=sum(call.usage.completion_tokens for call in calls),
        cost=sum(known) if len(known) == len(costs) else None,
        seconds=_seconds(lanes(fresh), usual, concurrency),
        cost_known=sum(known),
    )


def _usage(request: Request, usual: UsualAnswer | None) -> Usage:
    letters = sum(len(message.content) for message in request.messages)
    most = request.config.max_tokens
    answer = round(usual.completion_tokens) if usual and usual.completion_tokens else most or USUAL_TOKENS
    return Usage(max(letters // LETTERS_A_TOKEN, 1), min(answer, most or answer))


def _seconds(
    gone_through: tuple[Lane, ...], usual: Mapping[str, UsualAnswer], concurrency: int | None
) -> float | None:
    """Lanes go on side by side, so the longest one counts."""
    longest = 0.0
    for lane in gone_through:
        if any(one.job.model not in usual for one in lane.asked):
            return None
        whole = sum(usual[one.job.model].total_ms for one in lane.asked) / 1000
        at_once = LOCAL_AT_ONCE if lane.local else concurrency or _CLOUD_AT_ONCE
        longest = max(longest, whole / min(at_once, len(lane.asked)))
    return longest
