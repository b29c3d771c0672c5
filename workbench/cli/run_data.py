"""Runs as JSON and as text, the same in every subcommand."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from workbench.core.completion import Message, config_data
from workbench.core.run import RatedRun, Rating, Run
from workbench.store import RunSummary


def run_data(run: Run) -> dict[str, Any]:
    """A run as the documented JSON object."""
    usage, timings = run.usage, run.timings
    return {
        "id": run.id,
        "prompt": run.prompt_name,
        "version": run.version,
        "model": run.model,
        "values": dict(run.values),
        "messages": [_message(message) for message in run.messages],
        "text": run.text,
        "reasoning": run.reasoning,
        "stop_reason": run.stop_reason,
        "usage": usage and {"prompt_tokens": usage.prompt_tokens, "completion_tokens": usage.completion_tokens},
        "timings": {
            "ttft_ms": timings.ttft_ms,
            "total_ms": timings.total_ms,
            "tokens_per_second": timings.tokens_per_second,
        },
        "cost": run.cost,
        "error": run.error,
    }


def rated_data(rated: RatedRun) -> dict[str, Any]:
    """A run with what is kept beside it."""
    run = rated.run
    return run_data(run) | {
        "created_at": run.created_at.isoformat(),
        "config": config_data(run.config),
        "details": dict(run.details),
        "rating": rating_data(rated.rating),
    }


def rating_data(rating: Rating) -> Mapping[str, Any]:
    """A rating as JSON."""
    names = ("verdict", "score", "golden", "note")
    return {name: getattr(rating, name) for name in names}


def summary_data(run: RunSummary) -> dict[str, Any]:
    """A line of the history as JSON."""
    return {
        "id": run.id,
        "created_at": run.created_at.isoformat(),
        "prompt": run.prompt_name,
        "model": run.model,
        "excerpt": run.excerpt,
        "stop_reason": run.stop_reason,
        "error": run.error,
        "verdict": run.verdict,
        "score": run.score,
        "has_golden": run.has_golden,
    }


def _message(message: Message) -> dict[str, str]:
    data = {"role": message.role, "content": message.content}
    return data | {"reasoning": message.reasoning} if message.reasoning else data


def short(run_id: str) -> str:
    """Enough of a run's id to name it: its millisecond."""
    return run_id[:12]
