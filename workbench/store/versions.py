"""Saved versions of prompts: numbers, labels, and finding one by what a person types."""

from __future__ import annotations

import re
import sqlite3

from workbench.core.prompt import Prompt
from workbench.core.version import PromptVersion, canonical, content_id
from workbench.errors import NotFound, UserError
from workbench.store.clock import moment_restored, now
from workbench.store.contents import content_key, prompt_from
from workbench.store.database import Database
from workbench.store.prompts import SHORTEST_PREFIX, by_id
from workbench.store.search import index_entry
from workbench.store.text import restored, searchable, searchable_prompt, stored

_NUMBER = re.compile(r"v?(\d{1,9})", re.IGNORECASE)

_VERSION = """
    SELECT c.id, v.prompt_id, v.number, c.body, parent.id AS parent, v.message, v.label, v.created_at
    FROM versions v JOIN contents c ON c.key = v.content LEFT JOIN contents parent ON parent.key = v.parent
    WHERE v.prompt_id = ?
"""


def save(database: Database, prompt_id: str, prompt: Prompt, message: str) -> PromptVersion:
    """The version of this content, made now unless it exists; the draft goes on from it."""
    record = by_id(database, prompt_id)
    key = content_key(database, prompt)
    if not database.row("SELECT 1 FROM versions WHERE prompt_id = ? AND content = ?", [prompt_id, key]):
        database.execute(
            """INSERT INTO versions(prompt_id, number, content, parent, message, created_at)
               SELECT ?, coalesce(max(number), 0) + 1, ?, (SELECT key FROM contents WHERE id = ?), ?, ?
               FROM versions WHERE prompt_id = ?""",
            [prompt_id, key, record.base_version, stored(message), now(), prompt_id],
        )
    sql = "UPDATE prompts SET draft = ?, base_version = ?, updated_at = ? WHERE id = ?"
    database.execute(sql, [canonical(prompt), key, now(), prompt_id])
    saved = find(database, prompt_id, content_id(prompt))
    _index(database, saved, record.name)
    database.changed("version", saved.id)
    database.changed("prompt", prompt_id)
    return saved


def all_of(database: Database, prompt_id: str) -> tuple[PromptVersion, ...]:
    """A prompt's versions, newest first."""
    rows = database.rows(f"{_VERSION} ORDER BY v.number DESC", [prompt_id])
    return tuple(_version(row) for row in rows)


def find(database: Database, prompt_id: str, spec: str) -> PromptVersion:
    """A version by `latest`, its label, its number (`3`, `v3`) or the first digits of its id."""
    row = None
    if spec == "latest":
        row = database.row(f"{_VERSION} ORDER BY v.number DESC LIMIT 1", [prompt_id])
    elif spec:
        row = database.row(f"{_VERSION} AND v.label = ?", [prompt_id, stored(spec)])
    if row is None and (number := _NUMBER.fullmatch(spec)):
        row = database.row(f"{_VERSION} AND v.number = ?", [prompt_id, int(number.group(1))])
    if row is None and len(spec) >= SHORTEST_PREFIX and re.fullmatch("[0-9a-f]+", spec.lower()):
        rows = database.rows(f"{_VERSION} AND c.id LIKE ? LIMIT 2", [prompt_id, f"{spec.lower()}%"])
        row = rows[0] if len(rows) == 1 else None
    if row is None:
        prompt = database.row("SELECT name FROM prompts WHERE id = ?", [prompt_id])
        name = f"the prompt {restored(prompt['name'])!r}" if prompt else "this prompt"
        raise NotFound(f"There is no version {spec!r} of {name}.", advice=_known(database, prompt_id))
    return _version(row)


def label(database: Database, prompt_id: str, version_id: str, name: str) -> None:
    """Put a label on a version, taking it off the one that had it; an empty one takes the version's off."""
    name = name.strip()
    if name == "latest" or _NUMBER.fullmatch(name) or re.fullmatch("[0-9a-f]{6,64}", name):
        raise UserError(f"{name!r} cannot be a label: it already names a version.", advice="Use a word.")
    version = find(database, prompt_id, version_id)
    if name:
        sql = "UPDATE versions SET label = '' WHERE prompt_id = ? AND label = ?"
        database.execute(sql, [prompt_id, stored(name)])
    sql = "UPDATE versions SET label = ? WHERE prompt_id = ? AND number = ?"
    database.execute(sql, [stored(name), prompt_id, version.number])
    database.changed("version", version.id)
    database.changed("prompt", prompt_id)


def _index(database: Database, version: PromptVersion, prompt_name: str) -> None:
    body = searchable(version.message, *searchable_prompt(version.prompt))
    title = f"{prompt_name} v{version.number}"
    index_entry(database, "version", version.id, owner=version.prompt_id, title=title, body=body)


def _known(database: Database, prompt_id: str) -> str:
    row = database.row("SELECT max(number) AS last FROM versions WHERE prompt_id = ?", [prompt_id])
    if row is None or row["last"] is None:
        return "It has none yet: save one."
    return f"It has the numbers 1 to {row['last']}."


def _version(row: sqlite3.Row) -> PromptVersion:
    return PromptVersion(
        id=row["id"],
        prompt_id=row["prompt_id"],
        number=row["number"],
        prompt=prompt_from(row["body"]),
        parent=row["parent"],
        message=restored(row["message"]),
        label=restored(row["label"]),
        created_at=moment_restored(row["created_at"]),
    )
