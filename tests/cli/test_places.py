"""Models and servers from a terminal."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.cli.conftest import Shell
from tests.loopback import LoopbackServer

KEY = "sk-loopback-0123456789"


def test_the_starter_is_always_on_the_list(shell: Shell) -> None:
    assert shell("models", "list", "--json").lines()[0]["reference"] == "starter"


def test_a_gguf_is_inspected_and_added_by_its_path(shell: Shell, tmp_path: Path) -> None:
    from workbench.models.starter import starter_path

    (data,) = shell("models", "inspect", "starter", "--context", "2048", "--json").lines()
    assert data["architecture"] == "llama"
    assert data["memory"]["context"] == 2048
    assert "chat template" in shell("models", "inspect", "starter").out
    link = tmp_path / "mine.gguf"
    link.symlink_to(starter_path())
    assert shell("models", "add", str(link)).out == f"local:{link}\n"
    assert f"local:{link}" in shell("models", "list").out


@pytest.mark.parametrize("content", [b"", b"GGUF", b"<html>not a model</html>"])
def test_a_file_that_is_no_model_is_refused(shell: Shell, tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "bad.gguf"
    path.write_bytes(content)
    for command in ("add", "inspect"):
        said = shell("models", command, str(path))
        assert (said.code, said.out) == (2, "")
        assert "bad.gguf" in said.err
    assert len(shell("models", "list", "--json").lines()) == 1


def test_a_server_is_added_tested_and_removed(shell: Shell, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("WORKBENCH_KEY_LAB", KEY)
    with LoopbackServer(key=KEY) as server:
        assert shell("profiles", "add", "lab", server.base_url).code == 0
        assert shell("profiles", "test", "lab").out.splitlines() == ["lab:tiny", "lab:large"]
    assert {"lab:tiny", "lab:large"} <= {model["reference"] for model in shell("models", "list", "--json").lines()}
    (profile,) = shell("profiles", "list", "--json").lines()
    assert (profile["key"], profile["key_variable"]) == ("environment", "WORKBENCH_KEY_LAB")
    assert shell("profiles", "remove", "lab").code == 0
    assert shell("profiles", "list", "--json").out == ""


def test_a_key_from_standard_input_is_in_no_file_and_no_output(shell: Shell, home: Path) -> None:
    said = shell("profiles", "add", "lab", "http://127.0.0.1:9/v1", "--key-stdin", stdin=KEY + "\n")
    assert said.code == 0
    assert "WORKBENCH_KEY_LAB" in said.err or "keyring" in said.err
    assert KEY not in said.out + said.err
    files = [path for path in home.rglob("*") if path.is_file()]
    assert files
    assert not any(KEY.encode() in path.read_bytes() for path in files)


def test_a_server_that_is_not_there_is_exit_code_3(shell: Shell) -> None:
    assert shell("profiles", "add", "lab", "http://127.0.0.1:9/v1", "--no-key").code == 0
    said = shell("profiles", "test", "lab")
    assert said.code == 3
    assert said.err.count("\n") == 1


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["profiles", "add", "local", "http://127.0.0.1:9/v1"], "local"),
        (["profiles", "add", "lab", "127.0.0.1:9"], "http://"),
        (["profiles", "add", "lab", "http://127.0.0.1:9/v1", "--key-stdin"], "no key"),
        (["profiles", "add", "lab", "http://127.0.0.1:9/v1", "--key", "x"], "--key"),
        (["profiles", "remove", "nobody"], "nobody"),
        (["profiles", "test", "nobody"], "nobody"),
        (["models", "add", "/nowhere.gguf"], "/nowhere.gguf"),
    ],
)
def test_bad_input_is_exit_code_2_and_one_line(shell: Shell, arguments: list[str], words: str) -> None:
    said = shell(*arguments)
    assert (said.code, said.out) == (2, "")
    assert words in said.err
    assert said.err.count("\n") == 1
