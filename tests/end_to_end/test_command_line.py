"""The command line as a person and as a script use it: separate processes on one workspace, a real model."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.loopback import LoopbackServer

KEY = "sk-loopback-0123456789"
COMMAND = (sys.executable, "-m", "workbench")


@pytest.fixture(autouse=True)
def interruptible() -> Iterator[None]:
    """Children hear an interrupt also when the tests run in the background of a script, which turns it off.

    A child takes over what its parent ignores, but not what its parent handles.
    """
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    yield
    signal.signal(signal.SIGINT, before)


def environment(**more: str) -> dict[str, str]:
    """Ours without a display, and without a keyring that could be the person's."""
    kept = {name: value for name, value in os.environ.items() if name not in ("DISPLAY", "WAYLAND_DISPLAY")}
    kept.pop("QT_QPA_PLATFORM", None)
    return {**kept, "PYTHON_KEYRING_BACKEND": "keyring.backends.fail.Keyring", "PYTHONWARNINGS": "error", **more}


def workbench(*arguments: str, stdin: str = "", **more: str) -> subprocess.CompletedProcess[str]:
    """Run the command to its end."""
    return subprocess.run(
        (*COMMAND, *arguments),
        input=stdin, capture_output=True, encoding="utf-8", env=environment(**more), timeout=100, check=False,
    )  # fmt: skip


def started(*arguments: str, **more: str) -> subprocess.Popen[str]:
    """Start the command, in a process group of its own, as a terminal does."""
    return subprocess.Popen(
        (*COMMAND, *arguments),
        stdout=subprocess.PIPE, stderr=subprocess.PIPE, encoding="utf-8", env=environment(**more),
        start_new_session=True,
    )  # fmt: skip


def done(*arguments: str, stdin: str = "", **more: str) -> str:
    """What the command prints, when it succeeds and has nothing to complain of."""
    said = workbench(*arguments, stdin=stdin, **more)
    assert said.returncode == 0, said.stderr
    return said.stdout


def lines(*arguments: str, **more: str) -> list[Any]:
    """Standard output as JSON, line by line."""
    return [json.loads(line) for line in done(*arguments, "--json", **more).splitlines()]


def test_a_journey_with_the_embedded_model(tmp_path: Path) -> None:
    """A fresh machine: look, run, search, rate, correct, export."""
    names = [prompt["name"] for prompt in lines("prompts", "list")]
    assert "Support reply" in names

    asked = ("run", "Ticket classification", "--case", "1", "--temperature", "0", "--max-tokens", "24")
    answer = done(*asked)
    (again,) = lines(*asked)
    assert again["stop_reason"] == "stop"
    assert again["text"].strip() == answer.strip() != ""
    assert again["usage"]["completion_tokens"] <= 24
    assert again["timings"]["ttft_ms"] > 0

    runs = lines("history", "list")
    assert [run["model"] for run in runs] == ["starter", "starter"]
    assert again["id"] in [run["id"] for run in lines("history", "search", again["text"].strip())]

    done("rate", again["id"], "--good", "--golden", "-", stdin="a golden label")
    out = tmp_path / "data"
    files = [Path(line) for line in done("training", "export", "--out", str(out)).splitlines()]
    (row,) = [json.loads(line) for line in files[0].read_text("utf-8").splitlines()]
    assert row["messages"][-1] == {"role": "assistant", "content": "a golden label"}
    manifest = json.loads(files[1].read_text("utf-8"))
    assert manifest["rows"][0]["runs"] == [again["id"]]

    (exported,) = lines("training", "export", "--format", "trl-preference", "--out", str(tmp_path / "pairs"))
    (pair,) = [json.loads(line) for line in Path(exported["files"][0]).read_text("utf-8").splitlines()]
    assert pair["chosen"][-1]["content"] == "a golden label"
    assert pair["rejected"][-1]["content"] == again["text"]


def test_versions_and_a_case_with_the_embedded_model(tmp_path: Path) -> None:
    file = tmp_path / "prompt.json"
    done("prompts", "export", "Ticket classification", "--out", str(file))
    data = json.loads(file.read_text("utf-8"))
    data["prompt"]["system"] = "Answer with one word."
    file.write_text(json.dumps(data), "utf-8")
    done("prompts", "save", str(file), "-m", "One word")
    done("versions", "label", "Ticket classification", "latest", "production")
    assert "{+" in done("versions", "diff", "Ticket classification", "1", "production")
    (run,) = lines("run", "Ticket classification@production", "--case", "1", "--max-tokens", "4")
    assert run["messages"][0]["content"].startswith("Answer with one word.")


def test_without_a_display_there_is_a_tour(tmp_path: Path) -> None:
    workspace = tmp_path / "tour.db"
    said = workbench("--workspace", str(workspace))
    assert said.returncode == 0, said.stderr
    assert "no display" in said.stderr
    assert "SmolLM2" in said.stdout
    assert "workbench history list" in said.stdout
    (run,) = lines("history", "list", "--workspace", str(workspace))
    assert run["model"] == "starter"


@pytest.fixture
def server() -> Iterator[LoopbackServer]:
    """A server that the workspace knows as `lab` and that wants the key."""
    with LoopbackServer(key=KEY) as server:
        done("profiles", "add", "lab", server.base_url)
        yield server


