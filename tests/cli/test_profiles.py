"""Servers in depth from the command line: presets, headers, what models take, batches."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.cli.conftest import Shell
from tests.loopback import LoopbackServer, answer, error
from tests.loopback_batches import LoopbackBatches
from workbench.store import Store

SECRET = "tenant-secret-0123456789"

SUITE = """
format: prompt-workbench/suite
version: 1
name: Words
prompts:
  - {name: Say, user: "Say {{word}}"}
models: ["lab:tiny"]
cases:
  - {values: {word: one}, expected: Say one}
  - {values: {word: two}, expected: Say two}
"""


def profile(home: Path, name: str) -> object:
    with Store.open(home / "workspace.db") as store:
        return store.profile(name)


def test_a_preset_brings_its_address_variable_and_header(shell: Shell, home: Path) -> None:
    assert shell("profiles", "add", "mistral", "--preset", "mistral", "--no-key").code == 0
    made = profile(home, "mistral")
    assert (made.base_url, made.key_variable) == ("https://api.mistral.ai/v1", "MISTRAL_API_KEY")
    azure = "https://us.openai.azure.com/openai/deployments/gpt/chat/completions?api-version=2024-10-21"
    assert shell("profiles", "add", "azure", azure, "--preset", "Azure OpenAI", "--no-key").code == 0
    made = profile(home, "azure")
    assert made.base_url == "https://us.openai.azure.com/openai/deployments/gpt"
    assert (made.key_header, made.query) == ("api-key", (("api-version", "2024-10-21"),))


def test_headers_reach_the_server_and_a_secret_one_no_file_and_no_output(
    shell: Shell, home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("TENANT", SECRET)
    with LoopbackServer() as server:
        said = shell(
            "profiles", "add", "lab", server.base_url, "--no-key", "--header", "X-Title: Bench",
            "--header-variable", "X-Tenant=TENANT",
        )  # fmt: skip
        assert said.code == 0
        assert shell("profiles", "test", "lab").code == 0
        seen = server.requests[0].headers
    assert (seen["x-title"], seen["x-tenant"]) == ("Bench", SECRET)
    assert not [path for path in home.rglob("*") if path.is_file() and SECRET.encode() in path.read_bytes()]


def test_a_secret_header_comes_from_standard_input_and_is_not_kept_without_a_keyring(
    shell: Shell, home: Path
) -> None:
    said = shell(
        "profiles", "add", "lab", "http://127.0.0.1:9/v1", "--no-key", "--header-secret", "X-Tenant",
        stdin=SECRET + "\n",
    )  # fmt: skip
    assert said.code == 0
    assert "the header X-Tenant was not kept: use --header-variable" in said.err
    assert SECRET not in said.out + said.err
    assert not [path for path in home.rglob("*") if path.is_file() and SECRET.encode() in path.read_bytes()]


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["--header", f"Authorization: Bearer {SECRET}"], "looks like a secret"),
        (["--header", SECRET], "--header wants NAME:VALUE"),
        (["--header-variable", "X-A=not a name"], "cannot be the name of an environment variable"),
        (["--query", f"key={SECRET}"], "looks like a secret"),
        (["--proxy", "http://me:hunter2@proxy:3128"], "user name or password"),
        (["--proxy", "proxy:3128"], "is not an address of a proxy"),
        (["--preset", "Nobody"], "There is no preset 'Nobody'"),
    ],
)
def test_what_cannot_be_a_connection_is_refused_without_showing_a_secret(
    shell: Shell, arguments: list[str], words: str
) -> None:
    said = shell("profiles", "add", "lab", "http://127.0.0.1:9/v1", "--no-key", *arguments)
    assert said.code == 2
    assert words in said.err
    assert SECRET not in said.err
    assert "hunter2" not in said.err


def test_what_a_model_takes_is_probed_remembered_and_forgotten(shell: Shell) -> None:
    with LoopbackServer() as server:
        shell("profiles", "add", "lab", server.base_url, "--no-key")
        refusal = error(400, "Unsupported parameter: seed", param="seed")
        server.script(answer("7"), refusal, answer("7"), answer('{"number": 7}'), answer("7"))
        found = {row["name"]: row["taken"] for row in shell("profiles", "probe", "lab", "tiny", "--json").lines()}
        assert found == {"seed": False, "logprobs": False, "json_schema": True, "effort": True, "reasoning": False}
        shell("prompts", "save", "-", stdin='{"format": "prompt-workbench/prompt", "version": 1, "name": "Hi", '
              '"prompt": {"user": "Hi"}}')  # fmt: skip
        assert shell("run", "Hi", "--model", "lab:tiny", "--seed", "3").code == 0
        assert "seed" not in server.chats[-1].body
        assert shell("profiles", "forget", "lab", "tiny").code == 0
        assert shell("run", "Hi", "--model", "lab:tiny", "--seed", "3").code == 0
        assert server.chats[-1].body["seed"] == 3


def test_an_experiment_runs_through_the_batch_api_and_its_batch_can_be_cancelled(
    shell: Shell, tmp_path: Path
) -> None:
    suite = tmp_path / "suite.yaml"
    suite.write_text(SUITE)
    with LoopbackBatches() as server:
        shell("profiles", "add", "lab", server.base_url, "--no-key")
        said = shell("experiment", "run", str(suite), "--batch")
        assert said.code == 0
        assert "In a batch at lab, in progress" in said.err
        assert len(server.uploads) == 1
    assert "has no open batch" in shell("experiment", "cancel", "Words").err


def test_a_spending_limit_ends_with_what_to_do(shell: Shell, tmp_path: Path) -> None:
    suite = tmp_path / "suite.yaml"
    suite.write_text(SUITE)
    with LoopbackServer() as server:
        shell("profiles", "add", "lab", server.base_url, "--no-key")
        said = shell("experiment", "run", str(suite), "--spending-limit", "1")
        assert said.code == 3
        assert "The price of lab:tiny is not known" in said.err
        assert "workbench experiment run --resume" in said.err
        shell("prices", "set", "tiny", "--input", "1", "--output", "1")
        assert shell("experiment", "run", "--resume", "Words", "--spending-limit", "1").code == 0
