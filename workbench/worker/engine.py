"""The engine: steps over the answers in the making, one `llama_decode` for all of them at a time.

A step takes the token chosen last of every sequence that streams, and fills the batch with prompts of those that
have just begun; it decodes all of them together, and lets every sequence whose tokens are all decoded choose its
next one. Sequences join and leave at any step. While others stream, a piece of a prompt is only as long as their
readers do not notice.

A sequence begins when fewer than `sequences` are at work and its prompt has room. It begins with what the cache
holds of it; when another one is about to decode what they have in common, it waits for that. How long answers will
be is not known, so when the cache is full in the middle, the youngest sequence makes room and begins again later,
with all that it has written: it is late, but never fails.

Answers with different LoRA adapters are decoded in turns (`Turns`), for a batch is computed with one set of them.

Only `interrupt` may be called from another thread.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Collection
from dataclasses import dataclass

import llama_cpp

from workbench.core.completion import StopReason
from workbench.core.model_names import shown
from workbench.errors import ModelError, ModelLoadError
from workbench.worker.adapters import Adapters
from workbench.worker.batch import AbortFlag, Batch
from workbench.worker.beginnings import Beginnings
from workbench.worker.cache import Cache
from workbench.worker.model import Model
from workbench.worker.native_log import NativeLog
from workbench.worker.pace import Pace
from workbench.worker.prefix_store import PrefixStore
from workbench.worker.processors import useful_threads
from workbench.worker.protocol import Answered, Done, Piece, Progress, failed
from workbench.worker.sequence import Sequence
from workbench.worker.turns import Turns
from workbench.worker.waiting import Waiting

BATCH_TOKENS = 512

SEQUENCES = 16
"""Answers at the same time where nothing else is asked for."""

_RESTING = 48
"""Branches of the cache beside those at work."""

_MOST_NUMBERS = 256
"""llama.cpp's LLAMA_MAX_SEQ."""

_STALL_SECONDS = 0.1
"""How long a piece of a prompt may hold up those that stream."""

_SMALLEST_PIECE = 32
"""Tokens; below that, a piece of a prompt costs more than it spares the others."""

_MARGIN = 32
"""Cells that every sequence should still find when another one begins, so that none must make room at once."""

_WORTH_WAITING = 32
"""Tokens that another sequence must be about to decode for us, that we wait for it."""

_VERIFIED_AT_ONCE = 64
"""Guessed tokens in one step, over all sequences; each needs room for an output."""

_LONG_PREFILL = 2 * BATCH_TOKENS
"""A prompt beyond this is worth a progress notice."""

_SHORT_STEP = 0.2
"""Seconds; a cancellation waits for such a step instead of costing the others its work."""

_NO_ROOM, _ABORTED = 1, 2
"""What `llama_decode` returns when the cache is full, and when the abort flag was up."""


@dataclass(frozen=True, slots=True)
class _Share:
    """What a sequence has in the batch."""

    sequence: Sequence
    count: int
    outputs: range
    """Places of its outputs; none when its prompt goes on after this step."""
    guesses: list[int]


