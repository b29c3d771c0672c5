"""Model references: their text and their parts."""

from __future__ import annotations

import pytest

from workbench.core.model_reference import Adapter, ModelReference, parse, parse_adapter, short_name
from workbench.errors import UserError


@pytest.mark.parametrize(
    ("text", "reference", "short"),
    [
        ("starter", ModelReference("starter"), "SmolLM2"),
        ("local:/models/a.gguf", ModelReference("local", model="/models/a.gguf"), "a"),
        (r"local:C:\models\b.Q4_K.gguf", ModelReference("local", model=r"C:\models\b.Q4_K.gguf"), "b.Q4_K"),
        ("OpenAI:gpt-x", ModelReference("profile", "OpenAI", "gpt-x"), "gpt-x"),
        ("my server:org/model:free", ModelReference("profile", "my server", "org/model:free"), "org/model:free"),
        (
            "local:/m/a.gguf+lora:/m/support.gguf@0.8+lora:b.gguf",
            ModelReference("local", "", "/m/a.gguf", (Adapter("/m/support.gguf", 0.8), Adapter("b.gguf"))),
            "a + support × 0.8 + b",
        ),
        (
            "starter+lora:x.gguf@-1",
            ModelReference("starter", adapters=(Adapter("x.gguf", -1),)),
            "SmolLM2 + x × -1",
        ),
        ("starter+lora:odd@2@1", ModelReference("starter", adapters=(Adapter("odd@2"),)), "SmolLM2 + odd@2"),
        ("lab:a+lora:b", ModelReference("profile", "lab", "a+lora:b"), "a+lora:b"),
        ("echo:test", ModelReference("echo", model="test"), "test"),
    ],
)
def test_references(text: str, reference: ModelReference, short: str) -> None:
    assert parse(text) == reference
    assert str(reference) == text
    assert short_name(text) == short


@pytest.mark.parametrize("text", ["", "gpt-x", ":x", "OpenAI:", "local:", "Starter"])
def test_what_is_no_reference_is_refused(text: str) -> None:
    with pytest.raises(UserError, match="not a model reference"):
        parse(text)


def test_a_reference_without_its_adapters_is_the_model_in_memory() -> None:
    assert str(parse("local:/m/a.gguf+lora:b.gguf@2").base) == "local:/m/a.gguf"


@pytest.mark.parametrize("text", ["starter+lora:", "starter+lora:x.gguf@11", "local:a+lora:x.gguf@nan"])
def test_an_adapter_has_a_file_and_a_scale_within_bounds(text: str) -> None:
    with pytest.raises(UserError, match=r"adapter file|must lie between"):
        parse(text)


def test_the_command_line_writes_the_scale_behind_an_equals_sign() -> None:
    assert parse_adapter("a@b.gguf=0.5", sign="=") == Adapter("a@b.gguf", 0.5)
