"""Two versions of a prompt compared on fifty cases in the real window, by keys: from a CSV to the verdict."""

from __future__ import annotations

import csv
import re
from collections import Counter
from collections.abc import Callable
from pathlib import Path
from typing import TypeVar

import pytest

from tests.end_to_end.screen import Screen, press_until, program, until
from tests.loopback import LoopbackServer, Reply, Seen, answer
from workbench.core.completion import GenerationConfig
from workbench.core.experiment import CellRecord, Experiment
from workbench.core.profile import Profile
from workbench.core.prompt import Prompt
from workbench.desktop import theme
from workbench.desktop.session import Session, read_session, write_session
from workbench.errors import WorkbenchError
from workbench.store import Store

pytestmark = [pytest.mark.display, pytest.mark.timeout(280)]
T = TypeVar("T")

FIRST, SECOND = ("sun", "moon", "rain", "snow", "wind"), "bird boat book door fish gate hill lamp tree wall"
WORDS = tuple(first + second for first in FIRST for second in SECOND.split())
REFUSED = WORDS[::5]
"""What the second version of the prompt makes the server's model refuse."""
VOTES = ("a", "b", "equal", "a", "b", "Left", "space", "Right", "1", "2")


def reply(seen: Seen) -> Reply:
    """A model that takes a careless prompt badly."""
    messages = seen.body["messages"]
    system, word = messages[0]["content"], messages[-1]["content"]
    if system.startswith("Say") and "please" not in system and word in REFUSED:
        return answer("I would rather not.")
    return answer(f"The word is {word}.")


def stored(home: Path, ask: Callable[[Store], T | None]) -> Callable[[], T | None]:
    """A question to the workspace file, for `until`; None while there is no answer yet."""

    def look() -> T | None:
        try:
            with Store.open(home / "workspace.db", read_only=True) as store:
                return ask(store)
        except WorkbenchError:
            return None

    return look


def has_run(experiments: int, done: int) -> Callable[[Store], Experiment | None]:
    """The newest experiment, when there are so many of them and so many of its cells are done."""

    def ask(store: Store) -> Experiment | None:
        found = store.experiments()
        if len(found) != experiments or found[0].done != done:
            return None
        return store.experiment(found[0].id)

    return ask


def failures(experiment: Experiment, records: tuple[CellRecord, ...]) -> Counter[str]:
    """How many cells of each column failed their checks, by the column's heading."""
    titles = {variant.id: variant.title for variant in experiment.variants}
    return Counter(
        titles[one.cell.variant] for one in records if one.judgement is not None and not one.judgement.passed
    )


def seed(home: Path, server: LoopbackServer) -> None:
    """A prompt with a saved version and another draft, and the two models that it is run on."""
    with Store.open(home / "workspace.db") as store:
        store.save_profile(Profile("Here", server.base_url, models=("tiny",)))
        first = Prompt(system="Repeat the word.", user="{{word}}")
        record = store.create_prompt("Echo", first)
        store.save_version(record.id, first, "The first one")
        draft = Prompt(system="Say the word.", user="{{word}}")
        store.save_draft(record.id, draft, {}, GenerationConfig(temperature=0, max_tokens=8))
        write_session(store, Session((record.id,), current=record.id, models=("starter", "Here:tiny")))


def bring_cases(shown: Screen, home: Path, file: Path) -> None:
    """The test set of the prompt, its fifty cases imported."""
    with file.open("w", newline="") as opened:
        csv.writer(opened).writerows([("word", "expected"), *((word, word) for word in WORDS)])
    shown.command("Open test set")
    until(
        stored(home, lambda store: any(key.startswith("test_set:") for key in read_session(store).pages)),
        what="the page of the test set",
    )
    shown.press("Tab", "Tab")  # past Paste to Import, among the ways to the first cases
    press_until(shown, "space", lambda: shown.window("Import cases"), what="the file dialog")
    shown.type(str(file))
    shown.press("Return")
    until(lambda: shown.window(f"Import {file.name}"), seconds=20, what="what becomes of the columns")
    shown.press("Return")
    until(stored(home, lambda store: len(store.test_set("Echo").cases) == 50), what="fifty cases in the store")


def plan_checks(shown: Screen, home: Path) -> None:
    """Both versions on both models, every answer checked for the word that is expected."""
    shown.press("ctrl+Tab")
    shown.command("Compare versions in an experiment")
    until(lambda: shown.window("Echo: versions"), seconds=30, what="the experiment")
    shown.command("Checks of every case")
    until(lambda: shown.window("Checks of every case"), seconds=20, what="the checks")
    shown.press("Tab", "Tab", "Tab", "space")  # contains it
    shown.press("ctrl+Return")
    until(
        stored(home, lambda store: store.plan("Echo: versions").checks or None), what="the check in the experiment"
    )


