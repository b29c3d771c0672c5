"""What a grid shows of an experiment's answers: their beginnings, and which of them say a text."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator

from workbench.core.prompt import ChainOfThought
from workbench.core.rendering import part
from workbench.store.contents import prompt_from
from workbench.store.database import Database
from workbench.store.text import restored

BEGINNING = 1_000
"""Characters of an answer that a grid has room for."""

_BEFORE = 60
"""Characters of an answer shown before what was searched for."""

_CHUNK = 400
"""Answers in memory at a time; each may be of any length."""


def beginnings(database: Database, run_ids: Iterable[str]) -> dict[str, str]:
    """The first characters of these runs' answers, told from their reasoning."""
    wanted = list(dict.fromkeys(run_ids))
    return {run_id: answer[:BEGINNING] for run_id, answer in _answers(database, wanted)}


def saying(database: Database, experiment_id: str, text: str) -> dict[str, str]:
    """The runs whose answers say a text, with the stretch around it."""
    sought = text.casefold()
    found = {}
    rows = database.rows(
        """SELECT DISTINCT z.run_id FROM experiments e JOIN experiment_cells z ON z.experiment = e.key
           WHERE e.id = ?""",
        [experiment_id],
    )
    for run_id, answer in _answers(database, [row["run_id"] for row in rows]):
        at = answer.casefold().find(sought)
        if at >= 0:
            start = _word(answer, max(0, at - _BEFORE), at)
            found[run_id] = ("…" if start else "") + answer[start : at + BEGINNING]
    return found


def _word(text: str, start: int, end: int) -> int:
    """Where the first whole word after a place begins, before another place; the place itself where none does."""
    space = text.find(" ", start, end) if start else -1
    return space + 1 if space >= 0 else start


def _answers(database: Database, run_ids: list[str]) -> Iterator[tuple[str, str]]:
    """The whole answers of these runs, as far as they have ended."""
    chains: dict[int, ChainOfThought] = {}
    for at in range(0, len(run_ids), _CHUNK):
        rows = database.rows(
            "SELECT r.id, r.text, r.content FROM json_each(?) j JOIN runs r ON r.id = j.value",
            [json.dumps(run_ids[at : at + _CHUNK])],
        )
        for row in rows:
            key = row["content"]
            if key not in chains:
                body = database.one("SELECT body FROM contents WHERE key = ?", [key])["body"]
                chains[key] = prompt_from(body).chain_of_thought
            yield row["id"], part(chains[key], restored(row["text"])).answer
