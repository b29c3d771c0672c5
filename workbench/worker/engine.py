"""The engine: steps over the answers in the making, one `llama_decode` for all of them at a time.

A step collects from every active sequence the tokens that its next choice waits for (all of a prompt that fit, or
the one token chosen last), decodes them as one batch, and lets every sequence whose tokens are all decoded choose
its next one. Sequences wait for one of `SLOTS`; what a slot holds from the sequence before is kept as far as the
new prompt begins with the same tokens.

Only `interrupt` may be called from another thread.
"""

from __future__ import annotations

import time
from collections import deque
from collections.abc import Callable, Collection

import llama_cpp

from workbench.core.completion import StopReason
from workbench.errors import ModelError, ModelLoadError
from workbench.worker.batch import AbortFlag, Batch
from workbench.worker.model import Model
from workbench.worker.native_log import NativeLog
from workbench.worker.pace import Pace
from workbench.worker.processors import useful_threads
from workbench.worker.protocol import Answered, Done, Piece, Progress, failed
from workbench.worker.sequence import Sequence

SLOTS = 1
"""Answers decoded at the same time."""

BATCH_TOKENS = 512
_LONG_PREFILL = 2 * BATCH_TOKENS
"""A prompt beyond this is worth a progress notice."""

_ABORTED = 2
"""What `llama_decode` returns when the abort flag was up."""


