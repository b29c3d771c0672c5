"""llama.cpp and nothing else: decode greedily in a loop, as fast as the bindings let us.

`python -m tests.benchmarks.bare_decode MODEL CONTEXT THREADS` answers every line of stdin, `{"prompt", "tokens"}`,
with tokens a second after the first one. With `after`, a text that is decoded before the clock starts, it answers
with the milliseconds until the first token after `prompt` is chosen. The other side of `bench_local` and
`bench_matrix`.
"""

from __future__ import annotations

import json
import sys
import time
from typing import Any

import llama_cpp


def main() -> None:
    """Load, then decode what is asked for, each time from an empty cache."""
    path, tokens_of_context, threads = sys.argv[1], int(sys.argv[2]), int(sys.argv[3])
    model_params = llama_cpp.llama_model_default_params()
    model_params.n_gpu_layers = 0
    model = llama_cpp.llama_model_load_from_file(path.encode(), model_params)
    params = llama_cpp.llama_context_default_params()
    params.n_ctx, params.n_batch = tokens_of_context, 512
    params.n_threads = params.n_threads_batch = threads
    context = llama_cpp.llama_init_from_model(model, params)
    for line in sys.stdin:
        asked = json.loads(line)
        prompt = asked["prompt"].encode()
        if "after" in asked:
            print(first_token(model, context, asked["after"].encode(), prompt), flush=True)
        else:
            print(decoded(model, context, prompt, asked["tokens"]), flush=True)


def decoded(model: int, context: int, prompt: bytes, count: int) -> float:
    """Decode this many tokens after a prompt; tokens a second after the first."""
    llama_cpp.llama_memory_clear(llama_cpp.llama_get_memory(context), True)
    tokens, length = tokenized(model, prompt)
    greedy = llama_cpp.llama_sampler_init_greedy()
    first = 0.0
    for _ in range(count):
        llama_cpp.llama_decode(context, llama_cpp.llama_batch_get_one(tokens, length))
        tokens[0], length = llama_cpp.llama_sampler_sample(greedy, context, -1), 1
        first = first or time.perf_counter()
    speed = (count - 1) / (time.perf_counter() - first)
    llama_cpp.llama_sampler_free(greedy)
    return speed


def first_token(model: int, context: int, before: bytes, prompt: bytes) -> float:
    """Decode one text, then another; milliseconds from the second one's beginning to a token after it."""
    llama_cpp.llama_memory_clear(llama_cpp.llama_get_memory(context), True)
    tokens, length = tokenized(model, before)
    for at in range(0, length, 512):
        piece = (llama_cpp.llama_token * 512)(*tokens[at : min(length, at + 512)])
        llama_cpp.llama_decode(context, llama_cpp.llama_batch_get_one(piece, min(512, length - at)))
    greedy = llama_cpp.llama_sampler_init_greedy()
    tokens, length = tokenized(model, prompt)
    began = time.perf_counter()
    llama_cpp.llama_decode(context, llama_cpp.llama_batch_get_one(tokens, length))
    llama_cpp.llama_sampler_sample(greedy, context, -1)
    spent = time.perf_counter() - began
    llama_cpp.llama_sampler_free(greedy)
    return spent * 1000


def tokenized(model: int, text: bytes) -> tuple[Any, int]:
    """A text's tokens, special ones too, and how many."""
    vocabulary = llama_cpp.llama_model_get_vocab(model)
    tokens = (llama_cpp.llama_token * (len(text) + 8))()
    return tokens, llama_cpp.llama_tokenize(vocabulary, text, len(text), tokens, len(tokens), False, True)


if __name__ == "__main__":
    main()