class Engine:
    """A context of a model, and the answers that it works on."""

    def __init__(
        self,
        model: Model,
        emit: Callable[[Answered], None],
        log: NativeLog,
        *,
        context: int,
        cache: int,
        sequences: int,
        threads: int | None,
        serial: bool,
    ) -> None:
        """`context` tokens for one sequence, `cache` for all; `serial` decodes one, as if it were the first."""
        self._model = model
        self._emit = emit
        self._log = log
        self._serial = serial
        self.sequences = 1 if serial else sequences
        self.context_size = context
        self.threads = threads or useful_threads()
        # A number that was asked for is kept to; and the last bits of an output depend on it.
        self._pace = Pace(1 if threads or serial else self.threads)
        numbers = 1 if serial else min(_MOST_NUMBERS, self.sequences + (_RESTING if model.divisible else 2))
        self._context = _native_context(
            model,
            log,
            tokens=max(cache, context),
            sequences=numbers,
            outputs=self.sequences + (0 if serial else _VERIFIED_AT_ONCE),
            threads=self.threads,
        )
        self.cache_size = int(llama_cpp.llama_n_ctx(self._context))
        self._cache = Cache(
            self._context, cells=self.cache_size, numbers=numbers, reuses=not serial, divides=model.divisible
        )
        self._batch = Batch(BATCH_TOKENS)
        self._abort = AbortFlag()
        if model.divisible:  # what a recurrent model remembers cannot be brought back to before an aborted batch
            self._abort.watch(self._context)
        self._turns = Turns(self._context)
        self.beginnings: Beginnings | None = None
        """Where beginnings of prompts outlive the process, when they do."""
        self._waiting = Waiting()
        self._active: list[Sequence] = []  # the oldest first
        self._step_seconds = self._prompt_token_seconds = 0.0

    @property
    def busy(self) -> bool:
        """Whether there is anything to step over."""
        return bool(self._active or self._waiting)

    @property
    def queued(self) -> int:
        """Sequences that wait to begin."""
        return len(self._waiting)

    def keep_on_disk(self, store: PrefixStore, adapters: Adapters) -> None:
        """Let beginnings of prompts outlive the process; where a model's memory cannot be divided, none can."""
        if self._cache.divides and not self._serial:
            self.beginnings = Beginnings(store, self._cache, adapters)

    def admit(self, sequence: Sequence) -> None:
        """Take a sequence in; it begins when there is room."""
        self._waiting.add(sequence)

    def interrupt(self) -> None:
        """End the step under way, its work undone, if it is one that takes long. From any thread."""
        if self._step_seconds > _SHORT_STEP or self._batch.size > _SMALLEST_PIECE + self.sequences:
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
        turn = self._turns.next(self._active)
        shares = self._streaming_shares(turn)
        shares += self._prompt_shares(turn, _piece(self._prompt_token_seconds) if shares else BATCH_TOKENS)
        if not shares:  # those whose turn it is wait for room that the others have
            self._turns.end()
            return
        outcome = self._decode(sum(share.count for share in shares if not share.sequence.streaming))
        if outcome != 0:
            self._undo(shares, outcome)
            return
        for share in shares:
            assert share.sequence.branch  # noqa: S101 - it is active
            self._cache.extend(share.sequence.branch, share.count)
        for share in shares:
            if share.outputs:
                self._choose(share)
            else:
                self._report_prefill(share.sequence)

    def _decode(self, prompt_tokens: int) -> int:
        began, cpu = time.perf_counter(), time.process_time()
        if self._pace.tries_again(began):
            self._keep_pace()
        outcome = llama_cpp.llama_decode(self._context, self._batch.native)
        ended, cpu = time.perf_counter(), time.process_time() - cpu
        wall = ended - began
        if self._pace.observe(wall, cpu, ended):
            self._keep_pace()
        self._step_seconds = wall
        if outcome == 0 and prompt_tokens >= _SMALLEST_PIECE:
            seconds = wall / self._batch.size
            self._prompt_token_seconds = (self._prompt_token_seconds + seconds) / 2 or seconds
        return int(outcome)

    def _keep_pace(self) -> None:
        llama_cpp.llama_set_n_threads(self._context, self._pace.threads, self._pace.threads)

    def _begin_waiting(self) -> None:
        if not self._waiting or len(self._active) >= self.sequences:
            return
        for sequence in self._waiting.next():
            if len(self._active) >= self.sequences:
                return
            now, soon = self._cache.shared(sequence.tokens, sequence.adapters)
            if soon - now >= _WORTH_WAITING:
                continue
            if self._active and not self._has_room(len(sequence.tokens) - now):
                return  # nobody overtakes it: it would never find room among smaller ones
            self._waiting.remove(sequence)
            if self.beginnings and sequence.cached is None:
                self.beginnings.fetch(sequence.tokens, sequence.adapters)
            sequence.branch = self._cache.begin(sequence.tokens, sequence.adapters)
            sequence.enter()
            self._active.append(sequence)

    def _has_room(self, tokens: int) -> bool:
        """Whether so many more tokens fit beside what the sequences at work are sure to need."""
        promised = sum(sequence.pending + _MARGIN for sequence in self._active)
        return tokens + _MARGIN + promised <= self._cache.unclaimed

    def _streaming_shares(self, turn: list[Sequence]) -> list[_Share]:
        """One token of every sequence that streams, and guesses for as many as there is room for."""
        streaming = [sequence for sequence in turn if sequence.streaming]
        while not self._cache.make_room(len(streaming)):
            youngest = self._put_back()
            if youngest in streaming:
                streaming.remove(youngest)
        guessing = min(_VERIFIED_AT_ONCE, self._cache.free - len(streaming))
        shares = []
        for sequence in streaming:
            guesses = sequence.guesses(guessing, together=len(streaming)) if self._cache.divides else []
            guessing -= len(guesses)
            shares.append(self._share(sequence, [sequence.tokens[-1], *guesses], 1 + len(guesses), guesses))
        return shares

    def _prompt_shares(self, turn: list[Sequence], most: int) -> list[_Share]:
        """Pieces of prompts, the oldest first, `most` tokens together."""
        shares: list[_Share] = []
        for sequence in list(turn):
            if sequence.streaming or sequence.branch is None:
                continue
            count = min(sequence.pending, most, self._batch.free)
            while not self._cache.make_room(self._batch.size + count) and not self._batch.size:
                if sequence is self._active[-1]:
                    break
                self._put_back()
            count = min(count, self._cache.free - self._batch.size)
            if count <= 0:
                break
            most -= count
            tokens = sequence.tokens[sequence.decoded : sequence.decoded + count]
            shares.append(self._share(sequence, tokens, int(count == sequence.pending), []))
        return shares

    def _share(self, sequence: Sequence, tokens: list[int], outputs: int, guesses: list[int]) -> _Share:
        assert sequence.branch  # noqa: S101 - it is active
        places = self._batch.add(tokens, start=sequence.decoded, branch=sequence.branch.number, outputs=outputs)
        return _Share(sequence, len(tokens), places, guesses)

    def _put_back(self) -> Sequence:
        """Let the youngest sequence make room."""
        youngest = self._active.pop()
        assert youngest.branch  # noqa: S101 - it was active
        self._cache.drop(youngest.branch)
        youngest.branch = None
        self._waiting.put_first(youngest)
        return youngest

    def _choose(self, share: _Share) -> None:
        """Choose tokens for as long as they are those that were guessed, and one more."""
        sequence = share.sequence
        for right, place in enumerate(share.outputs):
            token = sequence.sampler.sample(self._context, place)
            parts, reason = sequence.accept(token, self._model)
            for part in parts:
                self._emit(Piece(sequence.id, part.text, part.reasoning))
            if not reason and len(sequence.tokens) >= self.context_size:
                reason = "length"
            if reason or right == len(share.guesses) or token != share.guesses[right]:
                break
        self._forget_wrong_guesses(share, right)
        if reason:
            self._end(sequence, reason)

    def _forget_wrong_guesses(self, share: _Share, right: int) -> None:
        if not share.guesses:
            return
        branch = share.sequence.branch
        assert branch  # noqa: S101 - it is active
        share.sequence.verified(len(share.guesses), right)
        if right < len(share.guesses):
            self._cache.cut(branch, branch.length - len(share.guesses) + right)

    def _report_prefill(self, sequence: Sequence) -> None:
        cached = sequence.cached or 0
        work = sequence.prompt_length - cached
        if work > _LONG_PREFILL:
            fraction = min(1.0, (sequence.decoded - cached) / work)
            self._emit(Progress(sequence.id, "Reading the prompt", round(fraction, 3)))

    def _undo(self, shares: list[_Share], outcome: int) -> None:
        """Bring the cache back to where every sequence stands; fail them all when the batch itself failed."""
        if outcome == _NO_ROOM and (self._cache.make_room(self.cache_size) or len(self._active) > 1):
            self._put_back()  # llama.cpp counts otherwise than we do; nothing was changed
            return
        for share in shares:
            sequence = share.sequence
            assert sequence.branch  # noqa: S101 - it is active
            self._cache.cut(sequence.branch, sequence.decoded)
            if outcome != _ABORTED:
                reason = self._log.reason() or f"llama_decode returned {outcome}"
                self._forget(sequence)
                self._emit(failed(sequence.id, ModelError(f"llama.cpp could not go on: {reason}.")))

    def _end(self, sequence: Sequence, reason: StopReason) -> None:
        self._emit(
            Done(sequence.id, reason, sequence.usage(), sequence.tokens_per_second(), sequence.final_details())
        )
        self._forget(sequence)

    def _forget(self, sequence: Sequence) -> None:
        if sequence.branch:
            self._active.remove(sequence)
            if sequence.rehearsed:
                self._cache.drop(sequence.branch)
            else:
                self._cache.rest(sequence.branch, sequence.prompt_length)
        else:
            self._waiting.remove(sequence)
        sequence.sampler.close()


def _piece(token_seconds: float) -> int:
    """Tokens of a prompt that are decoded before the others notice."""
    if not token_seconds:
        return _SMALLEST_PIECE
    return max(_SMALLEST_PIECE, min(BATCH_TOKENS, int(_STALL_SECONDS / token_seconds)))


def _native_context(
    model: Model, log: NativeLog, *, tokens: int, sequences: int, outputs: int, threads: int
) -> int:
    params = llama_cpp.llama_context_default_params()
    params.n_ctx = tokens
    params.n_batch = params.n_ubatch = BATCH_TOKENS
    params.n_seq_max = sequences
    params.kv_unified = True
    # A sliding window of which no part is shared need not remember what it has left behind.
    params.swa_full = False
    # Without this, room for the logits of a whole batch is set aside, which is 100 MB for a small vocabulary.
    params.n_outputs_max = outputs
    params.n_threads = params.n_threads_batch = threads
    handle = llama_cpp.llama_init_from_model(model.handle, params)
    if not handle:
        raise ModelLoadError(
            f"No context of {tokens:,} tokens can be made for {shown(model.path)}: {log.reason()}.",
            advice="Choose a smaller context.",
            details="\n".join(log.errors),
        )
    return int(handle)
