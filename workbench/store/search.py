"""Finding text: what a person types, as a question to the full-text indexes of three-letter pieces.

Words are looked for anywhere, also inside of longer words, and all of them have to be there; words in double
quotes stand together. The index knows pieces of three letters, so a word of one or two becomes every piece
that begins with it; the spaces that `searchable` puts at the end let the last letters of a text begin one.

`has_all` asks the same of one text without the index: where few texts are in question that is faster.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Literal

from workbench.store.database import Database
from workbench.store.records import Hit, HitKind
from workbench.store.text import excerpt, restored, searchable, stored

_TERMS = re.compile(r'"([^"]*)"|(\S+)')
_LONGEST = 500
"""Characters of one word that are looked for; a pasted page is found by its beginning."""
LETTERS = 3
"""Of a piece."""
_MOST_TERMS = 50
_MOST_PIECES = 5_000

Index = Literal["run", "library"]


def terms(query: str) -> tuple[str, ...]:
    """The words and quoted phrases of a query, as the index has them."""
    found = (phrase or word.replace('"', "") for phrase, word in _TERMS.findall(query))
    cleaned = (searchable(term[:_LONGEST])[:-2] for term in found)
    return tuple(term for term in cleaned if term.strip())[:_MOST_TERMS]


def expression(database: Database, index: Index, query: str) -> str | None:
    """The query in FTS5's language; None when nothing can match it."""
    groups = []
    for term in terms(query):
        pieces = _pieces(database, index, folded(term)) if is_short(term) else (term,)
        if not pieces:
            return None
        groups.append("(" + " OR ".join(_quoted(piece) for piece in pieces) + ")")
    return " AND ".join(groups) or None


def _pieces(database: Database, index: Index, beginning: str) -> tuple[str, ...]:
    """The pieces that begin so, each sought for itself: going through them would pass all places of each."""
    sql = f"SELECT term FROM {index}_pieces WHERE term >= ? AND term < ? LIMIT 1"  # noqa: S608 - one of two names
    after = beginning[:-1] + chr(min(ord(beginning[-1]) + 1, 0x10FFFF))
    found: list[str] = []
    seek = beginning
    while len(found) < _MOST_PIECES and (row := database.row(sql, [seek, after])):
        found.append(row["term"])
        seek = row["term"] + "\x01"  # no piece is longer than another and begins with it
    return tuple(found)


def is_short(term: str) -> bool:
    """Whether a term is less than a piece, so that the index is asked for many pieces at once."""
    return len(term) < LETTERS


def has_all(text: str, wanted: Iterable[str]) -> bool:
    """Whether a `searchable` text has all terms in it, as the index sees it; the terms `folded`."""
    whole = folded(text)
    return all(term in whole for term in wanted)


def folded(text: str) -> str:
    """A text without the difference of large and small letters: one letter for one, as SQLite folds them."""
    if text.isascii():
        return text.lower()
    whole = text.casefold()
    return whole if len(whole) == len(text) else "".join(map(_folded_letter, text))


def _folded_letter(letter: str) -> str:
    for form in (letter.casefold(), letter.lower()):
        if len(form) == 1:
            return form
    return letter


def _quoted(text: str) -> str:
    return '"' + text.replace('"', '""') + '"'


def index_entry(database: Database, kind: HitKind, identifier: str, *, owner: str, title: str, body: str) -> None:
    """Make a prompt, version or case findable, in place of what it said before."""
    row = database.one(
        """INSERT INTO library_entries(kind, id, owner, title) VALUES (?, ?, ?, ?)
           ON CONFLICT (kind, owner, id) DO UPDATE SET title = excluded.title RETURNING key""",
        [kind, stored(identifier), owner, stored(title)],
    )
    database.execute("INSERT OR REPLACE INTO library_index(rowid, body) VALUES (?, ?)", [row["key"], body])


def title_entry(database: Database, kind: HitKind, identifier: str, *, owner: str, title: str) -> None:
    """Call an entry something else; it is found by the same words."""
    sql = "UPDATE library_entries SET title = ? WHERE kind = ? AND owner = ? AND id = ?"
    database.execute(sql, [stored(title), kind, owner, stored(identifier)])


def forget_entry(database: Database, kind: HitKind, identifier: str, *, owner: str) -> None:
    """Let go of one entry."""
    sql = "DELETE FROM library_entries WHERE kind = ? AND owner = ? AND id = ? RETURNING key"
    if row := database.row(sql, [kind, owner, stored(identifier)]):
        database.execute("DELETE FROM library_index WHERE rowid = ?", [row["key"]])


def forget_entries(database: Database, kind: HitKind, owner: str) -> None:
    """Let go of all entries of a kind that belong to a prompt or test set."""
    keys = "SELECT key FROM library_entries WHERE kind = ? AND owner = ?"
    database.execute(f"DELETE FROM library_index WHERE rowid IN ({keys})", [kind, owner])  # noqa: S608 - constant
    database.execute("DELETE FROM library_entries WHERE kind = ? AND owner = ?", [kind, owner])


def library_hits(database: Database, query: str, *, limit: int) -> tuple[Hit, ...]:
    """Prompts, versions and cases with the query in them, newest entries first."""
    matching = expression(database, "library", query)
    if matching is None:
        return ()
    rows = database.rows(
        """SELECT e.kind, e.id, e.owner, e.title, i.body FROM library_index i
           CROSS JOIN library_entries e ON e.key = i.rowid
           WHERE library_index MATCH ? ORDER BY i.rowid DESC LIMIT ?""",
        [matching, limit],
    )
    first = terms(query)[0]
    return tuple(
        Hit(r["kind"], restored(r["id"]), r["owner"], restored(r["title"]), excerpt(r["body"], first))
        for r in rows
    )
