"""The order of turns that every chat trainer expects, checked on rows and pairs alike."""

from __future__ import annotations

from workbench.core.completion import Message
from workbench.training.row import Pair, Row


def turn_fault(item: Row | Pair) -> str | None:
    """Why the turns of a row would be refused by a trainer; None when they are in order.

    A system message only in first place, then user and assistant in turn, the user last; answers by the
    assistant; no turn empty.
    """
    turns = item.input[1:] if item.input and item.input[0].role == "system" else item.input
    if not turns or turns[-1].role != "user":
        return "The last turn before the answer is not the user's."
    for index, message in enumerate(turns):
        wanted = "user" if index % 2 == 0 else "assistant"
        if message.role != wanted:
            return f"Turn {index + 1} is by the {message.role} and should be by the {wanted}: check the examples."
    if any(message.role != "assistant" for message in item.answers):
        return "The answer is not by the assistant."
    return _empty_fault((*item.input, *item.answers))


def _empty_fault(messages: tuple[Message, ...]) -> str | None:
    empty = next((message.role for message in messages if not message.content.strip()), None)
    return f"A turn by the {empty} is empty." if empty else None
