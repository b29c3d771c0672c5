"""Chat templates: from messages to the one string that a model reads, as its publisher's template writes it.

Values are those of Hugging Face's transformers, which is what templates are written for. Where transformers would
fail and llama.cpp does not, llama.cpp is followed: a template for tools without any, a value that nobody gave.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from functools import cached_property
from typing import Any

import jinja2
import jinja2.meta

from workbench.core.completion import Message
from workbench.core.prompt import Effort
from workbench.errors import ModelError, UserError
from workbench.worker.reasoning import THINK_TAGS, Parting, ReasoningFormat, format_of
from workbench.worker.template_sandbox import TIME_LIMIT, Refused, compiled, parsed, rendered

CHATML = (
    "{% for message in messages %}<|im_start|>{{ message.role }}\n{{ message.content }}<|im_end|>\n{% endfor %}"
    "{% if add_generation_prompt %}<|im_start|>assistant\n{% endif %}"
)
"""The template of models that bring none; most instruction-tuned ones understand it."""

_MARK = "\ue000prefill\ue000"
"""Stands for the begun answer while the template is rendered, so that no template changes a character of it."""

_PROBE = "\ue000words\ue000"
_FOLDED = "system message put before the first user message: no system role"


@dataclass(frozen=True, slots=True)
class Templated:
    """Messages as the one string that the model reads."""

    text: str
    note: str = ""
    """How it differs from what was asked for; empty when it does not."""
    reasoning: ReasoningFormat = THINK_TAGS
    thinking: bool = False
    """Whether the model begins within a thought."""
    begun: str | None = None
    """What the answer begins with; None where the model may think before it begins."""

    def parting(self) -> Parting:
        """What tells reasoning from answer in what the model writes from here on."""
        return Parting(self.reasoning, thinking=self.thinking, begun=self.begun)


class ChatTemplate:
    """A model's chat template, ready to render."""

    def __init__(
        self,
        source: str | None,
        *,
        bos: str = "",
        eos: str = "",
        override: str | None = None,
        limit: float = TIME_LIMIT,
    ) -> None:
        """`source` is the model's own template; `override` is the person's, which goes before it."""
        self.origin = "own" if override else "model" if source else "chatml"
        self._source = override or source or CHATML
        self._limit = limit
        self._tokens = {"bos_token": bos, "eos_token": eos}
        self.reasoning = format_of(self._source)

    def render(
        self,
        messages: Sequence[Message],
        *,
        effort: Effort | None = None,
        tools: Sequence[Mapping[str, Any]] = (),
        answering: bool = False,
    ) -> Templated:
        """The string up to where the model begins to write; an assistant message in last place is begun with.

        With `answering`, the model begins with its answer, not with a thought. Raises UserError when the template
        refuses the messages, ModelError when it is broken or takes too much time or memory.
        """
        values = _effort_values(effort) | _tool_values(tools)
        try:
            return self._templated(messages, values, answering=answering)
        except Refused as refusal:
            folded = _system_folded(messages)
            if folded is not None:
                try:
                    return replace(self._templated(folded, values, answering=answering), note=_FOLDED)
                except Refused:
                    pass
            raise UserError(f"The model's chat template refuses these messages: {refusal}.") from refusal

    @cached_property
    def names(self) -> tuple[str, ...]:
        """Variables that the template reads from outside; empty when it cannot be parsed."""
        try:
            return tuple(sorted(jinja2.meta.find_undeclared_variables(parsed(self._source))))
        except (jinja2.TemplateError, RecursionError):
            return ()

    @cached_property
    def _template(self) -> jinja2.Template:
        return compiled(self._source)

    @cached_property
    def _wants_parts(self) -> bool:
        """Whether content has to be a list of typed parts, as in the templates of some models that see images."""
        probe = {"messages": [{"role": "user", "content": _PROBE}]}
        try:
            return _PROBE not in self._rendered(probe)
        except (ModelError, Refused):
            return False

    @cached_property
    def _thinks(self) -> bool:
        """Whether the template speaks of reasoning at all."""
        return self.reasoning is not THINK_TAGS or any(opening in self._source for opening in THINK_TAGS.pairs)

    def _templated(self, messages: Sequence[Message], values: Mapping[str, Any], *, answering: bool) -> Templated:
        begun = prefill_of(messages)
        turns = list(messages[:-1] if begun else messages)
        prompt = self._prompt(turns, values)
        form, thinking = self.reasoning, self.reasoning.opened_by(prompt)
        if (opening := form.opening_of(begun)) is not None:
            # The person begins the thought; the template may have opened it already.
            start = begun.lstrip().removeprefix(opening).lstrip() if thinking else begun
            return Templated(prompt + start, "", form, thinking=False, begun=begun)
        if begun or (answering and self._thinks):
            return Templated(self._before_answer(turns, values, prompt) + begun, "", form, begun=begun)
        return Templated(prompt, "", form, thinking)

    def _before_answer(self, turns: list[Message], values: Mapping[str, Any], prompt: str) -> str:
        """The string up to the answer's first character, as the template itself writes a turn of the assistant.

        The prompt for a next turn may have opened a thought, or lack a header that the model would write itself.
        It has to do where a template changes more than that for a last turn of the assistant; Mistral's leaves the
        system message out.
        """
        marked = [*turns, Message("assistant", _MARK)]
        try:
            before, mark, _ = self._prompt(marked, values, going_on=False).partition(_MARK)
            history = self._prompt(turns, values, going_on=False) if self._thinks else prompt
        except (ModelError, Refused):
            mark = ""
        good = mark and before.startswith(history)
        return self.reasoning.closed(before if good else prompt)

    def _prompt(self, turns: Sequence[Message], values: Mapping[str, Any], *, going_on: bool = True) -> str:
        written = [_turn(message, in_parts=self._wants_parts) for message in turns]
        return self._rendered({"messages": written, "add_generation_prompt": going_on, **values})

    def _rendered(self, values: Mapping[str, Any]) -> str:
        given = {"tools": None, "documents": None, "datetime": _today(), **self._tokens, **values}
        try:
            try:
                return rendered(self._template, given, limit=self._limit)
            except (TypeError, jinja2.UndefinedError):
                if given.pop("tools") is not None:
                    raise
                # A template for tools, and there are none: what is not defined counts as an empty list.
                return rendered(self._template, {**given, "functions": ""}, limit=self._limit)
        except (Refused, ModelError):
            raise
        except Exception as error:  # a template can raise anything that Python can
            raise ModelError(f"The model's chat template failed: {error}.", details=repr(error)) from error


