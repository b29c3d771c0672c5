"""Model lists in the forms that servers give them."""

from __future__ import annotations

import pytest

from workbench.core.completion import ModelInfo
from workbench.providers.server_models import model_list


@pytest.mark.parametrize(
    ("data", "models"),
    [
        ({"data": [{"id": "gpt-9"}]}, (ModelInfo("gpt-9"),)),
        ({"data": [{"id": "q", "max_model_len": 4096}]}, (ModelInfo("q", 4096),)),  # vLLM
        ({"data": [{"id": "q", "meta": {"n_ctx_train": 32768}}]}, (ModelInfo("q", 32768),)),  # llama-server
        ({"models": [{"name": "llama3:8b", "model": "llama3:8b"}]}, (ModelInfo("llama3:8b"),)),  # Ollama
        ([{"id": "m", "context_length": 8192}], (ModelInfo("m", 8192),)),  # Together
        (["a", "b"], (ModelInfo("a"), ModelInfo("b"))),
        ('{"data": [{"id": "a"}]}', (ModelInfo("a"),)),  # with a wrong content type
        ({"data": [{"id": "a", "context_length": "big"}, {"id": ""}, {"id": None}, 7, None]}, (ModelInfo("a"),)),
        ({"data": []}, ()),
    ],
)
def test_a_list_in_any_form(data: object, models: tuple[ModelInfo, ...]) -> None:
    assert model_list(data) == models


@pytest.mark.parametrize("data", [None, 7, "<html>", "", {}, {"data": None}, {"data": {"id": "a"}}, "[" * 99_999])
def test_anything_else_is_no_list(data: object) -> None:
    assert model_list(data) is None
