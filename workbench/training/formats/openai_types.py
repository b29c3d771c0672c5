"""Messages checked with the types of the openai package: what its users' trainers are written against.

The import costs half a second, so it happens when the first export starts, not before.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any


def message_check() -> Callable[[list[dict[str, Any]]], str | None]:
    """A function that says what is wrong with a list of messages, or None."""
    from openai.types.chat import ChatCompletionMessageParam
    from pydantic import TypeAdapter, ValidationError

    adapter: TypeAdapter[Any] = TypeAdapter(list[ChatCompletionMessageParam])

    def fault(messages: list[dict[str, Any]]) -> str | None:
        try:
            adapter.validate_python(messages)
        except ValidationError as error:
            first = error.errors(include_input=False, include_url=False)[0]
            place = ".".join(map(str, first["loc"]))
            return f"The messages are not what OpenAI's types allow: {place}: {first['msg']}."
        return None

    return fault
