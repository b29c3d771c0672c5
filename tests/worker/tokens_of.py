"""Prints the tokens of texts in a vocabulary file: `python -m tests.worker.tokens_of FILE`, a JSON list on stdin.

A process of its own, as in the program, for native code that reads files.
"""

from __future__ import annotations

import json
import sys

import llama_cpp

from workbench.worker.tokenizer import tokens_of


def main() -> None:
    """Read a JSON list of texts, write a JSON list of lists of tokens."""
    params = llama_cpp.llama_model_default_params()
    params.vocab_only = True
    model = llama_cpp.llama_model_load_from_file(sys.argv[1].encode(), params)
    vocabulary = llama_cpp.llama_model_get_vocab(model)
    json.dump([tokens_of(vocabulary, text, begins=False) for text in json.load(sys.stdin)], sys.stdout)


if __name__ == "__main__":
    main()
