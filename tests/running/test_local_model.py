"""The scheduler, the catalog and the counting with the embedded model in its real process."""

from __future__ import annotations

import os
from pathlib import Path

import psutil

from tests.running.conftest import Runner
from tests.running.test_scheduler import wait_until
from workbench.core.completion import Delta
from workbench.core.prompt import Example, Prompt
from workbench.running import Workspace
from workbench.running.counting import count_tokens


def workers() -> list[psutil.Process]:
    """The model processes of this test: those with its home, for other tests keep one of their own loaded."""
    home = os.environ["WORKBENCH_HOME"]
    children = [child for child in psutil.Process().children() if "workbench.worker" in " ".join(child.cmdline())]
    return [child for child in children if child.environ().get("WORKBENCH_HOME") == home]


def test_sections_are_counted_exactly_and_the_templated_text_is_shown(workspace: Workspace) -> None:
    prompt = Prompt(system="You are terse.", examples=(Example("one", "two"),), user="Say {{what}}")
    count = workspace.loop.submit(count_tokens(workspace.catalog, prompt, {"what": "hello"}, "starter")).result(60)
    assert count.exact
    assert "<|im_start|>system\nYou are terse.<|im_end|>" in count.text
    assert count.context is not None
    assert count.per_section == {"system": 5, "examples": 2, "user": 2}
    assert count.total > sum(count.per_section.values())


def test_a_killed_model_leaves_its_text_and_a_reason_and_the_next_run_works(runner: Runner) -> None:
    runner.start("Count from one to one hundred.", model="starter", max_tokens=400, temperature=0)
    runner.wait_for(Delta)
    (worker,) = workers()
    worker.kill()
    run = runner.ended()
    assert (run.stop_reason, run.details["error"]["kind"]) == ("error", "WorkerDied")
    assert run.text
    assert runner.stored(run.id).error == run.error
    runner.start("Say hello.", model="starter", max_tokens=2)
    assert runner.ended().stop_reason in ("length", "stop")


def test_cancelling_stops_at_once_and_the_model_stays_loaded(runner: Runner) -> None:
    handle = runner.start("Count from one to one hundred.", model="starter", max_tokens=400)
    runner.wait_for(Delta)
    before = workers()
    handle.cancel()
    run = runner.ended()
    assert (run.stop_reason, run.text != "") == ("cancelled", True)
    runner.start("Say hello.", model="starter", max_tokens=2)
    runner.ended()
    assert workers() == before


def test_a_persons_own_chat_template_takes_the_place_of_the_models(runner: Runner) -> None:
    catalog, loop = runner.workspace.catalog, runner.workspace.loop
    loop.submit(catalog.set_chat_template("starter", "{{ messages[0].content }} is")).result(30)
    runner.start("The capital of France", model="starter", max_tokens=3, temperature=0)
    run = runner.ended()
    assert run.details["template"] == "own"
    assert run.usage
    assert run.usage.prompt_tokens == 5
    loop.submit(catalog.set_chat_template("starter", None)).result(30)
    runner.start("The capital of France", model="starter", max_tokens=3, temperature=0)
    assert runner.ended().details["template"] == "model"


def test_changed_load_options_take_effect_with_the_next_run_and_free_the_old_process(runner: Runner) -> None:
    runner.start("Say hello.", model="starter", max_tokens=2)
    runner.ended()
    before = workers()
    runner.workspace.loop.submit(runner.workspace.catalog.set_load_options(context=512)).result(30)
    runner.start("Say hello.", model="starter", max_tokens=2)
    assert runner.ended().details["context"] == 512
    wait_until(lambda: not any(process.is_running() for process in before))
    assert len(workers()) == 1


def test_what_was_kept_on_disk_is_deleted_when_it_is_switched_off(runner: Runner, home: Path) -> None:
    catalog, loop = runner.workspace.catalog, runner.workspace.loop
    loop.submit(catalog.set_load_options(context=1024, disk_cache=100)).result(30)
    runner.start("Facts about parrots. " * 40, model="starter", max_tokens=1)
    runner.ended()
    loop.submit(catalog.unload("starter")).result(30)
    assert list(home.rglob("*.beginning"))
    loop.submit(catalog.set_load_options(context=2048)).result(30)
    assert list(home.rglob("*.beginning")), "other options leave it"
    loop.submit(catalog.set_load_options(disk_cache=0)).result(30)
    assert not list(home.rglob("*.beginning"))
