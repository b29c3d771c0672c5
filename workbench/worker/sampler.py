"""How the next token is chosen: llama.cpp's own sampler chain, in its default order."""

from __future__ import annotations

import ctypes
import secrets
from collections.abc import Sequence
from typing import Any

import llama_cpp
import numpy as np

from workbench.core.completion import GenerationConfig
from workbench.errors import UserError
from workbench.worker.model import Model

_DEFAULTS: dict[str, float] = {
    "temperature": 0.8,
    "top_k": 40,
    "top_p": 0.95,
    "min_p": 0.05,
    "repeat_penalty": 1.0,
}
"""llama.cpp's own, where neither the person nor the model file says otherwise."""

_RECOMMENDED = {
    "temperature": "temp",
    "top_k": "top_k",
    "top_p": "top_p",
    "min_p": "min_p",
    "repeat_penalty": "penalty_repeat",
}
"""Names below `general.sampling.` in a model file."""

PENALTY_WINDOW = 64
"""Tokens that penalties look back on, as in llama.cpp."""

_CANDIDATE = np.dtype([("id", np.int32), ("logit", np.float32), ("p", np.float32)])


def settings(config: GenerationConfig, model: Model) -> dict[str, Any]:
    """The sampling settings in force: as asked, else as the model file recommends, else llama.cpp's."""
    values: dict[str, Any] = {}
    for name, default in _DEFAULTS.items():
        asked = getattr(config, name)
        values[name] = asked if asked is not None else _recommended(model, name, default)
    values["top_k"] = int(values["top_k"])
    values["frequency_penalty"] = config.frequency_penalty or 0.0
    values["presence_penalty"] = config.presence_penalty or 0.0
    values["seed"] = config.seed if config.seed is not None else secrets.randbits(32)
    return values


class Sampler:
    """The sampler chain of one answer."""

    def __init__(
        self,
        model: Model,
        values: dict[str, Any],
        *,
        prompt: Sequence[int],
        grammar: str | None = None,
        begun: Sequence[int] = (),
    ) -> None:
        """With `begun`, the grammar's text starts with these tokens, which the prompt ends with.

        Raises UserError when llama.cpp does not understand the grammar, or the grammar does not allow `begun`.
        """
        self._size = llama_cpp.llama_vocab_n_tokens(model.vocabulary)
        self._grammar = _grammar(model, grammar) if grammar else None
        self._chain = _chain(self._size, values)
        for token in prompt[-PENALTY_WINDOW:]:
            llama_cpp.llama_sampler_accept(self._chain, token)
        # Filled anew for every token with a grammar; the native struct points into this memory.
        self._candidates = np.empty(self._size if grammar else 0, _CANDIDATE)
        if self._grammar:
            self._begin_with(begun)

    def sample(self, context: int, index: int) -> int:
        """Choose and accept the next token after the output at this place of the last batch."""
        if not self._grammar:
            return int(llama_cpp.llama_sampler_sample(self._chain, context, index))
        # Asking the grammar about one token is a thousand times cheaper than about the whole vocabulary, and most
        # tokens that a model prefers are allowed; when one is not, the choice is made again among those that are.
        token = self._choose(context, index, constrained=False)
        if not self._allows(token):
            token = self._choose(context, index, constrained=True)
        llama_cpp.llama_sampler_accept(self._grammar, token)
        llama_cpp.llama_sampler_accept(self._chain, token)
        return token

    def _begin_with(self, begun: Sequence[int]) -> None:
        for token in begun:
            if not self._allows(token):  # accepting it would end the process
                self.close()
                raise UserError(
                    "The prefill does not begin JSON as the output format asks for it.",
                    advice="Change the prefill, or leave it empty.",
                )
            llama_cpp.llama_sampler_accept(self._grammar, token)

    def _choose(self, context: int, index: int, *, constrained: bool) -> int:
        logits = llama_cpp.llama_get_logits_ith(context, index)
        self._candidates["id"] = np.arange(self._size, dtype=np.int32)
        self._candidates["logit"] = np.ctypeslib.as_array(logits, (self._size,))
        self._candidates["p"] = 0.0
        array = _native(self._candidates)
        if constrained:
            llama_cpp.llama_sampler_apply(self._grammar, ctypes.byref(array))
        llama_cpp.llama_sampler_apply(self._chain, ctypes.byref(array))
        return int(array.data[array.selected].id)

    def _allows(self, token: int) -> bool:
        single = np.array([(token, 1.0, 0.0)], _CANDIDATE)
        array = _native(single)
        llama_cpp.llama_sampler_apply(self._grammar, ctypes.byref(array))
        return bool(single["logit"][0] > -np.inf)

    def close(self) -> None:
        """Free the native samplers."""
        llama_cpp.llama_sampler_free(self._chain)
        if self._grammar:
            llama_cpp.llama_sampler_free(self._grammar)


def _native(candidates: np.ndarray[Any, Any]) -> llama_cpp.llama_token_data_array:
    data = candidates.ctypes.data_as(llama_cpp.llama_token_data_p)
    return llama_cpp.llama_token_data_array(data=data, size=len(candidates), selected=-1, sorted=False)


def _chain(vocabulary_size: int, values: dict[str, Any]) -> Any:
    """Penalties first, then what cuts the tail, then temperature, as llama.cpp's own programs do."""
    params = llama_cpp.llama_sampler_chain_default_params()
    params.no_perf = True
    chain = llama_cpp.llama_sampler_chain_init(params)

    def add(sampler: Any) -> None:
        llama_cpp.llama_sampler_chain_add(chain, sampler)

    repeat, frequency, presence = (values[f"{kind}_penalty"] for kind in ("repeat", "frequency", "presence"))
    if repeat != 1.0 or frequency or presence:
        add(llama_cpp.llama_sampler_init_penalties(vocabulary_size, PENALTY_WINDOW, repeat, frequency, presence))
    if values["temperature"] <= 0:
        add(llama_cpp.llama_sampler_init_greedy())
        return chain
    add(llama_cpp.llama_sampler_init_top_k(values["top_k"]))
    add(llama_cpp.llama_sampler_init_top_p(values["top_p"], 1))
    add(llama_cpp.llama_sampler_init_min_p(values["min_p"], 1))
    add(llama_cpp.llama_sampler_init_temp(values["temperature"]))
    add(llama_cpp.llama_sampler_init_dist(values["seed"]))
    return chain


def _grammar(model: Model, grammar: str) -> Any:
    sampler = llama_cpp.llama_sampler_init_grammar(model.vocabulary, grammar.encode(), b"root")
    if not sampler:
        raise UserError(
            "llama.cpp does not understand the grammar made from the JSON schema.",
            advice="Simplify the schema, or choose text as the output format.",
        )
    return sampler


def _recommended(model: Model, name: str, default: float) -> float:
    try:
        return float(model.metadata(f"general.sampling.{_RECOMMENDED[name]}") or default)
    except ValueError:
        return default
