"""Embeddings: the check that compares what two texts mean, by the vectors of a model of this machine.

Everything here belongs to the loop's thread.
"""

from __future__ import annotations

import asyncio
from collections import OrderedDict

from workbench.core.check import Measured, Undecided
from workbench.core.check_kinds import quoted
from workbench.core.vectors import Vector, cosine
from workbench.errors import UserError, WorkbenchError
from workbench.running.catalog import Catalog
from workbench.running.judges import Inquiry

MOST_KEPT = 4_096
"""Vectors that are remembered: an expected answer is compared with in every column."""

TOGETHER = 64
"""Texts that a model is asked for at a time."""


class Embeddings:
    """The vectors of texts, asked for once and together."""

    def __init__(self, catalog: Catalog) -> None:
        self._catalog = catalog
        self._kept: OrderedDict[tuple[str, str], Vector] = OrderedDict()
        self._wanted: dict[str, dict[str, asyncio.Future[Vector]]] = {}
        self._asking: dict[str, asyncio.Task[None]] = {}

    async def measure(self, inquiry: Inquiry) -> Measured:
        """The cosine between an answer and the text of the check. Raises Undecided."""
        model: str = inquiry.value["model"]
        wanted: str = inquiry.value.get("to") or inquiry.subject.expected
        if not wanted.strip() or not inquiry.subject.text.strip():
            what = "answer" if wanted.strip() else "text to compare with"
            raise Undecided(f"The {what} is empty, so it means nothing that could be compared.")
        try:
            first, second = await asyncio.gather(
                self.vector(model, inquiry.subject.text), self.vector(model, wanted)
            )
        except WorkbenchError as error:
            raise Undecided(f"The embedding model could not be asked: {error}") from error
        near = cosine(first, second)
        return Measured(max(0.0, near), f"The cosine to {quoted(wanted)} is {near:.3f}.", {"cosine": near})

    async def vector(self, model: str, text: str) -> Vector:
        """The vector of a text. Raises UserError and ModelError."""
        if (kept := self._kept.get((model, text))) is not None:
            self._kept.move_to_end((model, text))
            return kept
        wanted = self._wanted.setdefault(model, {})
        if text not in wanted:
            wanted[text] = asyncio.get_running_loop().create_future()
            # That nobody waits any more for a vector that could not be had is no mistake.
            wanted[text].add_done_callback(lambda done: done.cancelled() or done.exception())
        if model not in self._asking:
            self._asking[model] = asyncio.create_task(self._ask_all(model))
        return await asyncio.shield(wanted[text])

    async def _ask_all(self, model: str) -> None:
        """Ask for what is wanted, many texts at a time, until nothing is."""
        await asyncio.sleep(0)  # those who ask in the same moment are asked for together
        wanted = self._wanted[model]
        try:
            while wanted:
                texts = tuple(wanted)[:TOGETHER]
                await self._ask(model, texts, {text: wanted.pop(text) for text in texts})
        finally:
            del self._asking[model]

    async def _ask(self, model: str, texts: tuple[str, ...], asked: dict[str, asyncio.Future[Vector]]) -> None:
        try:
            vectors = await self._vectors(model, texts)
        except WorkbenchError as error:
            await self._ask_each(model, asked, error)
            return
        for text, vector in zip(texts, vectors, strict=True):
            self._keep(model, text, vector)
            asked[text].set_result(vector)

    async def _ask_each(self, model: str, asked: dict[str, asyncio.Future[Vector]], error: WorkbenchError) -> None:
        """A text that is too long must not cost the others their vectors."""
        for text, future in asked.items():
            if len(asked) == 1:
                future.set_exception(error)
            else:
                await self._ask(model, (text,), {text: future})

    async def _vectors(self, model: str, texts: tuple[str, ...]) -> tuple[Vector, ...]:
        from workbench.providers.llamacpp import LlamaCpp

        async with self._catalog.lease(model) as (entry, _):
            if not isinstance(entry.provider, LlamaCpp):
                raise UserError(f"{model} is not a model of this machine, and only those embed here.")
            return await entry.provider.embed(texts)

    def _keep(self, model: str, text: str, vector: Vector) -> None:
        self._kept[model, text] = vector
        while len(self._kept) > MOST_KEPT:
            self._kept.popitem(last=False)
