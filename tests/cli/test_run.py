"""`workbench run`: the answer on standard output, the rest on standard error, an exit code for scripts."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from pathlib import Path

import pytest

from tests.cli.conftest import Shell
from tests.loopback import LoopbackServer, answer
from workbench.models.starter import starter_path

pytestmark = pytest.mark.usefixtures("greeting")

RUN_KEYS = [
    *("id", "prompt", "version", "model", "values", "messages", "text", "reasoning"),
    *("stop_reason", "usage", "timings", "cost", "error"),
]


@pytest.fixture
def server(shell: Shell) -> Iterator[LoopbackServer]:
    """A server that the workspace knows as `lab`."""
    with LoopbackServer() as server:
        assert shell("profiles", "add", "lab", server.base_url, "--no-key").code == 0
        yield server


def test_the_answer_and_nothing_else_is_on_standard_output(shell: Shell) -> None:
    said = shell("run", "Greeting", "--model", "echo:m")
    assert (said.code, said.out, said.err) == (0, "Greet Ada in French.\n", "")


def test_variables_from_the_command_line_a_file_and_standard_input(shell: Shell, tmp_path: Path) -> None:
    (tmp_path / "who.txt").write_text("Grace", "utf-8")
    from_file = shell("run", "Greeting", "--model", "echo:m", "--var", "language=Welsh", "--var-file",
                      f"who={tmp_path / 'who.txt'}")  # fmt: skip
    assert from_file.out == "Greet Grace in Welsh.\n"
    from_stdin = shell("run", "Greeting", "--model", "echo:m", "--var", "who=A=B", "--var-file", "language=-",
                       stdin="Irish")  # fmt: skip
    assert from_stdin.out == "Greet A=B in Irish.\n"


@pytest.mark.parametrize("case", ["2", "german"])
def test_a_case_by_number_or_name_with_a_variable_of_ones_own(shell: Shell, case: str) -> None:
    said = shell("run", "Greeting", "--model", "echo:m", "--case", case, "--var", "who=Moritz", "--json")
    (run,) = said.lines()
    assert run["values"] == {"who": "Moritz", "language": "German"}


def test_json_is_one_object_with_the_documented_keys(shell: Shell) -> None:
    (run,) = shell("run", "Greeting", "--model", "echo:m", "--json").lines()
    assert list(run) == RUN_KEYS
    assert run["messages"] == [
        {"role": "system", "content": "Be kind."},
        {"role": "user", "content": "Greet Ada in French."},
    ]
    assert list(run["usage"]) == ["prompt_tokens", "completion_tokens"]
    assert list(run["timings"]) == ["ttft_ms", "total_ms", "tokens_per_second"]
    assert (run["prompt"], run["model"], run["error"]) == ("Greeting", "echo:m", None)


def test_a_version_is_run_as_it_was_saved(shell: Shell, greeting: Path) -> None:
    assert shell("versions", "save", "Greeting", "-m", "first").code == 0
    greeting.write_text(greeting.read_text("utf-8").replace("Greet {{who}}", "Hail {{who}}"), "utf-8")
    assert shell("prompts", "save", str(greeting)).code == 0
    assert shell("run", "Greeting@1", "--model", "echo:m").out == "Greet Ada in French.\n"
    assert shell("run", "Greeting@latest", "--model", "echo:m").out == "Hail Ada in French.\n"


def test_parameters_reach_the_server_and_what_it_does_not_take_is_said(
    shell: Shell, server: LoopbackServer
) -> None:
    parameters = ("--temperature=0.5", "--max-tokens=7", "--seed=3", "--stop=END", "--stop=STOP")
    said = shell("run", "Greeting", "--model", "lab:tiny", *parameters)
    assert said.code == 0
    body = server.chats[0].body
    assert (body["temperature"], body["seed"], body["stop"]) == (0.5, 3, ["END", "STOP"])
    assert 7 in (body.get("max_tokens"), body.get("max_completion_tokens"))
    biased = ("--logit-bias=50256=-100", '--logit-bias="7"=2', "--logprobs=2")
    assert "names a token by its text" in shell("run", "Greeting", "--model", "lab:tiny", *biased).err
    refused = shell("run", "Greeting", "--model", "echo:m", "--temperature", "0.5")
    assert refused.err == "Not taken by echo:m, so left out: temperature.\n"


def test_a_retry_is_told_on_standard_error(shell: Shell, server: LoopbackServer) -> None:
    from tests.loopback import error

    server.script(error(503, "Busy", headers={"Retry-After": "0"}), answer("Bonjour"))
    said = shell("run", "Greeting", "--model", "lab:tiny")
    assert (said.code, said.out) == (0, "Bonjour\n")
    assert "Trying again" in said.err


@pytest.mark.parametrize(
    ("model", "words"),
    [("fault-401", "key"), ("fault-404", "fault-404"), ("fault-page", "Welcome"), ("fault-close", "broke off")],
)
def test_a_failing_server_is_exit_code_3_and_the_run_is_kept(
    shell: Shell, server: LoopbackServer, model: str, words: str
) -> None:
    said = shell("run", "Greeting", "--model", f"lab:{model}")
    assert said.code == 3
    assert words in said.err
    assert said.err.count("\n") == 1
    (run,) = shell("history", "list", "--json").lines()
    assert run["model"] == f"lab:{model}"


def test_a_file_of_ones_own_answers_and_is_found_again_from_any_folder(
    shell: Shell, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    own = tmp_path / "own.gguf"
    own.symlink_to(starter_path())
    monkeypatch.chdir(tmp_path)
    said = shell("run", "Greeting", "--model", "local:own.gguf", "--max-tokens", "4", "--json")
    (run,) = said.lines()
    assert (said.code, run["model"]) == (0, f"local:{own}")
    assert run["text"]
    assert run["timings"]["ttft_ms"] > 0
    monkeypatch.chdir("/")
    assert shell("run", "Greeting", "--model", run["model"], "--max-tokens", "4").code == 0


def test_a_failure_as_json_is_still_one_object(shell: Shell, server: LoopbackServer) -> None:
    said = shell("run", "Greeting", "--model", "lab:fault-401", "--json")
    (run,) = said.lines()
    assert (said.code, run["stop_reason"]) == (3, "error")
    assert run["error"]


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["Greting"], "Greeting"),
        (["Greeting@7"], "7"),
        (["Greeting", "--var", "who=Ada"], "{{language}}"),
        (["Greeting", "--var", "who"], "NAME=VALUE"),
        (["Greeting", "--var-file", "who=/nowhere"], "/nowhere"),
        (["Greeting", "--case", "9"], "Cases 1 to 2"),
        (["Greeting", "--temperature", "9"], "temperature"),
        (["Greeting", "--temperature", "warm"], "--temperature"),
        (["Greeting", "--temp", "1"], "--temp"),
        (["Greeting", "--model", "nonsense"], "nonsense"),
        (["Greeting", "--model", "nowhere:tiny"], "nowhere"),
        (["Greeting", "--model", "local:/nowhere.gguf"], "/nowhere.gguf"),
        ([], "PROMPT"),
    ],
)
def test_bad_input_is_exit_code_2_one_line_and_no_run(shell: Shell, arguments: list[str], words: str) -> None:
    said = shell("run", *arguments)
    assert (said.code, said.out) == (2, "")
    assert words in said.err
    assert said.err.count("\n") == 1
    assert shell("history", "list", "--json").out == ""


def test_what_a_run_cost_is_marked_as_an_estimate_with_the_date_of_its_price(
    shell: Shell, server: LoopbackServer
) -> None:
    assert shell("prices", "set", "lab:tiny", "--input", "2", "--output", "6000").code == 0
    server.script(answer("Bonjour"))
    values = ("--var", "who=Anna", "--var", "language=Dutch")
    (run,) = shell("run", "Greeting", "--model", "lab:tiny", *values, "--json").lines()
    assert run["cost"] > 0
    today = datetime.now().astimezone().date().isoformat()
    assert f"$, by the price of {today}" in shell("history", "show", "last").out
    assert "cost     ≈ " in shell("history", "show", "last").out
