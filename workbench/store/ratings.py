"""What a person thinks of runs: ratings, golden answers, and which of two is better."""

from __future__ import annotations

from workbench.core.run import Preference, Rating
from workbench.errors import UserError
from workbench.store.clock import moment_stored, now
from workbench.store.database import Database
from workbench.store.run_rows import rating_from
from workbench.store.runs import key_of
from workbench.store.text import optional, stored


def rate(database: Database, run_id: str, rating: Rating) -> None:
    """Keep a rating in place of the one before; an empty one takes it away."""
    if rating.score is not None and rating.score not in range(1, 6):
        raise UserError(f"The score is {rating.score}; it must be 1 to 5.")
    key = key_of(database, run_id)
    if (rating.verdict, rating.score, rating.golden, rating.note) == (None, None, None, ""):
        database.execute("DELETE FROM ratings WHERE run = ?", [key])
    else:
        moment = now() if rating.rated_at is None else moment_stored(rating.rated_at)
        said = [rating.verdict, rating.score, optional(rating.golden), stored(rating.note)]
        sql = """INSERT OR REPLACE INTO ratings(run, verdict, score, golden, note, rated_at)
                 VALUES (?, ?, ?, ?, ?, ?)"""
        database.execute(sql, [key, *said, moment])
    database.changed("rating", _id(database, key))


def rating(database: Database, run_id: str) -> Rating:
    """The rating of a run; an empty one for none."""
    return rating_from(database.row("SELECT * FROM ratings WHERE run = ?", [key_of(database, run_id)]))


def of_experiment(database: Database, experiment_id: str) -> dict[str, Rating]:
    """The ratings of an experiment's answers, by run."""
    rows = database.rows(
        """SELECT DISTINCT r.id, t.* FROM experiment_cells z JOIN experiments e ON e.key = z.experiment
           JOIN runs r ON r.id = z.run_id JOIN ratings t ON t.run = r.key WHERE e.id = ?""",
        [experiment_id],
    )
    return {str(row["id"]): rating_from(row) for row in rows}


def prefer(database: Database, better: str, worse: str) -> None:
    """Keep that one run is better than another; takes back the opposite."""
    winner, loser = key_of(database, better), key_of(database, worse)
    if winner == loser:
        raise UserError("A run cannot be better than itself.", advice="Choose two runs.")
    database.execute("DELETE FROM preferences WHERE better = ? AND worse = ?", [loser, winner])
    database.execute(
        "INSERT OR IGNORE INTO preferences(better, worse, decided_at) VALUES (?, ?, ?)", [winner, loser, now()]
    )
    for key in (winner, loser):
        database.changed("rating", _id(database, key))


def preferred(database: Database, one: str, other: str) -> str | None:
    """The id of the better of two runs, if one was preferred."""
    keys = [key_of(database, one), key_of(database, other)]
    sql = "SELECT better FROM preferences WHERE (better, worse) IN (VALUES (?, ?), (?, ?))"
    row = database.row(sql, [*keys, *reversed(keys)])
    return None if row is None else _id(database, row["better"])


def forget_preference(database: Database, one: str, other: str) -> None:
    """Take back which of two runs is better."""
    keys = [key_of(database, one), key_of(database, other)]
    sql = "DELETE FROM preferences WHERE (better, worse) IN (VALUES (?, ?), (?, ?))"
    if database.execute(sql, [*keys, *reversed(keys)]).rowcount:
        for key in keys:
            database.changed("rating", _id(database, key))


def preferences(database: Database) -> tuple[Preference, ...]:
    """All preferences, in the order in which they were decided."""
    rows = database.rows("""
        SELECT b.id AS better, w.id AS worse
        FROM preferences p JOIN runs b ON b.key = p.better JOIN runs w ON w.key = p.worse
        ORDER BY p.decided_at, p.better, p.worse
    """)
    return tuple(Preference(row["better"], row["worse"]) for row in rows)


def _id(database: Database, key: int) -> str:
    return str(database.one("SELECT id FROM runs WHERE key = ?", [key])["id"])
