"""Test sets and their cases.

A table editor saves after every pause in typing, also a set of ten thousand cases; so saving compares with what
is there and writes only the rows and index entries that differ.
"""

from __future__ import annotations

import json
import sqlite3
from collections import Counter
from collections.abc import Iterable, Mapping
from itertools import count
from typing import Any

from workbench.core.case import Case, TestSet, variables
from workbench.core.identifier import new_id
from workbench.errors import NotFound, UserError
from workbench.store.clock import now
from workbench.store.contents import checks_restored, checks_stored
from workbench.store.database import Database
from workbench.store.prompts import SHORTEST_PREFIX
from workbench.store.records import TestSetSummary
from workbench.store.search import forget_entries, forget_entry, index_entry, title_entry
from workbench.store.text import json_stored, restored, searchable, searchable_values, stored

_COLUMNS = 'id, name, "values", expected, checks, pass_score, part, generated'


def save(database: Database, name: str, cases: Iterable[Case], *, prompt_id: str | None) -> TestSet:
    """The test set of a name with these cases, in place of those that it had."""
    name, kept = _checked_name(name), _checked(cases)
    row = database.one(
        """INSERT INTO test_sets(id, name, prompt_id, saved_at) VALUES (?, ?, ?, ?)
           ON CONFLICT (name) DO UPDATE SET prompt_id = coalesce(excluded.prompt_id, prompt_id),
                                            saved_at = excluded.saved_at
           RETURNING id, prompt_id, columns""",
        [new_id(), stored(name), prompt_id, now()],
    )
    identifier, occurring = str(row["id"]), variables(kept)
    shown = [column for column in json.loads(row["columns"]) if column in occurring]
    columns = tuple(dict.fromkeys((*shown, *occurring)))
    _note_columns(database, identifier, columns)
    _write(database, identifier, name, kept)
    return TestSet(identifier, name, kept, row["prompt_id"], columns)


def create(database: Database, name: str, cases: Iterable[Case], *, prompt_id: str | None) -> TestSet:
    """A test set of its own; a number follows the name when there is one of that name already."""
    name = _checked_name(name)
    taken = {restored(row["name"]) for row in database.rows("SELECT name FROM test_sets")}
    numbered = (f"{name} {number}" for number in count(2))
    free = name if name not in taken else next(one for one in numbered if one not in taken)
    return save(database, free, cases, prompt_id=prompt_id)


def save_cases(database: Database, identifier: str, cases: Iterable[Case], columns: Iterable[str]) -> str:
    """Give a test set these cases and columns, and tell the moment. Raises NotFound when it is gone."""
    kept, moment = _checked(cases), now()
    _note_columns(database, identifier, columns)
    row = database.row("UPDATE test_sets SET saved_at = ? WHERE id = ? RETURNING name", [moment, identifier])
    _write(database, identifier, _name(row), kept)
    return moment


def state(database: Database, identifier: str) -> tuple[str, str] | None:
    """The name of a test set and the moment when its cases were saved last; None when it is gone."""
    row = database.row("SELECT name, saved_at FROM test_sets WHERE id = ?", [identifier])
    return None if row is None else (restored(row["name"]), str(row["saved_at"]))


def rename(database: Database, identifier: str, name: str) -> None:
    """Call it something else; its cases are found by the new name from now on."""
    name = _checked_name(name)
    others = database.rows("SELECT name FROM test_sets WHERE id <> ?", [identifier])
    if name in (restored(row["name"]) for row in others):
        raise UserError(f"There is another test set {name!r}.", advice="Choose another name.")
    row = database.row("UPDATE test_sets SET name = ? WHERE id = ? RETURNING name", [stored(name), identifier])
    _name(row)
    for case in database.rows("SELECT id, position, name FROM cases WHERE test_set_id = ?", [identifier]):
        title = _title(name, restored(case["name"]), case["position"])
        title_entry(database, "case", restored(case["id"]), owner=identifier, title=title)
    database.changed("test_set", identifier)


def delete(database: Database, identifier: str) -> None:
    """Forget a test set with its cases."""
    forget_entries(database, "case", identifier)
    database.execute("DELETE FROM test_sets WHERE id = ?", [identifier])
    database.changed("test_set", identifier)


def summaries(database: Database) -> tuple[TestSetSummary, ...]:
    """All test sets without their cases, by name."""
    rows = database.rows("""
        SELECT id, name, prompt_id, (SELECT count(*) FROM cases c WHERE c.test_set_id = s.id) AS cases
        FROM test_sets s
    """)
    found = (TestSetSummary(r["id"], restored(r["name"]), r["cases"], r["prompt_id"]) for r in rows)
    return tuple(sorted(found, key=lambda summary: summary.name.casefold()))


def all_sets(database: Database) -> tuple[TestSet, ...]:
    """All test sets with their cases, by name."""
    rows = database.rows("SELECT id, name, prompt_id, columns FROM test_sets")
    return tuple(sorted((_loaded(database, row) for row in rows), key=lambda found: found.name.casefold()))


