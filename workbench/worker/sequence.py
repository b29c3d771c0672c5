"""One answer in the making: its tokens, how far they are decoded, how the next one is chosen, when it ends."""

from __future__ import annotations

import time
from collections.abc import Mapping
from typing import Any

from workbench.core.completion import StopReason, Usage
from workbench.worker.adapters import NONE, Applied
from workbench.worker.cache import Branch
from workbench.worker.drafting import Drafting
from workbench.worker.model import Model
from workbench.worker.reasoning import Part
from workbench.worker.sampler import Sampler
from workbench.worker.text import AnswerText


class Sequence:
    """An answer from its admission to its end."""

    def __init__(
        self,
        id: int,  # noqa: A002 - the protocol's name
        *,
        prompt: list[int],
        limit: int,
        sampler: Sampler,
        text: AnswerText,
        details: Mapping[str, Any],
        drafting: Drafting | None = None,
        adapters: Applied = NONE,
        rehearsed: bool = False,
        one_of_many: bool = False,
    ) -> None:
        """One that is `rehearsed` ends at its limit only, and nothing later begins with what it was asked.

        For one of many nobody waits by itself.
        """
        self.id = id
        self.tokens = prompt
        """Prompt and answer; grows by one with every token that is chosen."""
        self.prompt_length = len(prompt)
        self.branch: Branch | None = None
        """Where it grows in the cache; None while it waits."""
        self.cached: int | None = None
        """How many of the prompt's tokens were in the cache when it first began."""
        self.adapters = adapters
        self.rehearsed = rehearsed
        self.one_of_many = one_of_many
        self.sampler = sampler
        self.details = details
        self._drafting = drafting
        self._guessed = self._right = 0
        self._limit = limit
        self._text = text
        self._thoughts = 0
        self._began = self._entered = time.monotonic()
        self._first = self._last = 0.0

    @property
    def decoded(self) -> int:
        """How many of the tokens are in the cache."""
        return self.branch.length if self.branch else 0

    @property
    def pending(self) -> int:
        """Tokens to decode before the next one can be chosen."""
        return len(self.tokens) - self.decoded

    @property
    def streaming(self) -> bool:
        """Whether it has begun to answer and only the token chosen last is not decoded."""
        return self.pending == 1 and self.answer_length > 0

    @property
    def answer_length(self) -> int:
        """Tokens of the answer so far."""
        return len(self.tokens) - self.prompt_length

    def enter(self) -> None:
        """Note that its prompt is read from now on, as far as it is not in the cache."""
        if self.cached is None:
            self.cached, self._entered = self.decoded, time.monotonic()

    def accept(self, token: int, model: Model) -> tuple[tuple[Part, ...], StopReason | None]:
        """Take the chosen token; returns text that is certain now, and the reason when this is the end."""
        self._last = time.monotonic()
        self._first = self._first or self._last
        if model.ends(token) and not self.rehearsed:
            return self._text.finish(), "stop"
        self.tokens.append(token)
        self._thoughts += self._text.thinking
        if self._drafting:
            self._drafting.follow(self.tokens)
        text = self._text.push(model.piece(token))
        if self._text.stopped:
            return text, "stop"
        if self.answer_length >= self._limit:
            return (*text, *self._text.finish()), "length"
        return text, None

    def guesses(self, most: int, *, together: int) -> list[int]:
        """Tokens that may come next and are worth verifying in a step of so many sequences."""
        most = min(most, self._limit - self.answer_length - 1)
        return self._drafting.guesses(most, together=together) if self._drafting and most > 0 else []

    def verified(self, proposed: int, accepted: int) -> None:
        """Note how many of the guesses were right."""
        self._guessed += proposed
        self._right += accepted
        if self._drafting:
            self._drafting.verified(proposed, accepted)

    def usage(self) -> Usage:
        """Tokens as they stand."""
        return Usage(self.prompt_length, self.answer_length, self.cached or 0, self._thoughts)

    def tokens_per_second(self) -> float | None:
        """Decoding speed after the first token."""
        if self.answer_length < 2 or self._last <= self._first:
            return None
        return (self.answer_length - 1) / (self._last - self._first)

    def prefill_ms(self) -> float | None:
        """From admission to the first token."""
        return round((self._first - self._began) * 1000, 1) if self._first else None

    def final_details(self) -> dict[str, Any]:
        """How it was made."""
        waited = round((self._entered - self._began) * 1000, 1)
        details = {**self.details, "prefill_ms": self.prefill_ms(), "waited_ms": waited}
        return details | ({"drafted": self._guessed, "accepted": self._right} if self._guessed else {})
