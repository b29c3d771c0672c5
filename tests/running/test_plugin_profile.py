"""The profile of `llm` plugins comes, changes and goes with them."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

pytest.importorskip("llm", reason="the package llm is optional")

PLUGIN = """
import llm

class Tiny(llm.Model):
    model_id = "{model}"
    def execute(self, prompt, stream, response, conversation):
        yield prompt.messages[-1].parts[0].text

@llm.hookimpl
def register_models(register):
    register(Tiny())
"""

PROGRAM = """
import sys
from pathlib import Path
from workbench.core.completion import GenerationConfig
from workbench.core.prompt import Prompt
from workbench.running import Job, Workspace
from workbench.running.job import Ended
from workbench.running.plugin_profile import follow_plugins
from queue import SimpleQueue

workspace = Workspace(Path(sys.argv[1]))
workspace.start().result()
workspace.loop.submit(follow_plugins(workspace.store)).result()
for profile in workspace.store.read(lambda store: store.profiles()).result():
    print(profile.name, *profile.models)
if len(sys.argv) > 2:
    ended = SimpleQueue()
    workspace.scheduler.start(Job(Prompt(user="Hello there"), {}, sys.argv[2]), lambda _, event: ended.put(event))
    while not isinstance(event := ended.get(timeout=60), Ended):
        pass
    print(event.run.text, event.run.stop_reason, event.run.cost)
workspace.close()
"""


def install(folder: Path, model: str, version: str) -> None:
    """A plugin as pip leaves it: a module and its metadata with an entry point."""
    (folder / "llm_tiny.py").write_text(PLUGIN.format(model=model))
    for old in folder.glob("llm_tiny-*"):
        for file in old.iterdir():
            file.unlink()
        old.rmdir()
    facts = folder / f"llm_tiny-{version}.dist-info"
    facts.mkdir()
    (facts / "METADATA").write_text(f"Metadata-Version: 2.1\nName: llm-tiny\nVersion: {version}\n")
    (facts / "entry_points.txt").write_text("[llm]\ntiny = llm_tiny\n")


def uninstall(folder: Path) -> None:
    for path in (*folder.glob("llm_tiny-*/*"), folder / "llm_tiny.py"):
        path.unlink()
    for path in folder.glob("llm_tiny-*"):
        path.rmdir()


def test_a_plugin_that_is_installed_appears_answers_changes_and_goes(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = tmp_path / "installed"
    folder.mkdir()
    root = Path(__file__).resolve().parents[2]
    monkeypatch.setenv("PYTHONPATH", f"{root}:{folder}")
    monkeypatch.setenv("LLM_USER_PATH", str(tmp_path / "llm"))
    # The plugin changes within a second and keeps its size, which is all that bytecode is told from its source by.
    monkeypatch.setenv("PYTHONDONTWRITEBYTECODE", "1")
    monkeypatch.delenv("OPENAI_API_KEY", raising=False)

    def said(*arguments: str) -> list[str]:
        command = [sys.executable, "-c", PROGRAM, str(tmp_path / "workspace.db"), *arguments]
        return subprocess.run(command, check=True, capture_output=True, text=True, timeout=90).stdout.splitlines()

    assert said() == []
    install(folder, "tiny-one", "1.0")
    assert said("llm:tiny-one") == ["llm tiny-one", "Hello there stop None"]
    install(folder, "tiny-two", "1.1")
    assert said() == ["llm tiny-two"]
    uninstall(folder)
    assert said() == []
