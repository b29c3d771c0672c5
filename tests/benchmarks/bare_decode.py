"""llama.cpp and nothing else: decode greedily in a loop, as fast as the bindings let us.

`python -m tests.benchmarks.bare_decode MODEL CONTEXT THREADS` answers every line of stdin, `{"prompt", "tokens"}`,
with tokens a second after the first one. The other side of `bench_local`.
"""

from __future__ import annotations

import json
import sys
import time

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
        print(decoded(model, context, asked["prompt"].encode(), asked["tokens"]), flush=True)


def decoded(model: int, context: int, prompt: bytes, count: int) -> float:
    """Decode this many tokens after a prompt; tokens a second after the first."""
    llama_cpp.llama_memory_clear(llama_cpp.llama_get_memory(context), True)
    vocabulary = llama_cpp.llama_model_get_vocab(model)
    tokens = (llama_cpp.llama_token * (len(prompt) + 8))()
    length = llama_cpp.llama_tokenize(vocabulary, prompt, len(prompt), tokens, len(tokens), False, True)
    greedy = llama_cpp.llama_sampler_init_greedy()
    first = 0.0
    for _ in range(count):
        llama_cpp.llama_decode(context, llama_cpp.llama_batch_get_one(tokens, length))
        tokens[0], length = llama_cpp.llama_sampler_sample(greedy, context, -1), 1
        first = first or time.perf_counter()
    speed = (count - 1) / (time.perf_counter() - first)
    llama_cpp.llama_sampler_free(greedy)
    return speed


if __name__ == "__main__":
    main()
