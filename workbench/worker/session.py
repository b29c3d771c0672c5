"""The worker's side of the conversation: messages in, messages out.

Threads: the main thread owns the llama.cpp context and everything in `Engine`. The reader (`Inbox`) takes messages
in and interrupts the engine for a cancelled request. The counter, started here, answers `Count` and `Spare`: it
uses the model's vocabulary, the template and the list of devices, which nobody changes. `Outlet` may be used by
all of them.
"""

from __future__ import annotations

import random
import threading
import time
from dataclasses import asdict
from typing import Any, BinaryIO

import llama_cpp

from workbench.core.completion import GenerationConfig, Request, TokenCount, Usage
from workbench.core.model_reference import Adapter
from workbench.errors import ContextOverflow, WorkbenchError
from workbench.worker import embedding
from workbench.worker.devices import gpus, spare_bytes
from workbench.worker.drafting import Drafting
from workbench.worker.grammar import asked_grammar
from workbench.worker.inbox import End, Inbox, Work
from workbench.worker.loading import Ready, load
from workbench.worker.native_log import NativeLog
from workbench.worker.outlet import Outlet
from workbench.worker.protocol import Complete, Count, Counted, Done, Load, Loaded, Rehearse, Spare, Spared, failed
from workbench.worker.sampler import Sampler
from workbench.worker.sampler_chain import settings
from workbench.worker.sequence import Sequence
from workbench.worker.template import Templated, prefill_of
from workbench.worker.text import AnswerText

_LONGEST_TOKEN = 16
"""Characters; of a draft no more is looked at than fills the context with such tokens."""

_MOST_QUEUED = 64
"""Requests made ready before there is room for them; each holds its tokens and samplers."""

_REST_SECONDS = 1.0
"""Without a request, before beginnings of prompts go to the disk: the next request shall not wait for that."""

_KEEP_SECONDS, _LAST_SECONDS = 10.0, 1.0
"""How long that may take, and how long at the end of the process."""

_ADMISSION_SECONDS = 0.02
"""How long making requests ready may hold up a step."""


def serve(source: BinaryIO, sink: BinaryIO) -> None:
    """Load the model that the first message names and answer until stdin ends, which ends the process.

    Returns when the model cannot be loaded.
    """
    inbox, outlet = Inbox(source), Outlet(sink)
    inbox.start()
    first = inbox.wait()
    if not isinstance(first, Load):
        raise TypeError(f"the first message is {first}, not Load")
    try:
        if first.embeds:
            embedding.serve(first, NativeLog(), inbox, outlet)
        ready = load(first, NativeLog(), outlet.send)
    except WorkbenchError as error:
        outlet.send(failed(first.id, error))
        return
    outlet.send(Loaded(first.id, ready.facts))
    Session(ready, inbox, outlet).run()


class Session:
    """A loaded model and those who ask it."""

    def __init__(self, ready: Ready, inbox: Inbox, outlet: Outlet) -> None:
        self._ready = ready
        self._inbox = inbox
        self._outlet = outlet
        self._unread: dict[int, Complete | Rehearse] = {}  # in the order of their coming

    def run(self) -> None:
        """Serve for good."""
        engine = self._ready.engine
        self._inbox.interrupt = engine.interrupt
        if engine.beginnings:
            self._inbox.ended = threading.Event()
        threading.Thread(target=self._count, name="counter", daemon=True).start()
        while True:
            if not engine.busy and not self._unread:
                self._take(self._next())
            # In this order nothing is lost: an id that is cancelled after `resume` interrupts again, and a request
            # came in before its cancellation, so that it is here by the time it is dropped.
            engine.resume()
            cancelled = self._inbox.take_cancelled()
            for message in self._inbox.waiting():
                self._take(message)
            self._cancel(cancelled)
            self._admit_some()
            if engine.busy:
                engine.step()
            self._outlet.flush_due()

    def _next(self) -> Work:
        """What is asked next; while nothing is, beginnings of prompts go to the disk."""
        beginnings = self._ready.engine.beginnings
        if beginnings:
            if message := self._inbox.wait(_REST_SECONDS):
                return message
            beginnings.keep(seconds=_KEEP_SECONDS)
        message = self._inbox.wait()
        assert message  # noqa: S101 - it waits for ever
        return message

    def _take(self, message: Work) -> None:
        if isinstance(message, End):
            self._keep_last()
            return
        if not isinstance(message, Complete | Rehearse):
            raise TypeError(f"{type(message).__name__} was asked of a worker that answers")
        self._unread[message.id] = message

    def _keep_last(self) -> None:
        if self._ready.engine.beginnings and self._inbox.ended:
            self._ready.engine.beginnings.keep(seconds=_LAST_SECONDS)
            self._inbox.ended.set()

    def _cancel(self, ids: set[int]) -> None:
        for id in ids & self._unread.keys():  # noqa: A001 - the protocol's name
            del self._unread[id]
            self._outlet.send(Done(id, "cancelled", Usage()))
        self._ready.engine.cancel(ids)

    def _admit_some(self) -> None:
        """Make requests ready, for as long as answers under way may wait and the engine has use for them."""
        engine, began = self._ready.engine, time.monotonic()
        while self._unread and engine.queued < _MOST_QUEUED and time.monotonic() - began < _ADMISSION_SECONDS:
            self._admit(self._unread.pop(self._first_unread()))

    def _first_unread(self) -> int:
        """Who is made ready next: the first whose answer somebody waits for, if there is one."""
        alone = (id for id, message in self._unread.items() if not _is_one_of_many(message))  # noqa: A001
        return next(alone, next(iter(self._unread)))

    def _admit(self, message: Complete | Rehearse) -> None:
        ready = self._ready
        try:
            made = _rehearsal(message, ready) if isinstance(message, Rehearse) else _sequence(message, ready)
            ready.engine.admit(made)
        except WorkbenchError as error:
            self._outlet.send(failed(message.id, error))

    def _count(self) -> None:
        while True:
            message = self._inbox.counts.get()
            try:
                if isinstance(message, Spare):
                    self._outlet.send(Spared(message.id, spare_bytes(gpus())))
                else:
                    self._outlet.send(Counted(message.id, _counted(message, self._ready)))
            except WorkbenchError as error:
                self._outlet.send(failed(message.id, error))


