"""A run as a row, and back, without losing a bit of it."""

from __future__ import annotations

import json
import sqlite3
from typing import Any

from workbench.core.completion import GenerationConfig, Message, Timings, Usage
from workbench.core.prompt import Prompt
from workbench.core.run import Rating, Run
from workbench.store.clock import moment_restored, moment_stored
from workbench.store.contents import (
    config_restored,
    config_stored,
    content_key,
    prompt_from,
    text_key,
    text_of,
)
from workbench.store.database import Database
from workbench.store.records import RunSummary
from workbench.store.text import (
    excerpt,
    json_stored,
    optional,
    optional_back,
    restored,
    searchable,
    searchable_values,
    stored,
)

COLUMNS = (
    "id", "created_at", "prompt_id", "prompt_name", "model", "stop_reason", "error", "excerpt",
    "prompt_tokens", "completion_tokens", "cached_tokens", "reasoning_tokens",
    "ttft_ms", "total_ms", "tokens_per_second", "cost", "case_id",
    "content", "values", "config", "messages", "details", "reasoning", "text",
)  # fmt: skip
"""The columns that `runs` and `unfinished_runs` share, in their order."""

NAMED_COLUMNS = ", ".join(f'"{name}"' for name in COLUMNS)
PLACEHOLDERS = ", ".join("?" * len(COLUMNS))

FULL = "r.*, c.id AS version, c.body AS prompt FROM {table} r JOIN contents c ON c.key = r.content"
"""What `run_from` needs of a table of runs."""

_USAGE = ("prompt_tokens", "completion_tokens", "cached_tokens", "reasoning_tokens")


def row_of(database: Database, run: Run) -> list[Any]:
    """The values of `COLUMNS`; what runs share is stored on the way."""
    usage = run.usage
    return [
        run.id,
        moment_stored(run.created_at),
        run.prompt_id,
        stored(run.prompt_name),
        stored(run.model),
        run.stop_reason,
        optional(run.error),
        excerpt(run.text),
        *(None if usage is None else getattr(usage, name) for name in _USAGE),
        run.timings.ttft_ms,
        run.timings.total_ms,
        run.timings.tokens_per_second,
        run.cost,
        optional(run.case_id),
        content_key(database, run.prompt),
        text_key(database, json_stored(dict(run.values))),
        text_key(database, config_stored(run.config)),
        json_stored([_message_stored(database, message) for message in run.messages]),
        json.dumps(dict(run.details), default=str),
        stored(run.reasoning),
        stored(run.text),
    ]


def run_from(database: Database, row: sqlite3.Row, known: dict[int, Any]) -> Run:
    """The run of a row of `FULL`; `known` spares reading the same prompts and texts again in a long list."""
    return Run(
        id=row["id"],
        created_at=moment_restored(row["created_at"]),
        prompt_id=row["prompt_id"],
        prompt_name=restored(row["prompt_name"]),
        version=row["version"],
        prompt=_prompt(row, known),
        values=json.loads(text_of(database, row["values"])),
        messages=tuple(_message(database, item) for item in json.loads(row["messages"])),
        model=restored(row["model"]),
        config=_config(database, row["config"], known),
        text=restored(row["text"]),
        reasoning=restored(row["reasoning"]),
        stop_reason=row["stop_reason"],
        usage=_usage(row),
        timings=Timings(row["ttft_ms"], row["total_ms"], row["tokens_per_second"]),
        cost=row["cost"],
        error=optional_back(row["error"]),
        details=json.loads(row["details"]),
        case_id=optional_back(row["case_id"]),
    )


def summary_from(row: sqlite3.Row) -> RunSummary:
    """The line of the history of a row with the rating's columns."""
    return RunSummary(
        id=row["id"],
        created_at=moment_restored(row["created_at"]),
        prompt_id=row["prompt_id"],
        prompt_name=restored(row["prompt_name"]),
        model=restored(row["model"]),
        excerpt=row["excerpt"],
        stop_reason=row["stop_reason"],
        error=optional_back(row["error"]),
        verdict=row["verdict"],
        score=row["score"],
        has_golden=bool(row["has_golden"]),
        total_ms=row["total_ms"],
        usage=_usage(row),
    )


def rating_from(row: sqlite3.Row | None) -> Rating:
    """The rating of a row of `ratings`; an empty one for none."""
    if row is None:
        return Rating()
    return Rating(
        verdict=row["verdict"],
        score=row["score"],
        golden=optional_back(row["golden"]),
        note=restored(row["note"]),
        rated_at=moment_restored(row["rated_at"]),
    )


def searched_text(run: Run) -> str:
    """What the history is searched by."""
    return searchable(
        run.prompt_name, run.model, searchable_values(run.values), run.text, run.reasoning, run.error or ""
    )


def searched_text_of(row: sqlite3.Row) -> str:
    """The same of a row with those columns, and the values as `said_values`."""
    return searchable(
        restored(row["prompt_name"]),
        restored(row["model"]),
        searchable_values(json.loads(restored(row["said_values"]))),
        restored(row["text"]),
        restored(row["reasoning"]),
        optional_back(row["error"]) or "",
    )


def moment(run_id: str) -> int:
    """The part of an id that says when, as a row's key: 44 bits of milliseconds, 12 below them, 7 by chance.

    Keys order like ids, so that pages and the full-text index, which knows rows by key only, agree on what
    is newest. Raises ValueError for what is not the id of a run.
    """
    if len(run_id) != 32:
        raise ValueError(f"{run_id!r} is not the id of a run")
    value = int(run_id, 16)
    millis, below, chance = value >> 80, (value >> 64) & 0xFFF, value & 0x7F
    return (millis & ((1 << 44) - 1)) << 19 | below << 7 | chance


def _message_stored(database: Database, message: Message) -> list[Any]:
    reasoning = text_key(database, message.reasoning) if message.reasoning else None
    return [message.role, text_key(database, message.content), reasoning]


def _message(database: Database, item: list[Any]) -> Message:
    role, content, reasoning = item
    return Message(role, text_of(database, content), "" if reasoning is None else text_of(database, reasoning))


def _prompt(row: sqlite3.Row, known: dict[int, Any]) -> Prompt:
    key = -row["content"]  # contents and texts number from 1 each; the sign tells them apart in `known`
    if key not in known:
        known[key] = prompt_from(row["prompt"])
    prompt: Prompt = known[key]
    return prompt


def _config(database: Database, key: int, known: dict[int, Any]) -> GenerationConfig:
    if key not in known:
        known[key] = config_restored(text_of(database, key))
    config: GenerationConfig = known[key]
    return config


def _usage(row: sqlite3.Row) -> Usage | None:
    return None if row["prompt_tokens"] is None else Usage(*(row[name] for name in _USAGE))