def test_a_journey_with_a_server(server: LoopbackServer) -> None:
    assert done("profiles", "test", "lab", WORKBENCH_KEY_LAB=KEY).split() == ["lab:tiny", "lab:large"]
    assert "lab:large" in [model["reference"] for model in lines("models", "list")]
    text = done("run", "Support reply", "--case", "2", "--model", "lab:tiny", WORKBENCH_KEY_LAB=KEY)
    assert text.strip() == server.chats[0].body["messages"][-1]["content"].strip()
    refused = workbench("run", "Support reply", "--model", "lab:tiny", WORKBENCH_KEY_LAB="sk-wrong-9876543210")
    assert refused.returncode == 3
    assert "sk-" not in refused.stdout + refused.stderr


def test_ctrl_c_stops_and_keeps_what_came(server: LoopbackServer) -> None:
    process = started("run", "Support reply", "--model", "lab:fault-slow", WORKBENCH_KEY_LAB=KEY)
    assert process.stdout is not None
    first = process.stdout.read(len("one two"))
    process.send_signal(signal.SIGINT)
    rest, complaints = process.communicate(timeout=60)
    assert (first, process.returncode, complaints) == ("one two", 130, "")
    server.wait_until(lambda seen: seen.chats[0].hung_up_at is not None)
    (run,) = lines("history", "show", "last")
    assert run["stop_reason"] == "cancelled"
    assert run["text"].strip() == (first + rest).strip()


def test_ctrl_c_reaches_the_model_process_too_and_harms_nothing() -> None:
    """A terminal sends the interrupt to every process of the group, the model's own among them."""
    process = started("run", "Support reply", "--max-tokens", "400", "--temperature", "0")
    assert process.stdout is not None
    first = process.stdout.read(5)
    os.killpg(process.pid, signal.SIGINT)
    rest, complaints = process.communicate(timeout=60)
    assert (process.returncode, complaints) == (130, "")
    (run,) = lines("history", "show", "last")
    assert run["text"].strip() == (first + rest).strip() != ""
    assert run["stop_reason"] == "cancelled"


def test_a_reader_that_leaves_is_no_drama(server: LoopbackServer) -> None:
    process = started("run", "Support reply", "--model", "lab:fault-slow", WORKBENCH_KEY_LAB=KEY)
    with process:
        assert process.stdout is not None
        assert process.stdout.read(3) == "one"
        process.stdout.close()
        assert process.wait(60) == 141
        assert process.stderr is not None
        assert process.stderr.read() == ""


def test_four_programs_on_one_new_workspace() -> None:
    processes = [started("run", "Support reply", "--model", "echo:m") for _ in range(4)]
    for process in processes:
        _, complaints = process.communicate(timeout=90)
        assert process.returncode == 0, complaints
    assert len(lines("history", "list")) == 4


def test_a_killed_run_comes_back(server: LoopbackServer) -> None:
    """kill -9 while it streams: the next command finds the answer as it was two seconds before."""
    process = started("run", "Support reply", "--model", "lab:fault-slow", WORKBENCH_KEY_LAB=KEY)
    with process:
        assert process.stdout is not None
        shown = process.stdout.read(150)
        process.kill()
    (run,) = lines("history", "show", "last")
    assert shown.startswith(run["text"][:150])
    # Ten words a second come, so that two seconds are twenty.
    assert len(run["text"].split()) >= len(shown.split()) - 20


def test_what_is_not_needed_is_not_loaded() -> None:
    """Listing prompts starts as fast as it can: no window, no SDK, no llama.cpp."""
    code = (
        "import sys; from workbench.cli import main; main(['prompts', 'list'])\n"
        "heavy = {'PySide6', 'openai', 'httpx2', 'llama_cpp', 'keyring', 'pygments', 'jsonschema', 'jinja2'}\n"
        "sys.exit(', '.join(heavy & set(sys.modules)) or None)"
    )
    said = subprocess.run(
        (sys.executable, "-c", code),
        capture_output=True,
        encoding="utf-8",
        env=environment(),
        check=False,
        timeout=60,
    )
    assert (said.returncode, said.stderr) == (0, "")


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["run", "Suport reply"], "Support reply"),
        (["run", "Support reply", "--model", "local:missing.gguf"], "missing.gguf"),
        (["run", "Support reply", "--var", "x=1"], "{{"),
        (["prompts", "list", "--workspace", "/proc/nowhere/w.db"], "/proc/nowhere"),
        (["prompts", "lst"], "lst"),
        (["history", "show", "000000"], "000000"),
        (["training", "export", "--out", "x"], "rated"),
    ],
)
def test_bad_input_is_exit_code_2_and_one_line(arguments: list[str], words: str) -> None:
    said = workbench(*arguments)
    assert (said.returncode, said.stdout) == (2, "")
    assert words in said.stderr
    assert said.stderr.count("\n") == 1


def test_a_damaged_workspace_is_said_and_set_aside(tmp_path: Path) -> None:
    file = tmp_path / "broken.db"
    done("prompts", "list", "--workspace", str(file))
    content = file.read_bytes()
    file.write_bytes(content[:100] + os.urandom(len(content) - 100))
    said = workbench("prompts", "list", "--workspace", str(file))
    assert said.returncode == 2
    assert "damaged" in said.stderr
    assert list(tmp_path.glob("broken.db.damaged-*"))


def test_version_and_help() -> None:
    assert done("--version").startswith("workbench ")
    for command in ([], ["run"], ["prompts"], ["prompts", "save"], ["training", "export"]):
        text = done(*command, "--help")
        assert "usage: workbench" in text
        assert "--workspace" in text
    assert "examples:" in done("run", "--help")
