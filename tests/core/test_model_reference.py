"""Model references: their text and their parts."""

from __future__ import annotations

import pytest

from workbench.core.model_reference import ModelReference, parse, short_name
from workbench.errors import UserError


@pytest.mark.parametrize(
    ("text", "reference", "short"),
    [
        ("starter", ModelReference("starter"), "SmolLM2"),
        ("local:/models/a.gguf", ModelReference("local", model="/models/a.gguf"), "a"),
        (r"local:C:\models\b.Q4_K.gguf", ModelReference("local", model=r"C:\models\b.Q4_K.gguf"), "b.Q4_K"),
        ("OpenAI:gpt-x", ModelReference("profile", "OpenAI", "gpt-x"), "gpt-x"),
        ("my server:org/model:free", ModelReference("profile", "my server", "org/model:free"), "org/model:free"),
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