class Engine:
    """A context of a model, and the answers that it works on."""

    def __init__(
        self,
        model: Model,
        emit: Callable[[Answered], None],
        log: NativeLog,
        *,
        context: int,
        threads: int | None,
        serial: bool,
    ) -> None:
        self._model = model
        self._emit = emit
        self._log = log
        self._serial = serial
        self.threads = threads or useful_threads()
        # A number that was asked for is kept to; and the last bits of an output depend on it.
        self._pace = Pace(1 if threads or serial else self.threads)
        self._context = _native_context(model, log, tokens=context, threads=self.threads)
        self._memory = llama_cpp.llama_get_memory(self._context)
        self.context_size = int(llama_cpp.llama_n_ctx(self._context))
        self._batch = Batch(BATCH_TOKENS)
        self._abort = AbortFlag()
        self._abort.watch(self._context)
        self._waiting: deque[Sequence] = deque()
        self._active: list[Sequence] = []
        self._kept: dict[int, list[int]] = {slot: [] for slot in range(SLOTS)}

    @property
    def busy(self) -> bool:
        """Whether there is anything to step over."""
        return bool(self._active or self._waiting)

    def admit(self, sequence: Sequence) -> None:
        """Take a sequence in; it begins when a slot is free."""
        self._waiting.append(sequence)

    def interrupt(self) -> None:
        """End the step under way at once, its work undone. From any thread."""
        self._abort.put_up()

    def resume(self) -> None:
        """Take back an interruption."""
        self._abort.take_down()

    def cancel(self, ids: Collection[int]) -> None:
        """End the sequences of these request ids; others are ignored."""
        if not ids:
            return
        for sequence in [s for s in (*self._waiting, *self._active) if s.id in ids]:
            self._end(sequence, "cancelled")

    def step(self) -> None:
        """Decode one batch and choose the next tokens."""
        self._begin_waiting()
        self._batch.clear()
        taken = [(sequence, *self._take(sequence)) for sequence in self._active if self._batch.free]
        outcome = self._decode()
        if outcome != 0:
            self._undo(outcome)
            return
        for sequence, count, place in taken:
            sequence.decoded += count
            if sequence.pending:
                self._report_prefill(sequence)
            else:
                self._choose(sequence, place)

    def _decode(self) -> int:
        wall, cpu = time.perf_counter(), time.process_time()
        outcome = llama_cpp.llama_decode(self._context, self._batch.native)
        if self._pace.observe(time.perf_counter() - wall, time.process_time() - cpu):
            llama_cpp.llama_set_n_threads(self._context, self._pace.threads, self._pace.threads)
        return int(outcome)

    def _begin_waiting(self) -> None:
        if not self._waiting:
            return
        taken = {sequence.slot for sequence in self._active}
        for slot in range(SLOTS):
            if slot not in taken and self._waiting:
                sequence = self._waiting.popleft()
                sequence.slot = slot
                sequence.cached = sequence.decoded = self._reuse(slot, sequence.tokens)
                self._active.append(sequence)

    def _reuse(self, slot: int, tokens: list[int]) -> int:
        """Keep what the slot's cache has in common with these tokens, drop the rest; returns how many are kept."""
        kept = self._kept[slot]
        # The last token is decoded again in any case: its output is what the first choice is made from.
        most = 0 if self._serial else min(len(kept), len(tokens) - 1)
        common = next((n for n in range(most) if kept[n] != tokens[n]), most)
        if common < len(kept) and not llama_cpp.llama_memory_seq_rm(self._memory, slot, common, -1):
            # Recurrent and hybrid models cannot go back to an earlier token.
            llama_cpp.llama_memory_seq_rm(self._memory, slot, -1, -1)
            common = 0
        return common

    def _take(self, sequence: Sequence) -> tuple[int, int]:
        """Put what a sequence waits for into the batch; returns how many tokens, and the last one's place."""
        count = min(sequence.pending, self._batch.free)
        tokens = sequence.tokens[sequence.decoded : sequence.decoded + count]
        samples = count == sequence.pending
        return count, self._batch.add(tokens, start=sequence.decoded, slot=sequence.slot, samples=samples)

    def _choose(self, sequence: Sequence, place: int) -> None:
        token = sequence.sampler.sample(self._context, place)
        text, reason = sequence.accept(token, self._model)
        if text:
            self._emit(Piece(sequence.id, text))
        if reason:
            self._end(sequence, reason)
        elif len(sequence.tokens) >= self.context_size:
            self._end(sequence, "length")

    def _report_prefill(self, sequence: Sequence) -> None:
        work = sequence.prompt_length - sequence.cached
        if work > _LONG_PREFILL:
            fraction = (sequence.decoded - sequence.cached) / work
            self._emit(Progress(sequence.id, "Reading the prompt", round(fraction, 3)))

    def _undo(self, outcome: int) -> None:
        """Bring the cache back to where every sequence stands; fail them all when the batch itself failed."""
        for sequence in list(self._active):
            llama_cpp.llama_memory_seq_rm(self._memory, sequence.slot, sequence.decoded, -1)
            if outcome != _ABORTED:
                reason = self._log.reason() or f"llama_decode returned {outcome}"
                self._forget(sequence)
                self._emit(failed(sequence.id, ModelError(f"llama.cpp could not go on: {reason}.")))

    def _end(self, sequence: Sequence, reason: StopReason) -> None:
        self._emit(
            Done(
                sequence.id,
                reason,
                sequence.usage(),
                sequence.tokens_per_second(),
                {**sequence.details, "prefill_ms": sequence.prefill_ms()},
            )
        )
        self._forget(sequence)

    def _forget(self, sequence: Sequence) -> None:
        if sequence in self._waiting:
            self._waiting.remove(sequence)
        else:
            self._active.remove(sequence)
            self._kept[sequence.slot] = sequence.tokens[: sequence.decoded]
        sequence.sampler.close()


def _native_context(model: Model, log: NativeLog, *, tokens: int, threads: int) -> int:
    params = llama_cpp.llama_context_default_params()
    params.n_ctx = tokens
    params.n_batch = params.n_ubatch = BATCH_TOKENS
    params.n_seq_max = SLOTS
    # Logits are only ever computed for the last token of a sequence: without this, room for a whole batch of them
    # is set aside, which is 100 MB for a small vocabulary.
    params.n_outputs_max = SLOTS
    params.n_threads = params.n_threads_batch = threads
    handle = llama_cpp.llama_init_from_model(model.handle, params)
    if not handle:
        raise ModelLoadError(
            f"No context of {tokens:,} tokens can be made for {model.path.name}: {log.reason()}.",
            advice="Choose a smaller context.",
            details="\n".join(log.errors),
        )
    return int(handle)
