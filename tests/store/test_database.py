"""A connection to a workspace file."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from pathlib import Path

import pytest

from workbench.store.database import Database, statements

SCRIPT = """
    CREATE TABLE notes (text TEXT); -- what is noted; nothing else
    INSERT INTO notes VALUES ('one; two'), ("three;");
    CREATE TRIGGER twice AFTER INSERT ON notes BEGIN
        DELETE FROM notes WHERE text = '';
        DELETE FROM notes WHERE text = ';';
    END;
    /* once more; */ INSERT INTO notes VALUES (';'), ('four')
"""


@pytest.fixture
def database(tmp_path: Path) -> Iterator[Database]:
    opened = Database(tmp_path / "file.db", read_only=False)
    yield opened
    opened.close()


def test_a_script_runs_statement_by_statement_within_the_transaction(database: Database) -> None:
    database.execute("BEGIN")
    database.tables.executescript(SCRIPT)
    assert [row["text"] for row in database.rows("SELECT text FROM notes")] == ["one; two", "three;", "four"]
    database.execute("ROLLBACK")
    assert database.rows("SELECT name FROM sqlite_master") == []


def test_a_script_that_ends_too_early_is_an_error(database: Database) -> None:
    with database.transaction(), pytest.raises(sqlite3.OperationalError, match="incomplete input"):
        database.tables.executescript("CREATE TABLE notes (text TEXT); CREATE TABLE more (text TEXT")


def test_each_semicolon_that_ends_nothing_stays_in_its_statement() -> None:
    begun = [statement.split()[0] for statement in statements(SCRIPT)]
    assert begun == ["CREATE", "--", "CREATE", "/*"]
