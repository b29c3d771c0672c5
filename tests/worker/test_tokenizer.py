"""Tokens of llama.cpp's vocabulary files, as their expected outputs say, by the worker's own tokenizer."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

from tests.worker.llama_source import MISSING, vocabularies

_PARTED = "\n__ggml_vocab_test__\n"

VOCABULARIES = vocabularies() or (pytest.param(None, marks=pytest.mark.skip(reason=MISSING)),)


@pytest.mark.parametrize("path", VOCABULARIES, ids=lambda path: path.stem if path else "none")
def test_a_vocabulary_gives_the_expected_tokens(path: Path) -> None:
    texts = Path(f"{path}.inp").read_bytes().decode().removesuffix(_PARTED).split(_PARTED)
    expected = [[int(number) for number in line.split()] for line in Path(f"{path}.out").read_text().splitlines()]
    command = [sys.executable, "-m", "tests.worker.tokens_of", str(path)]
    done = subprocess.run(command, input=json.dumps(texts), capture_output=True, text=True, check=True, timeout=60)
    found = json.loads(done.stdout)
    for text, tokens, wanted in zip(texts, found, expected, strict=True):
        assert tokens == wanted, text
