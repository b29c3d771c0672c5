"""A person's first minutes in the real window, by mouse and keys; and a killed window that loses little."""

from __future__ import annotations

import json
import signal
import time
from collections.abc import Callable
from pathlib import Path
from typing import TypeVar

import pytest

from tests.end_to_end.screen import Screen, press_until, program, until
from tests.loopback import LoopbackServer, answer
from workbench.core.profile import Profile
from workbench.core.prompt import Prompt
from workbench.core.run import RatedRun
from workbench.desktop.session import Session, write_session
from workbench.errors import WorkbenchError
from workbench.store import Store

pytestmark = [pytest.mark.display, pytest.mark.timeout(240)]
T = TypeVar("T")
SECONDS_A_WORD = 0.1


def stored(home: Path, ask: Callable[[Store], T | None]) -> Callable[[], T | None]:
    """A question to the workspace file, for `until`; None while there is no file or no answer yet."""

    def look() -> T | None:
        path = home / "workspace.db"
        if not path.exists():
            return None
        try:
            with Store.open(path, read_only=True) as store:
                return ask(store)
        except WorkbenchError:
            return None

    return look


def newest(store: Store) -> RatedRun | None:
    runs = store.runs(limit=1)
    return store.run(runs[0].id) if runs else None


def test_open_type_run_rate_export(shown: Screen, home: Path) -> None:
    with program(shown, home) as process:
        until(lambda: shown.window("Support reply"), what="the window with its starter prompt")
        # Into the system section, in the middle of the window.
        shown.click(640, 240)
        shown.press("ctrl+End")
        shown.type(" Answer in plain words.")
        draft = stored(home, lambda s: s.prompt("Support reply").prompt.system.endswith("plain words.") or None)
        until(draft, what="the draft to be saved by itself")
        shown.press("ctrl+Return")
        run = until(stored(home, newest), what="the answer of the embedded model").run
        assert run.stop_reason == "stop"
        assert run.text.strip()
        assert run.prompt.system.endswith("Answer in plain words.")
        press_until(shown, "ctrl+5", lambda: is_rated(home, 5), what="the rating")
        shown.photograph("journey-rated")
        shown.press("ctrl+e")
        until(lambda: shown.window("Export training data"), what="the export dialog")
        file = home / "exports" / "training" / "train.jsonl"
        press_until(shown, "Return", file.exists, what="the exported file")
        shown.photograph("journey-exported")
        row = json.loads(file.read_text())
        assert [m["role"] for m in row["messages"]] == ["system", "user", "assistant"]
        assert row["messages"][-1]["content"] == run.text.strip()
        press_until(shown, "Escape", lambda: not shown.window("Export training data"), what="the dialog to close")
        press_until(shown, "ctrl+q", lambda: process.poll() is not None, what="the end of the program")
        assert process.returncode == 0


def is_rated(home: Path, score: int) -> bool | None:
    return stored(home, lambda s: bool((r := newest(s)) and r.rating.score == score) or None)()


def test_killed_in_the_middle_of_a_stream_at_most_two_seconds_are_lost(shown: Screen, home: Path) -> None:
    words = [f"word{n} " for n in range(300)]
    with LoopbackServer() as server:
        with Store.open(home / "workspace.db") as store:
            store.save_profile(Profile("Here", server.base_url, models=("tiny",)))
            record = store.create_prompt("Slow", Prompt(user="Count."))
            write_session(store, Session((record.id,), record.id, ("Here:tiny",)))
        server.script(answer("".join(words), delay=SECONDS_A_WORD))
        with program(shown, home) as process:
            until(lambda: shown.window("Slow"), what="the window with its prompt")
            press_until(shown, "ctrl+Return", lambda: server.chats or None, what="the request")
            began = server.chats[0].arrived_at
            until(lambda: time.monotonic() > began + 6, what="six seconds of streaming")
            process.send_signal(signal.SIGKILL)
            streamed = time.monotonic() - began
            process.wait(timeout=10)
        with program(shown, home):
            run = until(stored(home, newest), what="the run to be found again").run
    assert run.stop_reason == "truncated"
    assert run.text == "".join(words)[: len(run.text)]
    lost = streamed - len(run.text.split()) * SECONDS_A_WORD
    assert lost <= 2, f"{lost:.2f} s of text are lost"
