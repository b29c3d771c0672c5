"""What a model file writes after some prompts, token by token in the plainest way: `greedy_of FILE COUNT`.

Prompts come as JSON on stdin; texts go as JSON to stdout, with the smallest lead that a chosen token had over the
next best, as a share of its own logit.
"""

from __future__ import annotations

import json
import sys

import llama_cpp
import numpy as np


def main() -> None:
    path, count = sys.argv[1], int(sys.argv[2])
    model = llama_cpp.llama_model_load_from_file(path.encode(), llama_cpp.llama_model_default_params())
    written = [_greedy(model, prompt, count) for prompt in json.load(sys.stdin)]
    json.dump({"texts": [text for text, _ in written], "lead": min(lead for _, lead in written)}, sys.stdout)


def _greedy(model: int, prompt: str, count: int) -> tuple[str, float]:
    """The text after one prompt, in a context of its own. A token is a byte."""
    params = llama_cpp.llama_context_default_params()
    params.n_ctx = params.n_batch = params.n_ubatch = 2048
    context = llama_cpp.llama_init_from_model(model, params)
    size = llama_cpp.llama_vocab_n_tokens(llama_cpp.llama_model_get_vocab(model))
    tokens, text, lead = list(prompt.encode()), b"", 1.0
    for _ in range(count):
        array = (llama_cpp.llama_token * len(tokens))(*tokens)  # the batch holds a bare pointer to it
        assert llama_cpp.llama_decode(context, llama_cpp.llama_batch_get_one(array, len(tokens))) == 0
        logits = np.ctypeslib.as_array(llama_cpp.llama_get_logits_ith(context, -1), (size,))
        second, first = np.argsort(logits)[-2:]
        lead = min(lead, float((logits[first] - logits[second]) / abs(logits[first])))
        tokens = [int(first)]
        text += bytes(tokens)
    llama_cpp.llama_free(context)
    return text.decode(), lead


main()
