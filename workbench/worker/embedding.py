"""A worker that makes vectors of texts instead of answers.

It has a context of its own with embeddings on, in a process of its own: what a text means has nothing to share
with answers under way, and a model that only embeds cannot write. The vector of a text is the mean over its
tokens, unless the file asks for its model's own pooling; its length is 1.

Threads: the main thread owns the context; the reader (`Inbox`) takes messages in.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import NoReturn

import llama_cpp
import psutil

from workbench.core.model_names import shown, take
from workbench.errors import ContextOverflow, ModelError, ModelLoadError, WorkbenchError
from workbench.worker.batch import Batch
from workbench.worker.inbox import Inbox
from workbench.worker.loading import engine_name, reporter
from workbench.worker.model import Model
from workbench.worker.native_log import NativeLog
from workbench.worker.outlet import Outlet
from workbench.worker.processors import useful_threads
from workbench.worker.protocol import Embed, Embedded, Load, Loaded, LoadedModel, failed

MOST_TOKENS = 1_024
"""Of a text. A text is computed in one piece, which takes memory for a whole vocabulary for each of its tokens."""

TOGETHER = 16
"""Texts that are computed at a time."""


@dataclass(frozen=True, slots=True)
class _Text:
    """A text as the model reads it."""

    place: int
    tokens: list[int]


class Embedder:
    """A context of a model that makes vectors."""

    def __init__(self, model: Model, log: NativeLog, *, threads: int | None) -> None:
        self._model = model
        self._log = log
        self.context_size = min(model.trained_context or MOST_TOKENS, MOST_TOKENS)
        self.threads = threads or useful_threads()
        self._context = self._native_context()
        self._memory = llama_cpp.llama_get_memory(self._context)
        self._size = int(llama_cpp.llama_model_n_embd_out(model.handle))
        self._batch = Batch(self.context_size)

    def vectors(self, texts: tuple[str, ...]) -> tuple[tuple[float, ...], ...]:
        """A vector for each text. Raises ContextOverflow and ModelError."""
        vectors: dict[int, tuple[float, ...]] = {}
        for group in self._groups(self._tokens(texts)):
            self._decode(group)
            for number, text in enumerate(group):
                vectors[text.place] = self._vector(number)
        return tuple(vectors[place] for place in range(len(texts)))

    def _tokens(self, texts: tuple[str, ...]) -> Iterator[_Text]:
        for place, text in enumerate(texts):
            tokens = self._model.tokens(text, begins=True)
            if len(tokens) > self.context_size:
                raise ContextOverflow(
                    f"A text has {len(tokens):,} tokens, and the model embeds at most {self.context_size:,}.",
                    advice="Compare shorter texts.",
                )
            if not tokens:
                raise ModelError("A text without a token has no vector.")
            yield _Text(place, tokens)

    def _groups(self, texts: Iterator[_Text]) -> Iterator[list[_Text]]:
        """As many at a time as go into a batch."""
        group: list[_Text] = []
        room = self._batch.room
        for text in texts:
            if group and (len(text.tokens) > room or len(group) == TOGETHER):
                yield group
                group, room = [], self._batch.room
            group.append(text)
            room -= len(text.tokens)
        if group:
            yield group

    def _decode(self, group: list[_Text]) -> None:
        if self._memory:  # models that only embed remember nothing
            llama_cpp.llama_memory_clear(self._memory, True)
        self._batch.clear()
        for number, text in enumerate(group):
            self._batch.add(text.tokens, start=0, branch=number, outputs=len(text.tokens))
        if outcome := llama_cpp.llama_decode(self._context, self._batch.native):
            reason = self._log.reason() or f"llama_decode returned {outcome}"
            raise ModelError(f"llama.cpp could not embed: {reason}.")

    def _vector(self, number: int) -> tuple[float, ...]:
        found = llama_cpp.llama_get_embeddings_seq(self._context, number)
        if not found:
            raise ModelError("llama.cpp gave no vector.")
        values = [float(value) for value in found[: self._size]]
        length = math.sqrt(math.fsum(value * value for value in values))
        if not length or not math.isfinite(length):
            raise ModelError("The model's vector for a text has no length.")
        return tuple(value / length for value in values)

    def _native_context(self) -> int:
        params = llama_cpp.llama_context_default_params()
        params.n_ctx = params.n_batch = params.n_ubatch = self.context_size
        params.n_seq_max = TOGETHER
        params.kv_unified = True
        params.embeddings = True
        params.pooling_type = self._pooling()
        params.n_threads = params.n_threads_batch = self.threads
        handle = llama_cpp.llama_init_from_model(self._model.handle, params)
        if not handle:
            raise ModelLoadError(
                f"No context for embeddings can be made for {shown(self._model.path)}: {self._log.reason()}.",
                details="\n".join(self._log.errors),
            )
        return int(handle)

    def _pooling(self) -> int:
        """The file's own pooling, the mean where it has none. Raises ModelLoadError for what ranks pairs."""
        own = int(self._model.metadata(f"{self._model.architecture}.pooling_type") or 0)
        if own == llama_cpp.LLAMA_POOLING_TYPE_RANK:
            raise ModelLoadError(
                f"{shown(self._model.path)} ranks pairs of texts and makes no vectors.",
                advice="Choose a model for embeddings.",
            )
        return own or int(llama_cpp.LLAMA_POOLING_TYPE_MEAN)


def serve(message: Load, log: NativeLog, inbox: Inbox, outlet: Outlet) -> NoReturn:
    """Load the model and answer for good. Raises ModelLoadError."""
    path = Path(message.path)
    if message.name:
        take({message.path: message.name})
    if not path.is_file():
        raise ModelLoadError(f"There is no model file {path}.", advice="Choose the file again.")
    model = Model(path, message.options, log, reporter(message.id, shown(path), outlet.send), writes=False)
    embedder = Embedder(model, log, threads=message.options.threads)
    outlet.send(Loaded(message.id, _facts(model, embedder)))
    while True:
        asked = inbox.wait()
        if not isinstance(asked, Embed):
            raise TypeError(f"{type(asked).__name__} was asked of a worker that embeds")
        try:
            outlet.send(Embedded(asked.id, embedder.vectors(asked.texts)))
        except WorkbenchError as error:
            outlet.send(failed(asked.id, error))


def _facts(model: Model, embedder: Embedder) -> LoadedModel:
    handle = model.handle
    return LoadedModel(
        file=model.path.name,
        architecture=model.architecture,
        name=model.metadata("general.name") or model.path.stem,
        quantisation=llama_cpp.llama_ftype_name(llama_cpp.llama_model_ftype(handle)).decode(),
        parameters=llama_cpp.llama_model_n_params(handle),
        size_bytes=llama_cpp.llama_model_size(handle),
        context=embedder.context_size,
        trained_context=model.trained_context,
        layers=llama_cpp.llama_model_n_layer(handle),
        gpu_layers=model.offload.layers,
        gpu_note=model.offload.note,
        threads=embedder.threads,
        serial=False,
        sequences=TOGETHER,
        cache=embedder.context_size,
        shares_prefixes=False,
        template="",
        template_names=(),
        memory_bytes=psutil.Process().memory_info().rss,
        engine=engine_name(),
    )
