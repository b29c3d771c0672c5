"""Sampling settings, and the chain of native samplers that they stand for."""

from __future__ import annotations

import ctypes
import secrets
from collections.abc import Iterator
from typing import Any

import llama_cpp

from workbench.core.completion import GenerationConfig, LogitBias
from workbench.errors import UserError
from workbench.worker.model import Model

_DEFAULTS: dict[str, float] = {
    "temperature": 0.8,
    "top_k": 40,
    "top_p": 0.95,
    "min_p": 0.05,
    "repeat_penalty": 1.0,
    "frequency_penalty": 0.0,
    "presence_penalty": 0.0,
    "typical_p": 1.0,
    "xtc_probability": 0.0,
    "xtc_threshold": 0.1,
    "dry_multiplier": 0.0,
    "dry_base": 1.75,
    "dry_allowed_length": 2,
    "mirostat": 0,
    "mirostat_tau": 5.0,
    "mirostat_eta": 0.1,
}
"""llama.cpp's own, where neither the person nor the model file says otherwise."""

_RECOMMENDED = {
    "temperature": "temp",
    "top_k": "top_k",
    "top_p": "top_p",
    "min_p": "min_p",
    "repeat_penalty": "penalty_repeat",
    "xtc_probability": "xtc_probability",
    "xtc_threshold": "xtc_threshold",
    "mirostat": "mirostat",
    "mirostat_tau": "mirostat_tau",
    "mirostat_eta": "mirostat_eta",
}
"""Names below `general.sampling.` in a model file."""

_WHOLE = ("top_k", "dry_allowed_length", "mirostat")

_PARTS = {
    "xtc_threshold": "xtc_probability",
    "dry_base": "dry_multiplier",
    "dry_allowed_length": "dry_multiplier",
    "mirostat_tau": "mirostat",
    "mirostat_eta": "mirostat",
}
"""Settings that mean nothing while another one is 0."""

PENALTY_WINDOW = 64
"""Tokens that penalties look back on, as in llama.cpp."""

_DRY_BREAKERS = (b"\n", b":", b'"', b"*")
"""A repetition does not go over these, as in llama.cpp."""

DRY_WINDOW = 4096
"""Tokens that DRY looks for repetitions in."""

_MIROSTAT_CANDIDATES = 100

_KEPT = 1
"""Tokens that no sampler may go below."""


def settings(config: GenerationConfig, model: Model) -> dict[str, Any]:
    """The sampling settings in force: as asked, else as the model file recommends, else llama.cpp's.

    Raises UserError for a bias whose token the model does not have.
    """
    values: dict[str, Any] = {}
    for name, default in _DEFAULTS.items():
        asked = getattr(config, name)
        values[name] = asked if asked is not None else _recommended(model, name, default)
    values |= {name: int(values[name]) for name in _WHOLE}
    values = {name: value for name, value in values.items() if name not in _PARTS or values[_PARTS[name]]}
    if config.logit_bias:
        values["logit_bias"] = _biases(config.logit_bias, model)
    values["seed"] = config.seed if config.seed is not None else secrets.randbits(32)
    return values


def native_chain(model: Model, values: dict[str, Any]) -> Any:
    """Penalties first, then what cuts the tail, then temperature, as llama.cpp's own programs do."""
    params = llama_cpp.llama_sampler_chain_default_params()
    params.no_perf = True
    chain = llama_cpp.llama_sampler_chain_init(params)
    for sampler in _samplers(model, values):
        llama_cpp.llama_sampler_chain_add(chain, sampler)
    return chain


def _samplers(model: Model, values: dict[str, Any]) -> Iterator[Any]:
    size = llama_cpp.llama_vocab_n_tokens(model.vocabulary)
    if biases := values.get("logit_bias"):
        array = (llama_cpp.llama_logit_bias * len(biases))(*(llama_cpp.llama_logit_bias(*pair) for pair in biases))
        yield llama_cpp.llama_sampler_init_logit_bias(size, len(biases), array)
    yield from _penalties(model, size, values)
    seed, temperature = values["seed"], values["temperature"]
    if temperature <= 0:
        yield llama_cpp.llama_sampler_init_greedy()
        return
    match values["mirostat"]:
        case 0:
            yield from _cuts(values)
            yield llama_cpp.llama_sampler_init_temp(temperature)
            yield llama_cpp.llama_sampler_init_dist(seed)
        case 1:
            tau, eta = values["mirostat_tau"], values["mirostat_eta"]
            yield llama_cpp.llama_sampler_init_temp(temperature)
            yield llama_cpp.llama_sampler_init_mirostat(size, seed, tau, eta, _MIROSTAT_CANDIDATES)
        case _:
            yield llama_cpp.llama_sampler_init_temp(temperature)
            yield llama_cpp.llama_sampler_init_mirostat_v2(seed, values["mirostat_tau"], values["mirostat_eta"])


def _penalties(model: Model, size: int, values: dict[str, Any]) -> Iterator[Any]:
    repeat, frequency, presence = (values[f"{kind}_penalty"] for kind in ("repeat", "frequency", "presence"))
    if repeat != 1.0 or frequency or presence:
        yield llama_cpp.llama_sampler_init_penalties(size, PENALTY_WINDOW, repeat, frequency, presence)
    if multiplier := values["dry_multiplier"]:
        yield llama_cpp.llama_sampler_init_dry(
            model.vocabulary,
            multiplier,
            values["dry_base"],
            values["dry_allowed_length"],
            DRY_WINDOW,
            (ctypes.c_char_p * len(_DRY_BREAKERS))(*_DRY_BREAKERS),
            len(_DRY_BREAKERS),
        )


def _cuts(values: dict[str, Any]) -> Iterator[Any]:
    yield llama_cpp.llama_sampler_init_top_k(values["top_k"])
    if values["typical_p"] < 1:
        yield llama_cpp.llama_sampler_init_typical(values["typical_p"], _KEPT)
    yield llama_cpp.llama_sampler_init_top_p(values["top_p"], _KEPT)
    yield llama_cpp.llama_sampler_init_min_p(values["min_p"], _KEPT)
    if probability := values["xtc_probability"]:
        yield llama_cpp.llama_sampler_init_xtc(probability, values["xtc_threshold"], _KEPT, values["seed"])


def _biases(biases: LogitBias, model: Model) -> list[tuple[int, float]]:
    """The biases by token number; a text's counts for each of its tokens."""
    size = llama_cpp.llama_vocab_n_tokens(model.vocabulary)
    found: list[tuple[int, float]] = []
    for token, bias in biases:
        if isinstance(token, int) and token >= size:
            raise UserError(f"logit_bias names token {token:,}; this model has {size:,}, numbered from 0.")
        tokens = [token] if isinstance(token, int) else model.tokens(token, begins=False)
        found += [(number, bias) for number in tokens]
    return found


def _recommended(model: Model, name: str, default: float) -> float:
    try:
        return float(model.metadata(f"general.sampling.{_RECOMMENDED[name]}") or default)
    except (ValueError, KeyError):
        return default
