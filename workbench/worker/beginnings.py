"""What of the cache outlives the process: beginnings of prompts go to disk when nothing else is to be done.

One that several prompts had goes there earlier when the cache is about to lose it: work without a pause, such as
an experiment's, would leave none of it. That holds the others up for as long as writing takes, once for each such
beginning.
"""

from __future__ import annotations

import time
from collections import defaultdict

from workbench.worker.adapters import Adapters, Applied
from workbench.worker.cache import Branch, Cache
from workbench.worker.prefix_store import LEAST, PrefixStore, worth_keeping


class Beginnings:
    """The way between a cache and a store."""

    def __init__(self, store: PrefixStore, cache: Cache, adapters: Adapters) -> None:
        self._store = store
        self._cache = cache
        self._adapters = adapters
        cache.leaving = self._save

    def fetch(self, tokens: list[int], adapters: Applied) -> None:
        """Bring into the cache what the disk has of a prompt, when it is much more than the cache has."""
        kept, length = self._store.find(tokens, self._adapters.identity(adapters))
        if kept is None or length - self._cache.held(tokens, adapters) < LEAST:
            return
        state = self._store.read(kept)
        if state is not None and not self._cache.restore(kept.tokens, adapters, state):
            self._store.delete(kept)

    def keep(self, *, seconds: float) -> None:
        """Write what later prompts may begin with and the disk does not have; no longer than this."""
        end = time.monotonic() + seconds
        for aside in self._cache.on_shelf():
            kind = self._adapters.identity(aside.adapters)
            if time.monotonic() < end and self._store.find(aside.tokens, kind)[1] <= len(aside.tokens) - LEAST:
                self._store.keep(aside.tokens, kind, aside.state)
        resting: dict[Applied, list[tuple[Branch, list[int]]]] = defaultdict(list)
        for branch, prompt in self._cache.resting_prompts():
            resting[branch.adapters].append((branch, prompt))
        for adapters, prompts in resting.items():
            kind = self._adapters.identity(adapters)
            for tokens in worth_keeping([prompt for _, prompt in prompts]):
                if self._store.find(tokens, kind)[1] == len(tokens):
                    continue
                branch = next(branch for branch, prompt in prompts if prompt[: len(tokens)] == tokens)
                state = self._cache.state(branch, len(tokens))
                if state is None or time.monotonic() > end:
                    return
                self._store.keep(tokens, kind, state)

    def _save(self, branch: Branch, length: int) -> None:
        """Write a beginning that is about to be dropped, unless the disk has it."""
        tokens, kind = branch.tokens[:length], self._adapters.identity(branch.adapters)
        if length < LEAST or self._store.find(tokens, kind)[1] == length:
            return
        self._cache.cut(branch, length)
        if state := self._cache.state(branch, length):
            self._store.keep(tokens, kind, state)
