"""Chat templates: Jinja programs out of model files, that is, of strangers.

They run in Jinja's immutable sandbox (CVE-2024-34359 was a template that did not) and under a time limit, because
a sandbox stops attributes, not loops. The limit is kept by a trace function, which sees every line that a template
executes and works in any thread.
"""

from __future__ import annotations

import json
import sys
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import datetime
from functools import cached_property
from types import FrameType
from typing import Any

import jinja2
import jinja2.meta
import jinja2.nodes
from jinja2.ext import Extension, loopcontrols
from jinja2.parser import Parser
from jinja2.sandbox import ImmutableSandboxedEnvironment

from workbench.core.completion import Message
from workbench.core.prompt import Effort
from workbench.errors import ModelError, UserError

CHATML = (
    "{% for message in messages %}<|im_start|>{{ message.role }}\n{{ message.content }}<|im_end|>\n{% endfor %}"
    "{% if add_generation_prompt %}<|im_start|>assistant\n{% endif %}"
)
"""The template of models that bring none; most instruction-tuned ones understand it."""

TIME_LIMIT = 2.0
"""Seconds; an honest template takes milliseconds."""


class _Refused(Exception):
    """The template called `raise_exception`."""


class _Generation(Extension):
    """`{% generation %}` marks the model's turns for training; here its content is simply kept."""

    tags = {"generation"}  # noqa: RUF012 - Jinja's own interface

    def parse(self, parser: Parser) -> list[jinja2.nodes.Node]:
        next(parser.stream)
        return parser.parse_statements(("name:endgeneration",), drop_needle=True)


@dataclass(frozen=True, slots=True)
class Templated:
    """Messages as the one string that the model reads."""

    text: str
    note: str = ""
    """How it differs from what was asked for; empty when it does not."""


class ChatTemplate:
    """A model's chat template, ready to render."""

    def __init__(self, source: str | None, *, bos: str = "", eos: str = "", limit: float = TIME_LIMIT) -> None:
        self.origin = "model" if source else "chatml"
        self._source = source or CHATML
        self._limit = limit
        self._globals = {"bos_token": bos, "eos_token": eos, "strftime_now": _now, "raise_exception": _refuse}

    def render(self, messages: Sequence[Message], *, effort: Effort | None = None) -> Templated:
        """The string up to where the model begins to write; an assistant message in last place is begun with.

        Raises UserError when the template refuses the messages, ModelError when it is broken or never ends.
        """
        prefill = prefill_of(messages)
        turns = messages[:-1] if prefill else messages
        try:
            return Templated(self._rendered(turns, effort) + prefill)
        except _Refused as refusal:
            folded = _system_folded(turns)
            if folded is not None:
                try:
                    text = self._rendered(folded, effort) + prefill
                    return Templated(text, "system message put before the first user message: no system role")
                except _Refused:
                    pass
            raise UserError(f"The model's chat template refuses these messages: {refusal}.") from refusal

    @cached_property
    def names(self) -> tuple[str, ...]:
        """Variables that the template reads from outside; empty when it cannot be parsed."""
        try:
            return tuple(sorted(jinja2.meta.find_undeclared_variables(_environment().parse(self._source))))
        except jinja2.TemplateError:
            return ()

    @cached_property
    def _template(self) -> jinja2.Template:
        return _environment().from_string(self._source)

    def _rendered(self, messages: Sequence[Message], effort: Effort | None) -> str:
        values: dict[str, Any] = {
            "messages": [_turn(message) for message in messages],
            "add_generation_prompt": True,
            "tools": None,
            "documents": None,
            **self._globals,
        }
        if effort is not None:
            values |= {"enable_thinking": True, "reasoning_effort": effort}
        try:
            with _deadline(self._limit):
                return self._template.render(values)
        except _Refused:
            raise
        except TimeoutError as error:
            raise ModelError(
                f"The model's chat template did not end within {self._limit:g} seconds.",
                advice="The model file may be damaged or malicious; use another one.",
            ) from error
        except Exception as error:  # a template can raise anything that Python can
            raise ModelError(f"The model's chat template failed: {error}.", details=repr(error)) from error


def prefill_of(messages: Sequence[Message]) -> str:
    """What the answer begins with: an assistant message in last place."""
    return messages[-1].content if messages and messages[-1].role == "assistant" else ""


def _environment() -> ImmutableSandboxedEnvironment:
    """As Hugging Face's transformers sets it up, which is what templates are written for."""
    environment = ImmutableSandboxedEnvironment(
        trim_blocks=True, lstrip_blocks=True, extensions=[loopcontrols, _Generation]
    )
    environment.filters["tojson"] = _to_json
    return environment


def _turn(message: Message) -> dict[str, str]:
    turn = {"role": message.role, "content": message.content}
    return turn | {"reasoning_content": message.reasoning} if message.reasoning else turn


def _system_folded(messages: Sequence[Message]) -> list[Message] | None:
    """The system message as the beginning of the user's; None when there is none to fold."""
    if len(messages) < 2 or messages[0].role != "system" or messages[1].role != "user":
        return None
    first = replace(messages[1], content=f"{messages[0].content}\n\n{messages[1].content}")
    return [first, *messages[2:]]


def _to_json(value: Any, ensure_ascii: bool = False, indent: int | None = None, **options: Any) -> str:
    return json.dumps(value, ensure_ascii=ensure_ascii, indent=indent, **options)


def _now(form: str) -> str:
    return datetime.now().astimezone().strftime(form)


def _refuse(message: str) -> str:
    raise _Refused(message)


@contextmanager
def _deadline(seconds: float) -> Iterator[None]:
    """Raise TimeoutError in this thread when Python code within takes longer."""
    end, before = time.monotonic() + seconds, sys.gettrace()

    def trace(frame: FrameType, event: str, arg: Any) -> Any:
        if time.monotonic() > end:
            raise TimeoutError
        return trace

    sys.settrace(trace)
    try:
        yield
    finally:
        sys.settrace(before)
