"""What file names tell."""

from __future__ import annotations

import pytest

from workbench.models.quantisation import fit, hint, quantisation_of


@pytest.mark.parametrize(
    ("name", "told"),
    [
        ("Llama-3.2-1B-Instruct-Q4_K_M.gguf", "Q4_K_M"),
        ("llama-3.2-1b-instruct-q4_k_m.gguf", "Q4_K_M"),
        ("qwen2.5-7b-IQ2_XXS.gguf", "IQ2_XXS"),
        ("gemma-3-4b-it-UD-Q2_K_XL.gguf", "Q2_K_XL"),
        ("phi-4-Q6_K.gguf", "Q6_K"),
        ("model.Q5_0.gguf", "Q5_0"),
        ("gpt-oss-20b-MXFP4.gguf", "MXFP4"),
        ("tiny-fp16.gguf", "F16"),
        ("tiny-BF16-00001-of-00002.gguf", "BF16"),
        ("SmolLM2-135M.F32.gguf", "F32"),
        ("a-model-of-q-and-a.gguf", ""),
        ("SQ8_0X.gguf", ""),
    ],
)
def test_a_name_tells_its_number_format(name: str, told: str) -> None:
    assert quantisation_of(name) == told
    assert bool(hint(told)) == bool(told)


def test_a_file_fits_tightly_or_not() -> None:
    assert [fit(size, 16_000_000_000) for size in (4_000_000_000, 13_000_000_000, 15_000_000_000)] == [
        "fits",
        "tight",
        "too big",
    ]
    assert fit(100_000_000, 350_000_000) == "too big"
