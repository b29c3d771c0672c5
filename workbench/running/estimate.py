"""What running an experiment will take, before it is run: calls, tokens, money, time.

Calls are exact: each cell's request is hashed as the running does it and looked up in the cache. Prompt tokens
are counted as a quarter of the letters; the length and the time of answers are those of the model's last runs, for
the models of this machine as `local_pace` has it. Judges are counted with their tokens and money, not with their
time: they are asked while others answer.
What is not known stays None, and is never guessed to be nothing.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Collection, Iterator, Mapping
from dataclasses import dataclass
from statistics import fmean
from typing import Any

from workbench.core.completion import Request, Usage
from workbench.core.experiment import Cell, Experiment, checks_of
from workbench.core.model_reference import parse
from workbench.running import local_pace
from workbench.running.benchmark import Benchmark
from workbench.running.experiment import Experiments
from workbench.running.experiment_plan import Asked, Lane, jobs, lanes, models_of, request_hash
from workbench.running.job import checked
from workbench.running.model_identities import model_identities
from workbench.running.model_record import model_record
from workbench.store import Store
from workbench.store.records import UsualAnswer

LETTERS_A_TOKEN = 4
USUAL_TOKENS = 300
"""Of an answer, where neither an earlier one nor a limit says more."""

JUDGE_TOKENS = 80
"""Of a judge's answer, where it has never answered."""
JUDGE_PROMPT_TOKENS = 220
"""Of what a judge reads besides the task, the answers and the rubric."""

LOCAL_SEQUENCES = 16
"""Answers that a local model writes at once where the person set nothing else; the worker's own number."""

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
    at_server: int = 0
    """Answers that a batch of an earlier running is still to bring: they are not asked for again."""


@dataclass(frozen=True, slots=True)
class _Call:
    model: str
    usage: Usage


@dataclass(frozen=True, slots=True)
class _Known:
    """What earlier runs and the person's settings say about how long answers take."""

    usual: Mapping[str, UsualAnswer]
    benchmarks: Mapping[str, Benchmark]
    local_at_once: int
    """Answers that a local model writes at once."""
    concurrency: int | None


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
    local = {model for model in models if parse(model).place in ("starter", "local")}
    usual, benchmarks, batches = await asyncio.wrap_future(
        store.read(
            lambda opened: (
                opened.usual_answers(models),
                _benchmarks(opened, local),
                opened.open_batches(experiment.id),
            )
        )
    )
    batched = {cell for batch in batches for _, cell in batch.cells}
    at_server = [one for one in asked if one.cell in batched]
    asked = tuple(one for one in asked if one.cell not in batched)
    options = await experiments.catalog.load_options()
    answered: frozenset[bytes] = frozenset()
    hashes: list[bytes] = []
    if cache:
        identities = await model_identities(store, experiments.catalog, models)
        hashes = await asyncio.to_thread(_hashes, asked, identities)
        answered = await asyncio.wrap_future(store.read(lambda opened: opened.answered(hashes)))
    fresh = [one for n, one in enumerate(asked) if not (cache and hashes[n] in answered)]
    cached = len(asked) - len(fresh)
    known = _Known(usual, benchmarks, 1 if options.serial else options.sequences or LOCAL_SEQUENCES, concurrency)
    return await asyncio.to_thread(_summed, experiment, fresh, cached, at_server=at_server, known=known, cost=cost)


def _benchmarks(store: Store, models: Collection[str]) -> dict[str, Benchmark]:
    """The newest one of each of these models that has any."""
    found = {model: model_record(store, model).benchmarks for model in models}
    return {model: benchmarks[0] for model, benchmarks in found.items() if benchmarks}


def _hashes(asked: Collection[Asked], identities: Mapping[str, Mapping[str, Any]]) -> list[bytes]:
    return [request_hash(checked(one.job), identities[one.job.model], one.cell.repetition) for one in asked]


def _summed(
    experiment: Experiment,
    fresh: list[Asked],
    cached: int,
    *,
    at_server: list[Asked],
    known: _Known,
    cost: Cost,
) -> Estimate:
    calls, sent = (
        [_Call(one.job.model, _usage(checked(one.job), known.usual.get(one.job.model))) for one in part]
        for part in (fresh, at_server)
    )
    judges = list(_judges(experiment, [*fresh, *at_server], [*calls, *sent], known.usual))
    every = calls + judges
    costs = [cost(call.model, call.usage) for call in every]
    priced = [one for one in costs if one is not None]
    return Estimate(
        calls=len(calls),
        cached=cached,
        prompt_tokens=sum(call.usage.prompt_tokens for call in every),
        completion_tokens=sum(call.usage.completion_tokens for call in every),
        cost=sum(priced) if len(priced) == len(costs) else None,
        seconds=_seconds(lanes(fresh), known),
        cost_known=sum(priced),
        judged=len(judges),
        at_server=len(at_server),
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


def _seconds(gone_through: tuple[Lane, ...], known: _Known) -> float | None:
    """Lanes go on side by side, so the longest one counts."""
    taken = [_local_seconds(lane, known) if lane.local else _served_seconds(lane, known) for lane in gone_through]
    longest = 0.0
    for seconds in taken:
        if seconds is None:
            return None
        longest = max(longest, seconds)
    return longest


def _served_seconds(lane: Lane, known: _Known) -> float | None:
    if any(one.job.model not in known.usual for one in lane.asked):
        return None
    whole = sum(known.usual[one.job.model].total_ms for one in lane.asked) / 1000
    return whole / min(known.concurrency or _CLOUD_AT_ONCE, len(lane.asked))


def _local_seconds(lane: Lane, known: _Known) -> float | None:
    """One model after the other, each with all that it is asked."""
    by_model: dict[str, list[Request]] = {}
    for one in lane.asked:
        by_model.setdefault(one.job.model, []).append(checked(one.job))
    whole = 0.0
    for model, requests in by_model.items():
        usual = known.usual.get(model)
        usages = [_usage(request, usual) for request in requests]
        pace = local_pace.pace(
            usual,
            known.benchmarks.get(model),
            at_once=min(known.local_at_once, len(requests)),
            prompt_tokens=fmean(usage.prompt_tokens for usage in usages),
        )
        if pace is None:
            return None
        read = local_pace.own_letters(map(_written_out, requests)) / LETTERS_A_TOKEN
        whole += pace.seconds(read=read, written=sum(usage.completion_tokens for usage in usages))
    return whole


def _written_out(request: Request) -> str:
    return "\n".join(f"{message.role}\n{message.content}" for message in request.messages)
