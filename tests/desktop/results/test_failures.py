"""What goes wrong with a run, in the pane where the answer would be: cause, next step, and what had come."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import psutil
import pytest
from pytestqt.qtbot import QtBot

from tests import loopback
from tests.loopback import FAULTS, LoopbackServer, Reply
from workbench.core.completion import GenerationConfig
from workbench.core.profile import Profile
from workbench.core.prompt import Prompt
from workbench.desktop.bridge import Bridge
from workbench.desktop.results import ResultsPanel
from workbench.desktop.results.pane import AnswerPane
from workbench.models.starter import starter_path
from workbench.providers.openai_compatible import OpenAICompatible
from workbench.running import Job, Workspace
from workbench.running.backoff import Backoff

AT_ONCE = {"Retry-After": "0"}
NOBODY = "http://127.0.0.1:9"
"""Where no server listens: a port of this machine that nobody may take."""


@pytest.fixture
def workspace(tmp_path: Path) -> Iterator[Workspace]:
    """One that does not wait long before it tries again."""
    opened = Workspace(tmp_path / "workspace.db", backoff=Backoff(first=0.01))
    opened.start().result(30)
    yield opened
    opened.close()


@pytest.fixture
def pane(qtbot: QtBot, workspace: Workspace, bridge: Bridge) -> Iterator[AnswerPane]:
    panel = ResultsPanel(workspace, bridge)
    qtbot.addWidget(panel)
    panel.resize(900, 500)
    panel.show()
    yield panel.active_pane()
    panel.stop_all()
    qtbot.waitUntil(lambda: not panel.is_running(), timeout=20_000)


def start(pane: AnswerPane, model: str, text: str = "Hello", **config: int) -> ResultsPanel:
    """Run a model in the pane; its panel, which knows when it has ended."""
    panel = pane.window()
    assert isinstance(panel, ResultsPanel)
    panel.set_references((model,))
    panel.run_all(lambda pane: Job(Prompt(user=text), {}, pane.reference(), GenerationConfig(**config)))
    return panel


def failed(qtbot: QtBot, pane: AnswerPane, model: str, text: str = "Hello", **config: int) -> tuple[str, str]:
    """Run a model that fails; the cause and the next step as they are shown."""
    panel = start(pane, model, text, **config)
    qtbot.waitUntil(lambda: not panel.is_running(), timeout=60_000)
    assert pane.error.isVisible()
    cause, advice, *_ = [*pane.error.report().split("\n"), ""]
    return cause, advice


def works(qtbot: QtBot, pane: AnswerPane, model: str) -> bool:
    """Whether the next run is answered."""
    panel = start(pane, model, max_tokens=4)
    qtbot.waitUntil(lambda: not panel.is_running(), timeout=60_000)
    return not pane.error.isVisible() and bool(pane.body.answer())


@pytest.mark.parametrize(
    ("replies", "expected"),
    [
        ([FAULTS["fault-401"]], ("key", "profile lab")),
        ([FAULTS["fault-404"]], ("tiny", "model")),
        ([loopback.error(429, "Slow down.", headers=AT_ONCE)] * 4, ("wants fewer requests", "Wait a little")),
        ([loopback.error(500, "Oops.", headers=AT_ONCE)] * 4, ("status 500", "again")),
        ([FAULTS["fault-page"]], ("did not answer with a chat completion", "address")),
    ],
    ids=["401", "404 model", "429", "500", "HTML page"],
)
def test_what_a_server_refuses(
    qtbot: QtBot, pane: AnswerPane, server: LoopbackServer, replies: list[Reply], expected: tuple[str, str]
) -> None:
    server.script(*replies)
    said, advice = failed(qtbot, pane, "lab:tiny")
    assert expected[0] in said
    assert expected[1] in advice
    assert works(qtbot, pane, "lab:tiny")


def test_a_cause_of_two_sentences_stays_apart_from_the_next_step(
    qtbot: QtBot, pane: AnswerPane, server: LoopbackServer
) -> None:
    server.script(*[loopback.error(429, "Slow down.", headers=AT_ONCE)] * 4)
    said, advice = failed(qtbot, pane, "lab:tiny")
    assert said.endswith("wants fewer requests at a time. It says “Slow down”.")
    assert advice.startswith("Wait a little")


def test_a_server_that_is_not_there(qtbot: QtBot, pane: AnswerPane, workspace: Workspace) -> None:
    workspace.store.write(lambda store: store.save_profile(Profile("gone", NOBODY, ("tiny",)))).result(10)
    said, advice = failed(qtbot, pane, "gone:tiny")
    assert "127.0.0.1:9" in said
    assert advice
    assert works(qtbot, pane, "starter")


def test_a_stream_that_stalls_keeps_what_had_come(
    qtbot: QtBot, pane: AnswerPane, server: LoopbackServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(OpenAICompatible.__init__.__kwdefaults__, "stall_seconds", 0.4)  # not a minute
    said, advice = failed(qtbot, pane, "lab:fault-stall")
    assert "has sent nothing" in said
    assert "again" in advice
    assert pane.body.answer() == "Half an answer"
    assert works(qtbot, pane, "lab:tiny")


def test_a_killed_model_process_keeps_what_had_come(qtbot: QtBot, pane: AnswerPane) -> None:
    panel = start(pane, "starter", "Count from one to one hundred.", max_tokens=400)
    qtbot.waitUntil(lambda: bool(pane.body.answer()), timeout=60_000)
    (worker,) = (child for child in psutil.Process().children() if "workbench.worker" in child.cmdline())
    worker.kill()
    qtbot.waitUntil(lambda: not panel.is_running(), timeout=60_000)
    assert "SIGKILL" in pane.error.report()
    assert pane.body.answer()
    assert works(qtbot, pane, "starter")


@pytest.mark.parametrize(
    ("content", "expected"),
    [
        (b"", ("is empty", "Download it again")),
        (b"not a model, just text\n" * 50, ("is not a GGUF file", "Choose a GGUF file")),
        (b"GGUF\x03\x00\x00\x00" + b"\xff" * 500, ("is damaged", "Download it again")),
        (None, ("is cut off", "Download it again")),
    ],
    ids=["empty", "foreign", "corrupt", "truncated"],
)
def test_a_file_that_is_no_model(
    qtbot: QtBot, pane: AnswerPane, tmp_path: Path, content: bytes | None, expected: tuple[str, str]
) -> None:
    path = tmp_path / "bad.gguf"
    if content is None:
        with starter_path().open("rb") as whole:
            content = whole.read(5_000_000)
    path.write_bytes(content)
    said, advice = failed(qtbot, pane, f"local:{path}")
    assert f"bad.gguf {expected[0]}" in said
    assert expected[1] in advice
    assert works(qtbot, pane, "starter")


def test_a_model_that_needs_more_memory_than_there_is(
    qtbot: QtBot, pane: AnswerPane, workspace: Workspace
) -> None:
    catalog, loop = workspace.catalog, workspace.loop
    loop.submit(catalog.set_load_options(context=500_000_000)).result(10)
    said, advice = failed(qtbot, pane, "starter")
    assert "500,000,000 tokens needs" in said
    assert "context" in advice
    loop.submit(catalog.set_load_options(context=None)).result(10)
    assert works(qtbot, pane, "starter")


def test_a_prompt_longer_than_the_context(qtbot: QtBot, pane: AnswerPane) -> None:
    said, advice = failed(qtbot, pane, "starter", "word " * 20_000)
    assert "20,0" in said
    assert "Shorten" in advice
    assert works(qtbot, pane, "starter")
