"""Small models of several architectures with random weights: they write nonsense, but the same each time.

Their vocabulary is the 256 bytes. Only sixteen letters have a row in the output matrix, so that what they write is
text, never ends early, and is chosen with a margin that no order of adding up numbers makes good.
"""

from __future__ import annotations

import struct
from pathlib import Path
from typing import Any, TypeAlias

import numpy as np

from tests.models.gguf_file import string, value

Shape: TypeAlias = tuple[int, ...]
"""As in the file: the dimension that lies together comes first."""

WINDOW = 32
"""Tokens that the sliding window of `gemma3` sees."""

_WIDTH, _HEADS, _KEYS, _HIDDEN, _INNER, _STATE, _RANK, _CONV = 64, 4, 32, 128, 128, 8, 4, 4
_TRAINED = 16_384
_LETTERS = b"etaoinshrdlucmf "
_LOUDNESS = 8.0
_ATTENTIVE = 3.0
"""How much larger attention is drawn: enough to make what is asked weigh more than the last letter."""
_SEEDS = {"llama": 4, "gemma3": 29, "mamba": 1, "jamba": 2, "lfm2": 1, "bert": 1}
"""Such that nothing that the tests write is nearly a tie."""
_PRINTED = (*range(33, 127), *range(161, 173), *range(174, 256))


def write_model(folder: Path, architecture: str, *, weights: bool = True) -> Path:
    """Write a model of three layers: `llama`, `gemma3`, `mamba`, `jamba`, `lfm2` or `bert`."""
    fields = _tokenizer() | {
        f"{architecture}.{name}": item for name, item in (_FIELDS | _OWN_FIELDS[architecture]).items()
    }
    fields["general.architecture"] = architecture
    path = folder / f"{architecture}.gguf"
    path.write_bytes(_file(fields, _tensors(architecture) if weights else {}))
    return path


def _tokenizer() -> dict[str, Any]:
    others = iter(range(256, 512))
    tokens = [chr(byte if byte in _PRINTED else next(others)) for byte in range(256)]
    return {
        "tokenizer.ggml.model": "gpt2",
        "tokenizer.ggml.pre": "gpt-2",
        "tokenizer.ggml.tokens": [*tokens, "<|end|>"],
        "tokenizer.ggml.merges": [f"{tokens[0]} {tokens[0]}"],
        "tokenizer.ggml.eos_token_id": 256,
        "tokenizer.ggml.add_bos_token": False,
        "tokenizer.ggml.token_type_count": 2,
        "tokenizer.chat_template": "{% for message in messages %}{{ message.content }}{% endfor %}",
    }


