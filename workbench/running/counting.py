"""How long a prompt is for a model, section by section, before it is run."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace

from workbench.core.completion import GenerationConfig, Message, Provider, Request
from workbench.core.prompt import Prompt, Section, variables
from workbench.core.rendering import Rendered, render
from workbench.core.rendering import request as request_for
from workbench.running.catalog import Catalog


@dataclass(frozen=True, slots=True)
class PromptCount:
    """Tokens of a prompt with its values."""

    total: int
    """Of everything that is sent, with what the chat template adds."""
    per_section: dict[Section, int]
    """Of the text of each section that is sent; the template's own tokens belong to none."""
    per_example: tuple[int, ...]
    """Of each few-shot example, by its place in the prompt; 0 for one that is switched off."""
    exact: bool
    """False for an estimate without the model's own tokenizer."""
    text: str
    """The string after the chat template, where it is known."""
    context: int | None
    """The model's context size in tokens, where known."""


async def count_tokens(catalog: Catalog, prompt: Prompt, values: Mapping[str, str], model: str) -> PromptCount:
    """Count a prompt for a model; a variable without a value counts as it stands in the prompt.

    Raises UserError when there is nothing to send, and ModelError when the model cannot be asked.
    """
    filled = {name: f"{{{{{name}}}}}" for name in variables(prompt)} | dict(values)
    async with catalog.lease(model) as (entry, name):
        request = request_for(prompt, filled, model=name, config=GenerationConfig())
        whole = await entry.provider.count(request)
        rendered = render(prompt, filled)
        counts = await _span_counts(entry.provider, request, rendered)
    sections: dict[Section, int] = {}
    examples = [0] * len(prompt.examples)
    for span, tokens in zip(rendered.spans, counts, strict=True):
        sections[span.section] = sections.get(span.section, 0) + tokens
        if span.example is not None:
            examples[span.example] += tokens
    return PromptCount(whole.total, sections, tuple(examples), whole.exact, whole.text, whole.context)


async def _span_counts(provider: Provider, request: Request, rendered: Rendered) -> tuple[int, ...]:
    """Tokens of each span, asked for at once: one message a span, since a message's content is counted alone.

    The roles take turns, because some chat templates refuse anything else.
    """
    texts = (rendered.messages[span.message].content[span.start : span.end] for span in rendered.spans)
    turns = tuple(Message("assistant" if n % 2 else "user", text) for n, text in enumerate(texts))
    return (await provider.count(replace(request, messages=turns, json_schema=None))).messages
