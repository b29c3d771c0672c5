"""How the next token is chosen: by llama.cpp's samplers, within a grammar, with log-probabilities on request."""

from __future__ import annotations

import ctypes
import functools
from collections.abc import Sequence
from typing import Any

import llama_cpp
import numpy as np

from workbench.errors import UserError
from workbench.worker.grammar import Grammar
from workbench.worker.model import Model
from workbench.worker.sampler_chain import DRY_WINDOW, PENALTY_WINDOW, native_chain

_CANDIDATE = np.dtype([("id", np.int32), ("logit", np.float32), ("p", np.float32)])


class Sampler:
    """What chooses the tokens of one answer."""

    def __init__(
        self,
        model: Model,
        values: dict[str, Any],
        *,
        prompt: Sequence[int],
        grammar: Grammar | None = None,
        begun: Sequence[int] = (),
        logprobs: int | None = None,
    ) -> None:
        """`values` are `sampler_chain.settings`. With `begun`, the grammar's text starts with these tokens, which
        the prompt ends with. With `logprobs`, so many alternatives are noted beside every token.

        Raises UserError when llama.cpp does not understand the grammar, or the grammar does not allow `begun`.
        """
        self._model = model
        self._size = llama_cpp.llama_vocab_n_tokens(model.vocabulary)
        self._grammar = _native_grammar(model, grammar) if grammar else None
        self._chain = native_chain(model, values)
        self._greedy = values["temperature"] <= 0 and llama_cpp.llama_sampler_chain_n(self._chain) == 1
        self._alternatives = logprobs
        self.probabilities: list[dict[str, Any]] = []
        """For each chosen token `token`, `logprob` and `top`, a list of such; before any setting bends them."""
        seen = prompt[-(DRY_WINDOW if values["dry_multiplier"] else PENALTY_WINDOW) :]
        for token in seen:
            llama_cpp.llama_sampler_accept(self._chain, token)
        # Filled anew for every token with a grammar; the native struct points into this memory.
        self._candidates = np.empty(self._size if grammar else 0, _CANDIDATE)
        if grammar:
            self._begin_with(begun, grammar)

    def sample(self, context: int, index: int) -> int:
        """Choose and accept the next token after the output at this place of the last batch."""
        token = self._constrained(context, index) if self._grammar else self._free(context, index)
        if self._alternatives is not None and not self._model.ends(token):
            self.probabilities.append(self._probability(_logits(context, index, self._size), token))
        return token

    def _free(self, context: int, index: int) -> int:
        if self._greedy:
            # The greedy sampler's own choice, without a list of all candidates: a tenth of the time.
            return int(_logits(context, index, self._size).argmax())
        return int(llama_cpp.llama_sampler_sample(self._chain, context, index))

    def _constrained(self, context: int, index: int) -> int:
        # Asking the grammar about one token is a thousand times cheaper than about the whole vocabulary, and most
        # tokens that a model prefers are allowed; when one is not, the choice is made again among those that are.
        token = self._choose(context, index, constrained=False)
        if not self._allows(token):
            token = self._choose(context, index, constrained=True)
        llama_cpp.llama_sampler_accept(self._grammar, token)
        llama_cpp.llama_sampler_accept(self._chain, token)
        return token

    def _begin_with(self, begun: Sequence[int], grammar: Grammar) -> None:
        for token in begun:
            if not self._allows(token):  # accepting it would end the process
                self.close()
                raise UserError(
                    f"The prefill does not begin {grammar.wanted}.",
                    advice="Change the prefill, or leave it empty.",
                )
            llama_cpp.llama_sampler_accept(self._grammar, token)

    def _choose(self, context: int, index: int, *, constrained: bool) -> int:
        self._candidates["id"] = np.arange(self._size, dtype=np.int32)
        self._candidates["logit"] = _logits(context, index, self._size)
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

    def _probability(self, logits: np.ndarray[Any, Any], token: int) -> dict[str, Any]:
        scores = logits.astype(np.float64)
        scores -= scores.max()
        scores -= np.log(np.exp(scores).sum())

        def told(number: int) -> dict[str, Any]:
            text = self._model.piece(number).decode("utf-8", "replace") or self._model.token_text(number)
            return {"token": text, "logprob": round(float(scores[number]), 6)}

        likeliest = np.argsort(-scores)[: self._alternatives]
        return told(token) | {"top": [told(int(number)) for number in likeliest]}

    def close(self) -> None:
        """Free the native samplers."""
        llama_cpp.llama_sampler_free(self._chain)
        if self._grammar:
            llama_cpp.llama_sampler_free(self._grammar)


def _logits(context: int, index: int, size: int) -> np.ndarray[Any, Any]:
    """The model's scores at this place of the last batch; valid until the next one."""
    place = ctypes.addressof(llama_cpp.llama_get_logits_ith(context, index).contents)
    memory: Any = _scores(size).from_address(place)
    # ctypeslib.as_array would take ten times as long, for every token.
    scores: np.ndarray[Any, Any] = np.frombuffer(memory, np.float32)
    return scores


@functools.cache
def _scores(size: int) -> type[ctypes.Array[ctypes.c_float]]:
    return ctypes.c_float * size


def _native(candidates: np.ndarray[Any, Any]) -> llama_cpp.llama_token_data_array:
    data = candidates.ctypes.data_as(llama_cpp.llama_token_data_p)
    return llama_cpp.llama_token_data_array(data=data, size=len(candidates), selected=-1, sorted=False)


def _native_grammar(model: Model, grammar: Grammar) -> Any:
    sampler = llama_cpp.llama_sampler_init_grammar(model.vocabulary, grammar.text.encode(), b"root")
    if not sampler:
        raise UserError(f"llama.cpp does not understand {grammar.name}.", advice=grammar.advice)
    return sampler
