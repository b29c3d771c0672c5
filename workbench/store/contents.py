"""What prompts say and what runs share: stored once each, named by key."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable

from workbench.core import check, completion
from workbench.core.check import Check
from workbench.core.completion import GenerationConfig, config_data
from workbench.core.prompt import Prompt, from_data
from workbench.core.version import canonical, content_id
from workbench.store.database import Database
from workbench.store.text import json_stored, restored, stored


def content_key(database: Database, prompt: Prompt) -> int:
    """The key of a prompt's content, stored now if it never was."""
    identifier = content_id(prompt)
    if row := database.row("SELECT key FROM contents WHERE id = ?", [identifier]):
        return int(row["key"])
    sql = "INSERT INTO contents(id, body) VALUES (?, ?) RETURNING key"
    return int(database.one(sql, [identifier, canonical(prompt)])["key"])


def prompt_from(body: str) -> Prompt:
    """A prompt from its canonical JSON."""
    return from_data(json.loads(body))


def text_key(database: Database, text: str) -> int:
    """The key of a text, stored now if it never was."""
    body = stored(text)
    digest = hashlib.blake2b(text.encode("utf-8", "surrogatepass"), digest_size=16).digest()
    if row := database.row("SELECT key FROM texts WHERE hash = ?", [digest]):
        return int(row["key"])
    sql = "INSERT INTO texts(hash, body) VALUES (?, ?) RETURNING key"
    return int(database.one(sql, [digest, body])["key"])


def text_of(database: Database, key: int) -> str:
    """The text of a key."""
    return restored(database.one("SELECT body FROM texts WHERE key = ?", [key])["body"])


def config_stored(config: GenerationConfig) -> str:
    """Parameters as JSON text."""
    return json_stored(config_data(config))


def config_restored(body: str) -> GenerationConfig:
    """Parameters from JSON text, as they were; what was once run is not judged again by today's ranges."""
    return completion.config_restored(json.loads(body))


def checks_stored(checks: Iterable[Check]) -> str:
    """Checks as JSON text."""
    return json_stored([check.as_data(one) for one in checks])


def checks_restored(body: str) -> tuple[Check, ...]:
    """The inverse of `checks_stored`."""
    return tuple(check.from_data(data) for data in json.loads(body))
