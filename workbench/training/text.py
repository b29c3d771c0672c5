"""When two texts are one to a trainer, and which texts no trainer takes."""

from __future__ import annotations

import hashlib

from workbench.core.completion import Message
from workbench.training.secret import find_secret


def input_key(messages: tuple[Message, ...]) -> bytes:
    """Equal for inputs that say the same: roles and words count, the amount of white space does not."""
    digest = hashlib.sha256()
    for message in messages:
        words = " ".join(message.content.split())
        # The length before the text: no content can imitate the border between two messages.
        digest.update(f"{message.role} {len(words)} {words}".encode("utf-8", "surrogatepass"))
    return digest.digest()


def same_text(answer: Message) -> tuple[str, str]:
    """Equal for answers that teach the same; inner white space counts, it is part of the form."""
    return answer.reasoning.strip(), answer.content.strip()


def text_fault(text: str) -> str | None:
    """Why a text cannot be part of a training file; None when it can."""
    if not _is_unicode(text):
        return "It holds half a character (a lone surrogate), which no trainer can load."
    if secret := find_secret(text):
        return f"It holds what looks like {secret}. Remove it from the prompt or the answer."
    return None


def _is_unicode(text: str) -> bool:
    try:
        text.encode()
    except UnicodeEncodeError:
        return False
    return True
