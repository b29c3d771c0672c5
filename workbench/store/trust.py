"""Files that a person trusts to be run."""

from __future__ import annotations

from workbench.core.trust import Trust, TrustedFile
from workbench.errors import NotFound
from workbench.store.clock import moment_restored, now
from workbench.store.database import Database
from workbench.store.text import restored, stored


def trust(database: Database, path: str, sha256: str) -> None:
    """Trust a file as it is now, in place of what it said before."""
    sql = "INSERT OR REPLACE INTO trusted_files(path, sha256, trusted_at) VALUES (?, ?, ?)"
    database.execute(sql, [stored(path), sha256, now()])
    database.changed("trusted_file", path)


def distrust(database: Database, path: str) -> None:
    """Trust a file no more. Raises NotFound for one that was not trusted."""
    if database.row("SELECT 1 FROM trusted_files WHERE path = ?", [stored(path)]) is None:
        raise NotFound(f"{path} is not trusted.", advice="See what is: workbench experiment trust --list.")
    database.execute("DELETE FROM trusted_files WHERE path = ?", [stored(path)])
    database.changed("trusted_file", path)


def all_files(database: Database) -> tuple[TrustedFile, ...]:
    """All trusted files, by path."""
    rows = database.rows("SELECT * FROM trusted_files ORDER BY path")
    return tuple(
        TrustedFile(restored(row["path"]), row["sha256"], moment_restored(row["trusted_at"])) for row in rows
    )


def of_file(database: Database, path: str, sha256: str) -> Trust:
    """Whether a file with this content is trusted."""
    row = database.row("SELECT sha256 FROM trusted_files WHERE path = ?", [stored(path)])
    if row is None:
        return "unknown"
    return "trusted" if row["sha256"] == sha256 else "changed"
