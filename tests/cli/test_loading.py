"""`workbench models settings` and `template`, and adapters on the command line."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.cli.conftest import Shell
from tests.models.lora_file import write_lora
from workbench.models.starter import starter_path


def test_settings_are_kept_and_change_one_by_one(shell: Shell) -> None:
    assert shell("models", "settings", "--context", "2048", "--gpu-layers", "auto").code == 0
    assert shell("models", "settings", "--disk-cache", "500", "--unload-after", "2.5").code == 0
    (kept,) = shell("models", "settings", "--json").lines()
    assert kept == {
        "context": 2048,
        "sequences": None,
        "gpu_layers": "auto",
        "threads": None,
        "disk_cache": 500,
        "unload_after": 2.5,
    }
    assert (
        shell("models", "settings", "--context", "0", "--unload-after", "0", "--json").lines()[0]["context"]
        is None
    )
    assert "never" in shell("models", "settings").out


@pytest.mark.parametrize(
    "wrong",
    [
        ("--context", "-1"),
        ("--context", "x"),
        ("--unload-after", "-2"),
        ("--gpu-layers", "some"),
        ("--disk-cache", "1.5"),
    ],
)
def test_a_setting_out_of_range_is_refused(shell: Shell, wrong: tuple[str, str]) -> None:
    said = shell("models", "settings", *wrong)
    assert (said.code, said.out) == (2, "")
    assert wrong[1] in said.err


def test_a_chat_template_is_shown_at_work_replaced_and_put_back(shell: Shell, tmp_path: Path) -> None:
    shell("models", "settings", "--context", "512")
    assert "<|im_start|>user\nHello!<|im_end|>" in shell("models", "template", "starter").out
    file = tmp_path / "plain.jinja"
    file.write_text("Q: {{ messages[-1].content }}\nA:", "utf-8")
    (told,) = shell("models", "template", "starter", "--file", str(file), "--json").lines()
    assert told["rendered"] == "Q: Hello!\nA:"
    broken = shell("models", "template", "starter", "--file", "-", stdin="{{ messages[0")
    assert broken.code == 3
    assert shell("models", "template", "starter", "--json").lines() == [told]
    assert "<|im_start|>" in shell("models", "template", "starter", "--own").out


def test_a_server_has_its_own_template(shell: Shell) -> None:
    said = shell("models", "template", "lab:tiny")
    assert said.code == 2
    assert "no local model" in said.err


@pytest.mark.usefixtures("greeting")
def test_an_adapter_changes_the_answer_and_is_part_of_the_models_name(shell: Shell, tmp_path: Path) -> None:
    shell("models", "settings", "--context", "512")
    adapter = write_lora(starter_path(), tmp_path / "tuned.gguf", size=0.3)
    plain = ("run", "Greeting", "--temperature", "0", "--max-tokens", "8", "--json")
    (base,), (none,), (full,) = (
        shell(*plain, *more).lines() for more in ((), ("--lora", f"{adapter}=0"), ("--lora", str(adapter)))
    )
    assert none["text"] == base["text"]
    assert full["text"] != base["text"]
    assert full["model"] == f"starter+lora:{adapter}"


def test_a_model_with_an_adapter_is_put_on_the_list(shell: Shell, tmp_path: Path) -> None:
    adapter = write_lora(starter_path(), tmp_path / "tuned.gguf")
    reference = f"starter+lora:{adapter}@0.8"
    assert shell("models", "add", "starter", "--lora", f"{adapter}=0.8").out == f"{reference}\n"
    assert reference in [line["reference"] for line in shell("models", "list", "--json").lines()]
    refused = shell("models", "add", str(adapter))
    assert (refused.code, "is a LoRA adapter, no model" in refused.err) == (2, True)


@pytest.mark.usefixtures("greeting")
@pytest.mark.parametrize(
    ("options", "told"),
    [
        (("--lora", "/nowhere/x.gguf"), "no adapter file"),
        (("--lora", "x.gguf=99"), "between -10 and 10"),
        (("--lora", str(starter_path())), "no adapter but a model"),
        (("--model", "echo:m", "--lora", "x.gguf"), "takes no --lora"),
    ],
)
def test_an_adapter_that_cannot_be_used_is_bad_input(shell: Shell, options: tuple[str, ...], told: str) -> None:
    said = shell("run", "Greeting", *options)
    assert (said.code, said.out) == (2, "")
    assert told in said.err


def test_the_bench_command_prints_a_table_and_keeps_its_numbers(shell: Shell) -> None:
    shell("models", "settings", "--context", "512")
    few = ("bench", "--depths", "64", "--at-once", "1", "2")
    said = shell(*few)
    assert said.code == 0
    assert "READING, TOKENS/S" in said.out
    assert said.err == ""
    (data,) = shell(*few, "--json").lines()
    assert [row["prompt_tokens"] for row in data["depths"]] == [64]
    assert [row["answers"] for row in data["at_once"]] == [1, 2]
    refused = shell("bench", "--model", "echo:m")
    assert (refused.code, "no local model" in refused.err) == (2, True)
