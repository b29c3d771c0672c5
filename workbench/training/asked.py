"""What a run asked of its model, taken apart again: system, examples, user, prefill.

The messages are those that were sent, not a new rendering: a program that words its requests differently
tomorrow still exports what the model saw today.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace

from workbench.core.completion import Message
from workbench.core.prompt import VARIABLE, ChainOfThought, Prompt
from workbench.core.rendering import fill, part, render
from workbench.core.run import Run
from workbench.errors import UserError
from workbench.training.recipe import Recipe


class NoRow(Exception):
    """A run gives no row; the message is the sentence that the person reads."""


@dataclass(frozen=True, slots=True)
class Asked:
    """The messages of one run by what they are for."""

    system: Message | None
    examples: tuple[Message, ...]
    user: Message
    prefill: str
    """What the answer had to begin with; empty when nothing."""


def take_apart(run: Run) -> Asked:
    """A run's messages. Raises NoRow when they hold no turn of the user's own."""
    messages = list(run.messages)
    system = messages.pop(0) if messages and messages[0].role == "system" else None
    prefill = messages.pop().content if _ends_in_prefill(run, messages) else ""
    if not messages or messages[-1].role != "user":
        raise NoRow("The prompt has no user section: there is no input to learn from.")
    return Asked(system, tuple(messages[:-1]), messages[-1], prefill)


def _ends_in_prefill(run: Run, messages: list[Message]) -> bool:
    """An assistant message in last place is a prefill, or an example's answer when there is no user section."""
    if not messages or messages[-1].role != "assistant":
        return False
    try:
        return bool(fill(run.prompt.user, run.values).strip())
    except UserError:
        return True


def row_input(run: Run, asked: Asked, recipe: Recipe) -> tuple[Message, ...]:
    """The messages before the answer, as a recipe wants them. Raises NoRow."""
    chain = run.prompt.chain_of_thought
    kept: list[Message] = []
    if recipe.system == "keep" and asked.system is not None:
        content = asked.system.content
        if not asks_as_written(chain, recipe):
            content = _without_steps(run.prompt, run.values, content)
        if content:
            kept.append(Message("system", content))
    elif recipe.system == "drop" and VARIABLE.search(run.prompt.system + run.prompt.context):
        raise NoRow("The system message carries variables: without it the row would lose a part of its input.")
    if recipe.few_shot == "keep":
        kept += [_example(message, chain, recipe) for message in asked.examples]
    return (*kept, asked.user)


def asks_as_written(chain: ChainOfThought, recipe: Recipe) -> bool:
    """Whether rows answer in the form that the chain of thought asks for, steps and marker included."""
    return recipe.reasoning == "in_content" or chain.mode in ("off", "model") or chain.parting == "none"


def _without_steps(prompt: Prompt, values: Mapping[str, str], content: str) -> str:
    """The system message without the request for steps, if it stands there as this program words it."""
    try:
        rendered = render(prompt, values)
    except UserError:
        return content
    for span in rendered.spans:
        if span.section == "chain_of_thought":
            asked = rendered.messages[span.message].content[span.start : span.end]
            before, found, after = content.rpartition(asked)
            return (
                "\n\n".join(side for side in (before.strip("\n"), after.strip("\n")) if side) if found else content
            )
    return content


def _example(message: Message, chain: ChainOfThought, recipe: Recipe) -> Message:
    """An example's turn; its answer in the form that the rows' own answers have."""
    if message.role != "assistant" or asks_as_written(chain, recipe):
        return message
    return replace(message, content=part(chain, message.content).answer)