def find_regression(shown: Screen, home: Path) -> None:
    """The answers that refuse, found by their words; what they have lost is marked in the difference."""
    shown.press("slash")
    shown.type("rather not")
    shown.press("Return")
    shown.settle()  # the store has been searched
    shown.press("Down", "Right", "Right", "Right")
    shown.press("b")  # a bad answer: whose, the store tells
    rated = until(
        stored(home, lambda store: next((store.run(one.id) for one in store.runs(only="bad")), None)),
        seconds=20,
        what="the answer in front, rated",
    )
    assert rated.run.text == "I would rather not."
    shown.press("d")
    until(lambda: shown.painted(theme.LIGHT.removed) > 500, seconds=20, what="what is not there any more")
    assert shown.painted(theme.LIGHT.added) > 500
    shown.settle()
    shown.photograph("journey-regression")
    shown.press("Escape")


def read_verdict(shown: Screen, file: Path) -> str:
    """The verdict as its page has it, by way of its report."""
    shown.command("Verdict")
    shown.settle()
    shown.photograph("journey-verdict")
    shown.command("Save report")
    until(lambda: shown.window("Save the report"), seconds=20, what="where the report goes")
    shown.press("ctrl+a")
    shown.type(str(file))
    shown.press("Return")
    return until(
        lambda: text if file.exists() and (text := file.read_text()).rstrip().endswith("</html>") else None,
        seconds=30,
        what="the report",
    )


def test_a_csv_two_versions_a_regression_its_fix_ten_blind_votes_and_the_verdict(
    shown: Screen, home: Path, tmp_path: Path
) -> None:
    with LoopbackServer() as server:
        server.choose(reply)
        seed(home, server)
        with program(shown, home) as process:
            until(lambda: shown.window("Echo"), what="the window with its prompt")
            bring_cases(shown, home, tmp_path / "cases.csv")
            plan_checks(shown, home)

            shown.press("ctrl+Return")
            first = until(stored(home, has_run(1, 200)), seconds=150, what="two hundred answers")
            records = until(stored(home, lambda store: store.cells(first.id)), what="the cells")
            columns = [variant.title for variant in first.variants]
            bad = failures(first, records)
            assert [bad[title] for title in columns if "tiny" in title] == [0, len(REFUSED)]
            assert len(server.chats) == 100

            find_regression(shown, home)

            shown.press("ctrl+Tab")  # back to the prompt
            until(lambda: not shown.window("Echo: versions"), seconds=20, what="the prompt in front")
            shown.click(640, 240)
            shown.press("ctrl+End")
            shown.type(" Do it, please.")
            until(
                stored(home, lambda store: store.prompt("Echo").prompt.system.endswith("please.")),
                what="the draft to be saved by itself",
            )
            shown.press("ctrl+shift+Tab")
            until(lambda: shown.window("Echo: versions"), seconds=20, what="the experiment again")
            failed = sum(bad[title] for title in columns if "v1" not in title)
            has_two = stored(home, lambda store: len(store.experiments()) == 2)
            press_until(shown, "ctrl+shift+Return", has_two, what="the run of what failed")
            second = until(stored(home, has_run(2, 100 + failed)), seconds=90, what="what failed, asked again")
            again = until(stored(home, lambda store: store.cells(second.id)), what="the cells")
            assert (
                failures(second, again)[next(title for title in columns if "v1" not in title and "tiny" in title)]
                == 0
            )
            asked = [seen.body["messages"][-1]["content"] for seen in server.chats[100:]]
            assert sorted(asked) == sorted(REFUSED), "what had passed was asked again"

            shown.command("Blind comparison")
            for number, key in enumerate(VOTES, 1):
                has_vote = stored(home, lambda store, number=number: len(store.votes(second.id)) == number)
                press_until(shown, key, has_vote, what=f"vote {number}")
            shown.photograph("journey-blind")
            report = read_verdict(shown, tmp_path / "report.html")
            press_until(shown, "ctrl+q", lambda: process.poll() is not None, what="the end of the program")
            assert process.returncode == 0
    with Store.open(home / "workspace.db") as store:
        votes, records = store.votes(second.id), store.cells(second.id)
    assert len(votes) == 10
    assert "<h2>Blind comparison: 10 votes</h2>" in report
    # What the page of the verdict and the report say is what the store has, column by column.
    for variant in second.variants:
        mine = [record for record in records if record.cell.variant == variant.id and record.judgement]
        passed = sum(record.judgement.passed for record in mine if record.judgement)
        row = re.search(rf"<tr><t[hd][^>]*>{variant.title}</t[hd]>.*?</tr>", report, re.DOTALL)
        assert row is not None
        assert f"{len(mine)} of 50" in row.group()
        assert f"{100 * passed / len(mine):.0f}%" in row.group()