_FIELDS: dict[str, Any] = {
    "context_length": _TRAINED,
    "block_count": 3,
    "embedding_length": _WIDTH,
    "feed_forward_length": _HIDDEN,
    "attention.head_count": _HEADS,
    "attention.head_count_kv": _KEYS * _HEADS // _WIDTH,
    "attention.layer_norm_rms_epsilon": 1e-5,
    "attention.layer_norm_epsilon": 1e-5,
}
_SSM = {
    "ssm.conv_kernel": _CONV,
    "ssm.inner_size": _INNER,
    "ssm.state_size": _STATE,
    "ssm.time_step_rank": _RANK,
}
_MIXED = {"attention.head_count_kv": [0, _KEYS * _HEADS // _WIDTH, 0]}
_OWN_FIELDS: dict[str, dict[str, Any]] = {
    "llama": {},
    "gemma3": {
        "attention.sliding_window": WINDOW,
        "attention.sliding_window_pattern": 2,
        "attention.key_length": _WIDTH // _HEADS,
        "attention.value_length": _WIDTH // _HEADS,
    },
    "mamba": {**_SSM, "attention.head_count": 0, "attention.head_count_kv": 0, "feed_forward_length": 0},
    "jamba": _SSM | _MIXED,
    "lfm2": {"shortconv.l_cache": 3, **_MIXED},
    "bert": {"attention.causal": False, "attention.head_count_kv": _HEADS, "context_length": 64},
}

_ATTENTION: dict[str, Shape] = {
    "attn_q.weight": (_WIDTH, _WIDTH),
    "attn_k.weight": (_WIDTH, _KEYS),
    "attn_v.weight": (_WIDTH, _KEYS),
    "attn_output.weight": (_WIDTH, _WIDTH),
}
_HEAD_NORMS: dict[str, Shape] = {
    "attn_q_norm.weight": (_WIDTH // _HEADS,),
    "attn_k_norm.weight": (_WIDTH // _HEADS,),
}
_FORWARD: dict[str, Shape] = {
    "ffn_norm.weight": (_WIDTH,),
    "ffn_gate.weight": (_WIDTH, _HIDDEN),
    "ffn_up.weight": (_WIDTH, _HIDDEN),
    "ffn_down.weight": (_HIDDEN, _WIDTH),
}
_POST_NORMS: dict[str, Shape] = {"post_attention_norm.weight": (_WIDTH,), "post_ffw_norm.weight": (_WIDTH,)}
_MAMBA: dict[str, Shape] = {
    "ssm_in.weight": (_WIDTH, 2 * _INNER),
    "ssm_conv1d.weight": (_CONV, _INNER),
    "ssm_conv1d.bias": (_INNER,),
    "ssm_x.weight": (_INNER, _RANK + 2 * _STATE),
    "ssm_dt.weight": (_RANK, _INNER),
    "ssm_dt.bias": (_INNER,),
    "ssm_a": (_STATE, _INNER),
    "ssm_d": (_INNER,),
    "ssm_out.weight": (_INNER, _WIDTH),
}
_MAMBA_NORMS: dict[str, Shape] = {
    "ssm_dt_norm.weight": (_RANK,),
    "ssm_b_norm.weight": (_STATE,),
    "ssm_c_norm.weight": (_STATE,),
}
_CONVOLUTION: dict[str, Shape] = {
    "shortconv.conv.weight": (3, _WIDTH),
    "shortconv.in_proj.weight": (_WIDTH, 3 * _WIDTH),
    "shortconv.out_proj.weight": (_WIDTH, _WIDTH),
}
_BERT: dict[str, Shape] = {
    **{f"attn_{name}.weight": (_WIDTH, _WIDTH) for name in ("q", "k", "v", "output")},
    **{f"{name}_output_norm.{part}": (_WIDTH,) for name in ("attn", "layer") for part in ("weight", "bias")},
    "ffn_up.weight": (_WIDTH, _HIDDEN),
    "ffn_down.weight": (_HIDDEN, _WIDTH),
}
_LAYERS: dict[str, tuple[dict[str, Shape], ...]] = {
    "llama": (_ATTENTION | _FORWARD,) * 3,
    "gemma3": (_ATTENTION | _HEAD_NORMS | _FORWARD | _POST_NORMS,) * 3,
    "mamba": (_MAMBA,) * 3,
    "jamba": (_MAMBA | _MAMBA_NORMS | _FORWARD, _ATTENTION | _FORWARD, _MAMBA | _MAMBA_NORMS | _FORWARD),
    "lfm2": (_CONVOLUTION | _FORWARD, _ATTENTION | _HEAD_NORMS | _FORWARD, _CONVOLUTION | _FORWARD),
    "bert": (_BERT,) * 3,
}


def _tensors(architecture: str) -> dict[str, tuple[Shape, bytes]]:
    shapes: dict[str, Shape] = {"token_embd.weight": (_WIDTH, 257)}
    if architecture == "bert":
        shapes |= {"position_embd.weight": (_WIDTH, 64)}
        shapes |= {"token_embd_norm.weight": (_WIDTH,), "token_embd_norm.bias": (_WIDTH,)}
    else:
        last = "token_embd_norm.weight" if architecture == "lfm2" else "output_norm.weight"
        shapes |= {last: (_WIDTH,), "output.weight": (_WIDTH, 257)}
    for number, layer in enumerate(_LAYERS[architecture]):
        if architecture != "bert":
            layer = {"attn_norm.weight": (_WIDTH,), **layer}  # noqa: PLW2901
        shapes |= {f"blk.{number}.{name}": shape for name, shape in layer.items()}
    chance = np.random.default_rng(_SEEDS[architecture])
    return {name: (shape, _weights(name, shape, chance)) for name, shape in shapes.items()}


def _weights(name: str, shape: Shape, chance: np.random.Generator) -> bytes:
    drawn = chance.standard_normal(shape[::-1])
    if "norm" in name:
        size = np.sqrt(_WIDTH) if "post_attention" in name else 1.0  # as much as gemma makes of the token itself
        drawn = np.full(shape[::-1], size if name.endswith("weight") else 0.0)
    elif name.endswith("ssm_a"):
        drawn = -np.exp(drawn / 2)
    elif name == "output.weight":
        silent = [token for token in range(shape[1]) if token not in set(_LETTERS)]
        drawn *= _LOUDNESS
        drawn[silent] = 0
    elif len(shape) == 2 and name != "token_embd.weight":
        drawn *= (_ATTENTIVE if "attn" in name else 1) / np.sqrt(shape[0])
    return drawn.astype("<f4").tobytes()


def _file(fields: dict[str, Any], tensors: dict[str, tuple[Shape, bytes]]) -> bytes:
    described, body = b"", b""
    for name, (shape, data) in tensors.items():
        described += string(name) + struct.pack(f"<I{len(shape)}Q", len(shape), *shape)
        described += struct.pack("<IQ", 0, len(body))
        body += data + bytes(-len(data) % 32)
    head = b"GGUF" + struct.pack("<IQQ", 3, len(tensors), len(fields))
    head += b"".join(string(key) + value(item) for key, item in fields.items()) + described
    return head + bytes(-len(head) % 32) + body
