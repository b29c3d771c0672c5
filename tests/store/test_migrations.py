"""The tables and views, as people with other tools see them."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

from sqlite_utils import Database

from tests.store.samples import GREETING, a_run
from workbench.core.case import Case
from workbench.core.check import Judgement, Verdict
from workbench.core.experiment import Cell, Experiment, Variant
from workbench.core.identifier import new_id
from workbench.core.run import Rating
from workbench.store import Store
from workbench.store.migrations import migrations


def test_every_step_is_numbered_in_order() -> None:
    with closing(sqlite3.connect(":memory:")) as connection:
        names = [step.name for step in migrations.pending(Database(connection, execute_plugins=False))]
    assert [name[:5] for name in names] == [f"m{n:04}" for n in range(1, len(names) + 1)]


def test_the_views_show_a_workspace_to_other_tools(store: Store) -> None:
    record = store.create_prompt("Greeting", GREETING)
    version = store.save_version(record.id, GREETING, "as it began")
    store.save_test_set("People", [Case("1", {"name": "Ada"}, "Hello")])
    better, worse = a_run("Hello!"), a_run("Go away!")
    for run in (better, worse):
        store.finish_run(run)
    store.rate(better.id, Rating("good", golden="Hello, Ada!"))
    store.prefer(better.id, worse.id)
    variant = Variant("v", GREETING, "starter", label="Brief")
    experiment = Experiment(new_id(), "Greetings", (variant,), (Case("1", {"name": "Ada"}),))
    store.save_experiment(experiment)
    store.begin_cell(experiment.id, Cell("v", "1"), better.id)
    store.judge_cell(experiment.id, Cell("v", "1"), Judgement(True, 1.0))
    with closing(sqlite3.connect(store.path)) as connection:
        db = Database(connection, execute_plugins=False)
        shown = {view: list(db.query(f"SELECT * FROM {view}")) for view in db.view_names()}  # noqa: S608
        assert all("-- " in view.schema for view in db.views)
    assert shown["prompt_list"][0]["system"] == "You are brief."
    assert shown["version_list"][0]["version"] == version.id
    run = next(row for row in shown["run_list"] if row["id"] == better.id)
    assert (run["text"], run["golden"], run["values"]) == (
        "Hello!",
        "Hello, Ada!",
        '{"greeting":"hello","name":"Ada"}',
    )
    messages = [row for row in shown["run_messages"] if row["run"] == better.id]
    assert [(row["role"], row["content"]) for row in messages] == [
        ("system", "You are brief."),
        ("user", "Say hello to Ada."),
    ]
    assert shown["preference_list"][0]["worse_text"] == "Go away!"
    assert shown["case_list"][0]["expected"] == "Hello"
    cell = shown["cell_list"][0]
    assert (cell["experiment"], cell["variant"], cell["text"], cell["passed"]) == (
        "Greetings",
        "Brief",
        "Hello!",
        1,
    )


def test_no_column_could_hold_a_key(store: Store) -> None:
    with closing(sqlite3.connect(store.path)) as connection:
        columns = [row[1] for row in connection.execute("PRAGMA table_info(profiles)")]
    known = ["name", "base_url", "models", "key_variable", "preset", "key_header", "query", "headers"]
    assert columns == [*known, "proxy", "ca_file"]  # what may be secret among them, `profile.checked` refuses


def test_what_judges_cost_before_it_was_counted_is_found_in_their_verdicts(tmp_path: Path) -> None:
    path = tmp_path / "workspace.db"
    others, own, answer = a_run("pass", cost=0.5), a_run("pass", cost=0.25), a_run("Hi", cost=0.125)
    experiment = Experiment(new_id(), "Greetings", (Variant("v", GREETING, "lab:m"),), (Case("1", {}),))
    others = replace(others, created_at=experiment.created_at - timedelta(seconds=1))
    own = replace(own, created_at=experiment.created_at + timedelta(seconds=1))
    verdicts = tuple(Verdict(True, 1.0, "Good.", details={"runs": [run.id]}) for run in (others, own, own))
    with Store.open(path) as store:
        for run in (others, own, answer):
            store.finish_run(run)
        store.save_experiment(experiment)
        store.begin_cell(experiment.id, Cell("v", "1"), answer.id)
        store.judge_cell(experiment.id, Cell("v", "1"), Judgement(True, 1.0, verdicts))
    with closing(sqlite3.connect(path)) as connection, connection:
        connection.execute("DROP TABLE experiment_asked")
        connection.execute("DELETE FROM _sqlite_migrations WHERE name = 'm0012_judges_cost'")
    with Store.open(path) as store:
        assert store.experiment_cost(experiment.id) == (0.375, 0)