def _is_one_of_many(message: Complete | Rehearse) -> bool:
    return isinstance(message, Complete) and message.request.one_of_many


def _sequence(message: Complete, ready: Ready) -> Sequence:
    """A request made ready for the engine. Raises UserError, ModelError and ContextOverflow."""
    request, model, context = message.request, ready.model, ready.engine.context_size
    adapters = ready.adapters.load(message.adapters)
    grammar, sampling = asked_grammar(request), settings(request.config, model)
    templated = _templated(request, ready)
    prompt = model.tokens(templated.text, begins=True)
    _check_fits(len(prompt), request, context)
    begun = model.tokens(prefill_of(request.messages), begins=False)
    logprobs = request.config.logprobs
    sampler = Sampler(model, sampling, prompt=prompt, grammar=grammar, begun=begun, logprobs=logprobs)
    noted = {} if logprobs is None else {"logprobs": sampler.probabilities}
    return Sequence(
        message.id,
        prompt=prompt,
        limit=request.config.max_tokens or context - len(prompt),
        sampler=sampler,
        text=AnswerText(request.config.stop, templated.parting()),
        details=_details(ready, sampling, templated.note) | _adapted(message.adapters) | noted,
        drafting=_drafting(request, prompt, ready),
        adapters=adapters,
        one_of_many=request.one_of_many,
    )


def _rehearsal(message: Rehearse, ready: Ready) -> Sequence:
    """Any tokens that no other prompt begins with. Raises ContextOverflow."""
    model, tokens, context = ready.model, message.prompt_tokens + message.answer_tokens, ready.engine.context_size
    if tokens > context:
        raise ContextOverflow(f"{tokens:,} tokens are to be rehearsed, and the context holds {context:,}.")
    chance = random.Random(message.id)  # noqa: S311 - no secret
    size = llama_cpp.llama_vocab_n_tokens(model.vocabulary)
    prompt = [chance.randrange(size) for _ in range(message.prompt_tokens)]
    return Sequence(
        message.id,
        prompt=prompt,
        limit=message.answer_tokens,
        sampler=Sampler(model, settings(GenerationConfig(temperature=0), model), prompt=prompt),
        text=AnswerText(),
        details={},
        rehearsed=True,
    )


def _adapted(adapters: tuple[Adapter, ...]) -> dict[str, Any]:
    return {"adapters": [asdict(adapter) for adapter in adapters]} if adapters else {}


def _drafting(request: Request, prompt: list[int], ready: Ready) -> Drafting | None:
    if not request.draft or ready.facts.serial:
        return None
    # Tokens beyond the context cannot come again, however long a draft somebody sends.
    draft = ready.model.tokens(request.draft[: _LONGEST_TOKEN * ready.engine.context_size], begins=False)
    return Drafting(draft, prompt)


def _templated(request: Request, ready: Ready) -> Templated:
    """What the model reads. An answer that must follow a grammar begins at once, for a thought would not."""
    bound = request.json_schema is not None or request.config.grammar is not None
    return ready.template.render(request.messages, effort=request.effort, answering=bound)


def _check_fits(prompt_tokens: int, request: Request, context: int) -> None:
    most = request.config.max_tokens
    if not prompt_tokens:
        raise ContextOverflow("The prompt is empty after the chat template.", advice="Write something to answer.")
    if prompt_tokens + (most or 1) <= context:
        return
    asked = f", the answer may have {most:,}" if most else ""
    raise ContextOverflow(
        f"The prompt has {prompt_tokens:,} tokens{asked}, and the context holds {context:,}.",
        advice="Shorten the prompt, lower the token limit, or load the model with a larger context.",
    )


def _details(ready: Ready, sampling: dict[str, Any], note: str) -> dict[str, Any]:
    """How the answer is made, for the run's record."""
    facts = ready.facts
    details = {
        "engine": facts.engine,
        "model_file": facts.file,
        "model_bytes": facts.size_bytes,
        "quantisation": facts.quantisation,
        "context": facts.context,
        "gpu_layers": facts.gpu_layers,
        "gpu": facts.gpu_note,
        "threads": facts.threads,
        "decoding": "serial" if facts.serial else "batch",
        "sequences": facts.sequences,
        "template": facts.template,
        "seed": sampling["seed"],
        "sampling": {name: value for name, value in sampling.items() if name != "seed"},
    }
    return details | {"template_note": note} if note else details


def _counted(message: Count, ready: Ready) -> TokenCount:
    request, model = message.request, ready.model
    text = _templated(request, ready).text
    return TokenCount(
        total=len(model.tokens(text, begins=True)),
        messages=tuple(len(model.tokens(turn.content, begins=False)) for turn in request.messages),
        exact=True,
        text=text,
        context=ready.engine.context_size,
    )