def prefill_of(messages: Sequence[Message]) -> str:
    """What the answer begins with: an assistant message in last place."""
    return messages[-1].content if messages and messages[-1].role == "assistant" else ""


def _today() -> str:
    """As llama.cpp gives it to templates that ask for the date by this name."""
    return datetime.now().astimezone().strftime("%b %d %Y")


def _effort_values(effort: Effort | None) -> dict[str, Any]:
    """The effort under every name that templates read it by."""
    return {} if effort is None else {"enable_thinking": True, "thinking": True, "reasoning_effort": effort}


def _tool_values(tools: Sequence[Mapping[str, Any]]) -> dict[str, Any]:
    """Tools in OpenAI's form, and as the text that Fireworks' templates take."""
    if not tools:
        return {}
    functions = json.dumps([tool.get("function", tool) for tool in tools], indent=4, ensure_ascii=False)
    return {"tools": list(tools), "functions": functions}


def _turn(message: Message, *, in_parts: bool) -> dict[str, Any]:
    content = [{"type": "text", "text": message.content}] if in_parts else message.content
    turn: dict[str, Any] = {"role": message.role, "content": content}
    if message.reasoning:  # the names of Qwen and DeepSeek, of gpt-oss and LFM, of Solar
        turn |= dict.fromkeys(("reasoning_content", "thinking", "reasoning"), message.reasoning)
    return turn


def _system_folded(messages: Sequence[Message]) -> list[Message] | None:
    """The system message as the beginning of the user's; None when there is none to fold."""
    if len(messages) < 2 or messages[0].role != "system" or messages[1].role != "user":
        return None
    first = replace(messages[1], content=f"{messages[0].content}\n\n{messages[1].content}")
    return [first, *messages[2:]]
