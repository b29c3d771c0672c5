"""Values that the tests of the store write and read back."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from workbench.core.completion import GenerationConfig, Message, Timings, Usage
from workbench.core.identifier import new_id
from workbench.core.prompt import Prompt
from workbench.core.run import Run
from workbench.core.version import content_id

GREETING = Prompt(system="You are brief.", user="Say {{greeting}} to {{name}}.")

ODD_TEXTS = {
    "nul": "before\x00behind the nul",
    "surrogate": "half an emoji \ud83d here",
    "bidi": "user\u202e gnp.exe \u2066 isolated",
    "crlf": "one\r\ntwo\rthree\n",
    "separators": "a\u2028line\u2029paragraph\x85next",
    "brackets": "[" * 50_000,
    "one line": "word" * 250_000,
    "quotes": "'\"`;-- DROP TABLE runs; %_*()",
    "east": "東京タワー 안녕하세요 नमस्ते 👩‍👩‍👧",
    "empty": "",
}


def a_run(text: str = "Hello, Ada.", **changes: Any) -> Run:
    """A finished run of the greeting, with an answer of its own."""
    run = Run(
        id=new_id(),
        created_at=datetime.now(UTC),
        prompt_id=None,
        prompt_name="Greeting",
        version="",
        prompt=GREETING,
        values={"greeting": "hello", "name": "Ada"},
        messages=(Message("system", "You are brief."), Message("user", "Say hello to Ada.")),
        model="starter",
        config=GenerationConfig(temperature=0.2, max_tokens=64, stop=("\n\n",)),
        text=text,
        reasoning="",
        stop_reason="stop",
        usage=Usage(12, 4, cached_tokens=3, reasoning_tokens=1),
        timings=Timings(ttft_ms=12.3456789, total_ms=98.7, tokens_per_second=41.5),
    )
    run = replace(run, **changes)
    return replace(run, version=content_id(run.prompt))


def cut_a_page_off_its_tree(path: Path) -> None:
    """Break one leaf of the runs, leaving everything that opening reads."""
    with closing(sqlite3.connect(path)) as connection:
        root = connection.execute("SELECT rootpage FROM sqlite_master WHERE name = 'runs'").fetchone()[0]
    content = bytearray(path.read_bytes())
    children = int.from_bytes(content[(root - 1) * 4096 + 8 :][:4])  # the rightmost child of an interior page
    content[(children - 1) * 4096 : (children - 1) * 4096 + 100] = b"\x5a" * 100
    path.write_bytes(bytes(content))


def make_newer(path: Path) -> None:
    """Have a workspace written by a program of some later year."""
    with closing(sqlite3.connect(path)) as database, database:
        database.execute(
            "INSERT INTO _sqlite_migrations (migration_set, name, applied_at) "
            "SELECT migration_set, 'm9999_future', applied_at FROM _sqlite_migrations LIMIT 1"
        )
