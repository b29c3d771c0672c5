"""Prompts of the library: their names, drafts, and what was last used with them."""

from __future__ import annotations

import difflib
import json
import sqlite3
from collections.abc import Mapping

from workbench.core.completion import GenerationConfig
from workbench.core.identifier import new_id
from workbench.core.prompt import Prompt
from workbench.core.version import canonical
from workbench.errors import NotFound, UserError
from workbench.store.clock import moment_restored, now
from workbench.store.contents import config_restored, config_stored, prompt_from
from workbench.store.database import Database
from workbench.store.records import PromptRecord, PromptSummary
from workbench.store.search import index_entry
from workbench.store.text import json_stored, restored, searchable, searchable_prompt, stored

SHORTEST_PREFIX = 6
"""Digits of an id that are enough to name a thing."""

_MOST_NAMED = 5
"""Prompts that are named to somebody who asks for one that there is not."""

_RECORD = """
    SELECT p.id, p.name, p.description, p.draft, p."values", p.config, p.updated_at, p.archived,
           c.id AS base_version
    FROM prompts p LEFT JOIN contents c ON c.key = p.base_version
"""


def create(
    database: Database,
    name: str,
    prompt: Prompt,
    *,
    values: Mapping[str, str],
    config: GenerationConfig,
    description: str,
) -> PromptRecord:
    """A new prompt with its first draft."""
    name = _free(database, name)
    identifier, moment = new_id(), now()
    sql = """INSERT INTO prompts(id, name, description, draft, "values", config, created_at, updated_at)
             VALUES (?, ?, ?, ?, ?, ?, ?, ?)"""
    draft = [canonical(prompt), json_stored(dict(values)), config_stored(config)]
    database.execute(sql, [identifier, stored(name), stored(description), *draft, moment, moment])
    return _touched(database, identifier)


def summaries(database: Database) -> tuple[PromptSummary, ...]:
    """All prompts that are not archived, by name."""
    rows = database.rows("""
        SELECT p.id, p.name, p.description, p.updated_at, count(v.number) AS versions,
               coalesce((SELECT label FROM versions WHERE prompt_id = p.id AND label <> ''
                         ORDER BY number DESC LIMIT 1), '') AS label
        FROM prompts p LEFT JOIN versions v ON v.prompt_id = p.id
        WHERE NOT p.archived GROUP BY p.id
    """)
    found = (
        PromptSummary(
            id=row["id"],
            name=restored(row["name"]),
            versions=row["versions"],
            label=restored(row["label"]),
            updated_at=moment_restored(row["updated_at"]),
            description=restored(row["description"]),
        )
        for row in rows
    )
    return tuple(sorted(found, key=lambda summary: (summary.name.casefold(), summary.id)))


def find(database: Database, name_or_id: str) -> PromptRecord:
    """The prompt of an id, a name (in any case, when only one has it) or the first digits of an id."""
    if row := database.row(f"{_RECORD} WHERE p.id = ?", [name_or_id]):
        return _record(row)
    if row := database.row(f"{_RECORD} WHERE p.name = ?", [stored(name_or_id)]):
        return _record(row)
    names = {row["id"]: restored(row["name"]) for row in database.rows("SELECT id, name FROM prompts")}
    alike = [key for key, name in names.items() if name.casefold() == name_or_id.casefold()]
    if not alike and len(name_or_id) >= SHORTEST_PREFIX:
        alike = [key for key in names if key.startswith(name_or_id.lower())]
    if len(alike) == 1:
        return find(database, alike[0])
    raise NotFound(f"There is no prompt {name_or_id!r}.", advice=_near(name_or_id, list(names.values())))


def by_id(database: Database, prompt_id: str) -> PromptRecord:
    """The prompt of an id. Raises NotFound."""
    if row := database.row(f"{_RECORD} WHERE p.id = ?", [prompt_id]):
        return _record(row)
    raise NotFound(f"There is no prompt with the id {prompt_id!r}.")


def save_draft(
    database: Database,
    prompt_id: str,
    prompt: Prompt,
    values: Mapping[str, str],
    config: GenerationConfig,
    *,
    base_version: str | None,
) -> None:
    """Keep what is in the editor."""
    base = "coalesce((SELECT key FROM contents WHERE id = ?), base_version)"
    sql = f"""UPDATE prompts SET draft = ?, "values" = ?, config = ?, updated_at = ?, base_version = {base}
              WHERE id = ?"""  # noqa: S608 - constant
    kept = [canonical(prompt), json_stored(dict(values)), config_stored(config), now(), base_version]
    database.execute(sql, [*kept, prompt_id])
    _touched(database, prompt_id)


def rename(database: Database, prompt_id: str, name: str) -> None:
    """Give a prompt another name."""
    if by_id(database, prompt_id).name == name.strip():
        return
    database.execute("UPDATE prompts SET name = ? WHERE id = ?", [stored(_free(database, name)), prompt_id])
    _touched(database, prompt_id)


def archive(database: Database, prompt_id: str, *, archived: bool) -> None:
    """Take a prompt out of the list, or put it back."""
    database.execute("UPDATE prompts SET archived = ? WHERE id = ?", [archived, prompt_id])
    _touched(database, prompt_id)


def duplicate(database: Database, prompt_id: str, name: str) -> PromptRecord:
    """A new prompt that begins with the draft of another."""
    old = by_id(database, prompt_id)
    return create(database, name, old.prompt, values=old.values, config=old.config, description=old.description)


def free_name(database: Database, wanted: str) -> str:
    """The wanted name, with a number behind it when it is taken."""
    wanted = wanted.strip() or "Untitled"
    taken = {restored(row["name"]) for row in database.rows("SELECT name FROM prompts")}
    names = (wanted if n == 1 else f"{wanted} {n}" for n in range(1, len(taken) + 2))
    return next(name for name in names if name not in taken)


def _touched(database: Database, prompt_id: str) -> PromptRecord:
    """The prompt after a change, findable by what it says now."""
    record = by_id(database, prompt_id)
    body = searchable(record.name, record.description, *searchable_prompt(record.prompt))
    index_entry(database, "prompt", prompt_id, owner=prompt_id, title=record.name, body=body)
    database.changed("prompt", prompt_id)
    return record


def _free(database: Database, name: str) -> str:
    name = name.strip()
    if not name:
        raise UserError("The name of a prompt is empty.", advice="Give it a name.")
    if row := database.row("SELECT archived FROM prompts WHERE name = ?", [stored(name)]):
        where = " It is archived." if row["archived"] else ""
        raise UserError(f"There is already a prompt named {name!r}.{where}", advice="Choose another name.")
    return name


def _record(row: sqlite3.Row) -> PromptRecord:
    return PromptRecord(
        id=row["id"],
        name=restored(row["name"]),
        description=restored(row["description"]),
        prompt=prompt_from(row["draft"]),
        values=json.loads(row["values"]),
        config=config_restored(row["config"]),
        base_version=row["base_version"],
        updated_at=moment_restored(row["updated_at"]),
        archived=bool(row["archived"]),
    )


def _near(wanted: str, names: list[str]) -> str:
    near = difflib.get_close_matches(wanted, names, n=3, cutoff=0.4)
    if near:
        return f"Near: {', '.join(near)}."
    known = ", ".join(sorted(names, key=str.casefold)[:_MOST_NAMED])
    return (
        f"There are {known}{' and others' if len(names) > _MOST_NAMED else ''}." if names else "There is none yet."
    )
