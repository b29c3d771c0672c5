"""What running an experiment will take, before it is run: calls, tokens, money, time.

Calls are exact: each cell's request is hashed as the running does it and looked up in the cache. Prompt tokens
are counted as a quarter of the letters; the length and the time of answers are those of the model's last runs.
Judges are counted with their tokens and money, not with their time: they are asked while others answer.
What is not known stays None, and is never guessed to be nothing.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Collection, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from workbench.core.completion import Request, Usage
from workbench.core.experiment import Cell, Experiment, checks_of
from workbench.running.experiment import LOCAL_AT_ONCE, Experiments
from workbench.running.experiment_plan import Asked, Lane, jobs, lanes, request_hash
from workbench.running.job import checked
from workbench.running.judging import models_of
from workbench.running.model_identities import model_identities
from workbench.store.records import UsualAnswer

LETTERS_A_TOKEN = 4
USUAL_TOKENS = 300
"""Of an answer, where neither an earlier one nor a limit says more."""

JUDGE_TOKENS = 80
"""Of a judge's answer, where it has never answered."""
JUDGE_PROMPT_TOKENS = 220
"""Of what a judge reads besides the task, the answers and the rubric."""

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
    judged: int = 0
    """Requests to judges besides the calls, at most; their tokens and money are among the others."""


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
    models = {one.job.model for one in asked} | models_of(experiment)
    store = experiments.store
    usual = await asyncio.wrap_future(store.read(lambda opened: opened.usual_answers(models)))
    answered: frozenset[bytes] = frozenset()
    hashes: list[bytes] = []
    if cache:
        identities = await model_identities(store, experiments.catalog, models)
        hashes = await asyncio.to_thread(_hashes, asked, identities)
        answered = await asyncio.wrap_future(store.read(lambda opened: opened.answered(hashes)))
    fresh = [one for n, one in enumerate(asked) if not (cache and hashes[n] in answered)]
    cached = len(asked) - len(fresh)
    return await asyncio.to_thread(_summed, experiment, fresh, cached, usual=usual, cost=cost, at_once=concurrency)


def _hashes(asked: Collection[Asked], identities: Mapping[str, Mapping[str, Any]]) -> list[bytes]:
    return [request_hash(checked(one.job), identities[one.job.model], one.cell.repetition) for one in asked]


def _summed(
    experiment: Experiment,
    fresh: list[Asked],
    cached: int,
    *,
    usual: Mapping[str, UsualAnswer],
    cost: Cost,
    at_once: int | None,
) -> Estimate:
    calls = [_Call(one.job.model, _usage(checked(one.job), usual.get(one.job.model))) for one in fresh]
    judges = list(_judges(experiment, fresh, calls, usual))
    every = calls + judges
    costs = [cost(call.model, call.usage) for call in every]
    known = [one for one in costs if one is not None]
    return Estimate(
        calls=len(calls),
        cached=cached,
        prompt_tokens=sum(call.usage.prompt_tokens for call in every),
        completion_tokens=sum(call.usage.completion_tokens for call in every),
        cost=sum(known) if len(known) == len(costs) else None,
        seconds=_seconds(lanes(fresh), usual, at_once),
        cost_known=sum(known),
        judged=len(judges),
    )


def _judges(
    experiment: Experiment, asked: list[Asked], calls: list[_Call], usual: Mapping[str, UsualAnswer]
) -> Iterator[_Call]:
    """The judges of these cells: each reads the task and the answer, that of a pair twice and two answers."""
    cases = {case.id: case for case in experiment.cases}
    for one, call in zip(asked, calls, strict=True):
        for check in checks_of(experiment, cases[one.cell.case]):
            if check.kind not in ("judge", "judge_pair"):
                continue
            answers, times = (1, 1) if check.kind == "judge" else (2, 2)
            known = usual.get(check.value["model"])
            said = round(known.completion_tokens) if known and known.completion_tokens else JUDGE_TOKENS
            read = JUDGE_PROMPT_TOKENS + len(check.value["rubric"]) // LETTERS_A_TOKEN
            read += call.usage.prompt_tokens + answers * call.usage.completion_tokens
            for _ in range(times * check.value.get("repeat", 1)):
                yield _Call(check.value["model"], Usage(read, said))


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
