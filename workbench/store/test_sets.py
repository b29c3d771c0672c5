"""Test sets and their cases."""

from __future__ import annotations

import json
import sqlite3
from collections import Counter
from collections.abc import Iterable, Mapping

from workbench.core.case import Case, TestSet
from workbench.core.identifier import new_id
from workbench.errors import NotFound, UserError
from workbench.store.clock import now
from workbench.store.contents import checks_restored, checks_stored
from workbench.store.database import Database
from workbench.store.prompts import SHORTEST_PREFIX
from workbench.store.search import forget_entries, index_entry
from workbench.store.text import json_stored, restored, searchable, searchable_values, stored


def save(database: Database, name: str, cases: Iterable[Case], *, prompt_id: str | None) -> TestSet:
    """The test set of a name with these cases, in place of those that it had."""
    name, kept = name.strip(), tuple(cases)
    if not name:
        raise UserError("The name of a test set is empty.", advice="Give it a name.")
    twice = [case_id for case_id, count in Counter(case.id for case in kept).items() if count > 1]
    if twice:
        raise UserError(f"Two cases have the id {twice[0]!r}.", advice="Give every case an id of its own.")
    row = database.one(
        """INSERT INTO test_sets(id, name, prompt_id, saved_at) VALUES (?, ?, ?, ?)
           ON CONFLICT (name) DO UPDATE SET prompt_id = coalesce(excluded.prompt_id, prompt_id),
                                            saved_at = excluded.saved_at
           RETURNING id""",
        [new_id(), stored(name), prompt_id, now()],
    )
    identifier = str(row["id"])
    database.execute("DELETE FROM cases WHERE test_set_id = ?", [identifier])
    forget_entries(database, "case", identifier)
    for position, case in enumerate(kept):
        _insert(database, identifier, position, case, name)
    database.changed("test_set", identifier)
    return TestSet(identifier, name, kept)


def all_sets(database: Database) -> tuple[TestSet, ...]:
    """All test sets with their cases, by name."""
    rows = database.rows("SELECT id, name FROM test_sets")
    return tuple(sorted((_loaded(database, row) for row in rows), key=lambda found: found.name.casefold()))


def find(database: Database, name_or_id: str) -> TestSet:
    """The test set of a name, an id or the first digits of one. Raises NotFound."""
    rows = database.rows("SELECT id, name FROM test_sets")
    names = {row["id"]: restored(row["name"]) for row in rows}
    alike = [row for row in rows if name_or_id in (row["id"], names[row["id"]])]
    if not alike and len(name_or_id) >= SHORTEST_PREFIX:
        alike = [row for row in rows if row["id"].startswith(name_or_id.lower())]
    if len(alike) != 1:
        known = f"Known: {', '.join(sorted(names.values()))}." if names else "There is none yet."
        raise NotFound(f"There is no test set {name_or_id!r}.", advice=known)
    return _loaded(database, alike[0])


def of_prompt(database: Database, prompt_id: str) -> TestSet | None:
    """The test set last saved for a prompt, if it has one."""
    sql = "SELECT id, name FROM test_sets WHERE prompt_id = ? ORDER BY saved_at DESC, id DESC LIMIT 1"
    row = database.row(sql, [prompt_id])
    return None if row is None else _loaded(database, row)


def _insert(database: Database, test_set_id: str, position: int, case: Case, set_name: str) -> None:
    said = [stored(case.id), stored(case.name), json_stored(dict(case.values)), stored(case.expected)]
    asked = [checks_stored(case.checks), case.pass_score]
    sql = """INSERT INTO cases(test_set_id, position, id, name, "values", expected, checks, pass_score)
             VALUES (?, ?, ?, ?, ?, ?, ?, ?)"""
    database.execute(sql, [test_set_id, position, *said, *asked])
    body = searchable(case.name, searchable_values(case.values), case.expected)
    title = f"{set_name}: {case.name or position + 1}"
    index_entry(database, "case", case.id, owner=test_set_id, title=title, body=body)


def _loaded(database: Database, row: sqlite3.Row) -> TestSet:
    sql = """SELECT id, name, "values", expected, checks, pass_score FROM cases
             WHERE test_set_id = ? ORDER BY position"""
    cases = (case_from(c, json.loads(c["values"])) for c in database.rows(sql, [row["id"]]))
    return TestSet(row["id"], restored(row["name"]), tuple(cases))


def case_from(row: sqlite3.Row, values: Mapping[str, str]) -> Case:
    """The case of a row of any table of cases."""
    return Case(
        id=restored(row["id"]),
        values=values,
        expected=restored(row["expected"]),
        name=restored(row["name"]),
        checks=checks_restored(row["checks"]),
        pass_score=row["pass_score"],
    )
