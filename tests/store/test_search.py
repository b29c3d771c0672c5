"""Searching the history finds the same whichever way it is sought: by the index, or by reading."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import closing

import pytest

from tests.store.samples import a_run
from workbench.core.run import Rating
from workbench.store import Store
from workbench.store.search import folded, has_all, terms
from workbench.store.text import searchable

RUNS = 1_500
"""More than are read one by one."""


@pytest.fixture(scope="module")
def filled(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Store]:
    """Every third run belongs to another prompt, every hundredth is good, every 500th says something rare."""
    with Store.open(tmp_path_factory.mktemp("search") / "workspace.db") as store:
        with store.transaction():
            for number in range(RUNS):
                word = "Kröte" if number % 500 == 7 else "quick" if number % 2 else "slow"
                run = a_run(f"answer {number:04} {word}", prompt_id=f"p{number % 3}")
                store.finish_run(run)
                if number % 100 == 0:
                    store.rate(run.id, Rating("good"))
        yield store


def all_pages(store: Store, limit: int, **question: str) -> list[str]:
    """What all pages of a search show, newest first."""
    shown: list[str] = []
    before = None
    while page := store.runs(before=before, limit=limit, **question):  # type: ignore[arg-type]
        assert len(page) <= limit
        shown += [run.excerpt for run in page]
        before = page[-1].id
    return shown


@pytest.mark.parametrize("query", ["answer", "slow", "q", "k", "KRÖTE", "quick 13", "ö", "nowhere", "zz"])
@pytest.mark.parametrize(
    "filters", [{}, {"prompt_id": "p1"}, {"only": "good"}, {"prompt_id": "p0", "only": "good"}]
)
@pytest.mark.parametrize("limit", [7, 400])
def test_every_page_of_a_search_is_what_reading_everything_finds(
    filled: Store, query: str, filters: dict[str, str], limit: int
) -> None:
    everything = all_pages(filled, RUNS, **filters)
    common = "Greeting starter hello Ada"  # the prompt's name, the model and the values of each
    wanted = [
        shown for shown in everything if all(w in f"{shown} {common}".casefold() for w in query.casefold().split())
    ]
    assert all_pages(filled, limit, query=query, **filters) == wanted


def test_letters_are_folded_as_the_index_folds_them() -> None:
    newer = {0x37F, *range(0x528, 0x530)}  # than the tables of the SQLite that Python 3.11 brings along
    letters = [chr(code) for code in range(0x41, 0x58A) if chr(code).isalpha() and code not in newer]
    with closing(sqlite3.connect(":memory:")) as database:
        database.execute("CREATE VIRTUAL TABLE t USING fts5(body, tokenize = 'trigram')")
        database.executemany("INSERT INTO t VALUES (?)", [(f"--{letter}--",) for letter in letters])
        for letter in letters:
            query = f'"-{folded(letter)}-"'
            found = {body[2] for (body,) in database.execute("SELECT body FROM t WHERE t MATCH ?", [query])}
            ours = {other for other in letters if folded(other) == folded(letter)}
            assert found == ours, letter


@pytest.mark.parametrize(
    ("text", "query", "found"),
    [
        ("Straße", "straße", True),
        ("STRASSE", "straße", False),
        ("ΟΔΟΣ", "οδος", True),
        ("a NUL \x00 here", "nul \x00", True),
        ("one two", '"two one"', False),
        ("one two", "two one", True),
    ],
)
def test_reading_and_the_index_agree_on_odd_texts(store: Store, text: str, query: str, found: bool) -> None:
    wanted = tuple(map(folded, terms(query)))
    assert has_all(searchable(text), wanted) == found
    store.finish_run(a_run(text, prompt_id="p"))
    assert bool(store.runs(query=query)) == bool(store.runs(query=query, prompt_id="p")) == found


def test_where_nothing_is_in_question_nothing_is_found(filled: Store) -> None:
    assert filled.runs(query="answer", prompt_id="nobody") == ()
    assert filled.runs(query="answer", only="failed") == ()
