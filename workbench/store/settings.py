"""Profiles of servers (never their keys), settings, and the local models that a person added."""

from __future__ import annotations

import json
import sqlite3
from typing import Any

from workbench.core.profile import Header, Profile, checked
from workbench.errors import NotFound
from workbench.store.clock import now
from workbench.store.database import Database
from workbench.store.text import json_stored, restored, stored


def profiles(database: Database) -> tuple[Profile, ...]:
    """All profiles, by name."""
    return tuple(_profile(row) for row in database.rows("SELECT * FROM profiles ORDER BY name COLLATE NOCASE"))


def profile(database: Database, name: str) -> Profile:
    """The profile of a name. Raises NotFound."""
    if row := database.row("SELECT * FROM profiles WHERE name = ?", [stored(name)]):
        return _profile(row)
    known = ", ".join(profile.name for profile in profiles(database))
    raise NotFound(f"There is no profile {name!r}.", advice=f"Known: {known}." if known else "Add it first.")


def save_profile(database: Database, given: Profile) -> None:
    """Keep a profile in place of the one of its name. Raises UserError for a name or address that cannot be."""
    kept = checked(given)
    database.execute(
        """INSERT OR REPLACE INTO profiles(name, base_url, models, key_variable, preset, key_header, query,
                                           headers, proxy, ca_file) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)""",
        [
            kept.name, stored(kept.base_url), json_stored(list(kept.models)), stored(kept.key_variable),
            stored(kept.preset), kept.key_header, json_stored([list(pair) for pair in kept.query]),
            json_stored([[header.name, header.source, header.value] for header in kept.headers]),
            stored(kept.proxy), stored(kept.ca_file),
        ],
    )  # fmt: skip
    database.changed("profile", kept.name)


def delete_profile(database: Database, name: str) -> None:
    """Forget a profile; its runs stay."""
    database.execute("DELETE FROM profiles WHERE name = ?", [stored(name)])
    database.changed("profile", name)


def setting(database: Database, name: str, default: Any) -> Any:
    """A setting's value, or the default."""
    row = database.row("SELECT value FROM settings WHERE name = ?", [name])
    return default if row is None else json.loads(row["value"])


def set_setting(database: Database, name: str, value: Any) -> None:
    """Keep a setting; any JSON data."""
    database.execute("INSERT OR REPLACE INTO settings(name, value) VALUES (?, ?)", [name, json_stored(value)])
    database.changed("setting", name)


def local_models(database: Database) -> tuple[str, ...]:
    """Paths of the model files that were added, in the order of adding."""
    rows = database.rows("SELECT path FROM local_models ORDER BY added_at, path")
    return tuple(restored(row["path"]) for row in rows)


def add_local_model(database: Database, path: str) -> None:
    """Remember a model file; it stays where it is."""
    sql = "INSERT OR IGNORE INTO local_models(path, added_at) VALUES (?, ?)"
    database.execute(sql, [stored(path), now()])
    database.changed("local_model", path)


def remove_local_model(database: Database, path: str) -> None:
    """Forget a model file; it is not deleted."""
    database.execute("DELETE FROM local_models WHERE path = ?", [stored(path)])
    database.changed("local_model", path)


def _profile(row: sqlite3.Row) -> Profile:
    return Profile(
        name=row["name"],
        base_url=restored(row["base_url"]),
        models=tuple(json.loads(row["models"])),
        key_variable=restored(row["key_variable"]),
        preset=restored(row["preset"]),
        key_header=row["key_header"],
        query=tuple((name, value) for name, value in json.loads(row["query"])),
        headers=tuple(Header(name, value, source) for name, source, value in json.loads(row["headers"])),
        proxy=restored(row["proxy"]),
        ca_file=restored(row["ca_file"]),
    )
