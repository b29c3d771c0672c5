"""From references to providers, made once and closed in time."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from tests.loopback import LoopbackServer, Stall, answer, chunk, event, stream
from tests.running.conftest import Runner
from workbench.core.completion import Delta, Provider
from workbench.core.profile import Profile
from workbench.errors import NotFound
from workbench.running import Workspace


def provider(workspace: Workspace, reference: str) -> tuple[Provider, str]:
    return workspace.loop.submit(workspace.catalog.provider(reference)).result(30)


def write(workspace: Workspace, do: Any) -> None:
    workspace.store.write(do).result(10)


def test_the_menu_lists_the_starter_then_files_then_servers(workspace: Workspace, tmp_path: Path) -> None:
    here, gone = tmp_path / "here.gguf", tmp_path / "gone.gguf"
    here.touch()
    write(workspace, lambda store: [store.add_local_model(str(path)) for path in (here, gone)])
    write(workspace, lambda store: store.save_profile(Profile("lab", "http://127.0.0.1:1/v1", ("a", "b"))))
    choices = workspace.catalog.references().result(10)
    assert [choice.reference for choice in choices] == [
        "starter", f"local:{here}", f"local:{gone}", "lab:a", "lab:b",
    ]  # fmt: skip
    assert [choice.place for choice in choices] == ["starter", "local", "local", "profile", "profile"]
    assert choices[1].note == ""
    assert "missing" in choices[2].note


def test_models_of_one_profile_share_a_provider(runner: Runner) -> None:
    (one, first), (two, second) = (provider(runner.workspace, f"lab:{name}") for name in ("tiny", "large"))
    assert one is two
    assert (first, second) == ("tiny", "large")


def test_jobs_that_start_together_share_a_provider(runner: Runner) -> None:
    async def many() -> list[tuple[Provider, str]]:
        return await asyncio.gather(*(runner.workspace.catalog.provider("lab:tiny") for _ in range(20)))

    assert len({id(made) for made, _ in runner.workspace.loop.submit(many()).result(30)}) == 1


@pytest.mark.parametrize("reference", ["nowhere:tiny", "local:/nowhere/model.gguf"])
def test_what_is_not_there_is_named(workspace: Workspace, reference: str) -> None:
    with pytest.raises(NotFound, match="nowhere"):
        provider(workspace, reference)


def test_a_failure_is_not_remembered(workspace: Workspace, server: LoopbackServer) -> None:
    with pytest.raises(NotFound):
        provider(workspace, "late:tiny")
    write(workspace, lambda store: store.save_profile(Profile("late", server.base_url)))
    assert provider(workspace, "late:tiny")[1] == "tiny"


def test_a_changed_profile_is_taken_up_and_running_answers_go_on(runner: Runner) -> None:
    runner.server.script(stream(event(chunk({"content": "old"})), Stall()))
    handle = runner.start()
    runner.wait_for(Delta)
    with LoopbackServer() as other:
        moved = replace(Profile("lab", runner.server.base_url), base_url=other.base_url)
        write(runner.workspace, lambda store: store.save_profile(moved))
        other.script(answer("new"))
        runner.start()
        assert runner.ended().text == "new"
        assert runner.server.chats[0].hung_up_at is None
        handle.cancel()
        assert runner.ended().text == "old"


def test_load_options_are_kept_and_change_one_by_one(workspace: Workspace) -> None:
    async def change() -> tuple[Any, Any]:
        await workspace.catalog.set_load_options(context=2048)
        await workspace.catalog.set_load_options(gpu_layers="auto")
        options = await workspace.catalog.load_options()
        return options.context, options.gpu_layers

    assert workspace.loop.submit(change()).result(10) == (2048, "auto")