def find(database: Database, name_or_id: str) -> TestSet:
    """The test set of a name, an id or the first digits of one. Raises NotFound."""
    rows = database.rows("SELECT id, name, prompt_id, columns FROM test_sets")
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
    sql = """SELECT id, name, prompt_id, columns FROM test_sets
             WHERE prompt_id = ? ORDER BY saved_at DESC, id DESC LIMIT 1"""
    row = database.row(sql, [prompt_id])
    return None if row is None else _loaded(database, row)


def case_from(row: sqlite3.Row, values: Mapping[str, str]) -> Case:
    """The case of a row of any table of cases."""
    return Case(
        id=restored(row["id"]),
        values=values,
        expected=restored(row["expected"]),
        name=restored(row["name"]),
        checks=checks_restored(row["checks"]),
        pass_score=row["pass_score"],
        part=row["part"],
        generated=bool(row["generated"]),
    )


def _checked_name(name: str) -> str:
    if not (name := name.strip()):
        raise UserError("The name of a test set is empty.", advice="Give it a name.")
    return name


def _checked(cases: Iterable[Case]) -> tuple[Case, ...]:
    kept = tuple(cases)
    twice = [case_id for case_id, times in Counter(case.id for case in kept).items() if times > 1]
    if twice:
        raise UserError(f"Two cases have the id {twice[0]!r}.", advice="Give every case an id of its own.")
    return kept


def _name(row: sqlite3.Row | None) -> str:
    if row is None:
        raise NotFound("The test set is not there any more.", advice="Another program may have deleted it.")
    return restored(row["name"])


def _note_columns(database: Database, identifier: str, columns: Iterable[str]) -> None:
    said = json_stored(list(columns))
    database.execute("UPDATE test_sets SET columns = ? WHERE id = ?", [said, identifier])


def _write(database: Database, identifier: str, name: str, cases: tuple[Case, ...]) -> None:
    """Make the stored cases these, by as few writes as that takes."""
    sql = f"SELECT {_COLUMNS}, position FROM cases WHERE test_set_id = ?"  # noqa: S608 - constant
    before = {row["id"]: tuple(row) for row in database.rows(sql, [identifier])}
    after = {stored(case.id): (*_row(case), position) for position, case in enumerate(cases)}
    for gone in before.keys() - after.keys():
        database.execute("DELETE FROM cases WHERE test_set_id = ? AND id = ?", [identifier, gone])
        forget_entry(database, "case", restored(gone), owner=identifier)
    if any(known in before and before[known][-1] != row[-1] for known, row in after.items()):
        # Out of the way first: two cases that change places would meet.
        database.execute("UPDATE cases SET position = -1 - position WHERE test_set_id = ?", [identifier])
    for case, row in zip(cases, after.values(), strict=True):
        was = before.get(row[0])
        if was != row:
            database.execute(_UPSERT, [identifier, *row])
            _index(
                database, identifier, case, _title(name, case.name, row[-1]), whole=not was or was[:-1] != row[:-1]
            )
    back = "UPDATE cases SET position = -1 - position WHERE test_set_id = ? AND position < 0"
    database.execute(back, [identifier])
    database.changed("test_set", identifier)


_UPSERT = f"""
    INSERT INTO cases(test_set_id, {_COLUMNS}, position) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
    ON CONFLICT (test_set_id, id) DO UPDATE SET
        name = excluded.name, "values" = excluded."values", expected = excluded.expected,
        checks = excluded.checks, pass_score = excluded.pass_score, part = excluded.part,
        generated = excluded.generated, position = excluded.position
"""  # noqa: S608 - constants


def _row(case: Case) -> tuple[Any, ...]:
    """A case as the columns hold it, in their order."""
    said = (stored(case.id), stored(case.name), json_stored(dict(case.values)), stored(case.expected))
    return (*said, checks_stored(case.checks), case.pass_score, case.part, int(case.generated))


def _title(set_name: str, case_name: str, position: int) -> str:
    return f"{set_name}: {case_name or position + 1}"


def _index(database: Database, owner: str, case: Case, title: str, *, whole: bool) -> None:
    """Make a case findable; one that only moved is found as before, by its new number."""
    if whole:
        body = searchable(case.name, searchable_values(case.values), case.expected)
        index_entry(database, "case", case.id, owner=owner, title=title, body=body)
    elif not case.name:
        title_entry(database, "case", case.id, owner=owner, title=title)


def _loaded(database: Database, row: sqlite3.Row) -> TestSet:
    sql = f"SELECT {_COLUMNS} FROM cases WHERE test_set_id = ? ORDER BY position"  # noqa: S608 - constant
    shown = tuple(json.loads(row["columns"]))
    cases = tuple(case_from(c, _in_order(json.loads(c["values"]), shown)) for c in database.rows(sql, [row["id"]]))
    columns = tuple(dict.fromkeys((*shown, *variables(cases))))
    return TestSet(row["id"], restored(row["name"]), cases, row["prompt_id"], columns)


def _in_order(values: Mapping[str, str], columns: tuple[str, ...]) -> Mapping[str, str]:
    """The values in the order of the columns; stored, they are in that of the alphabet."""
    return {name: values[name] for name in (*columns, *values) if name in values}
