"""From text to the tokens that a model reads."""

from __future__ import annotations

import llama_cpp


def tokens_of(vocabulary: int, text: str, *, begins: bool) -> list[int]:
    """The tokens of a text in a native vocabulary; special tokens written in it count as such.

    A text that begins a sequence gets the model's BOS before it, unless its template has written one.
    """
    data = _valid_unicode(text).encode("utf-8")
    room = len(data) + 8
    buffer = (llama_cpp.llama_token * room)()
    count = llama_cpp.llama_tokenize(vocabulary, data, len(data), buffer, room, False, True)
    found = buffer[: max(0, count)]
    bos = llama_cpp.llama_vocab_bos(vocabulary)
    if begins and llama_cpp.llama_vocab_get_add_bos(vocabulary) and found[:1] != [bos]:
        return [bos, *found]
    return list(found)


def _valid_unicode(text: str) -> str:
    """The text with every lone surrogate replaced: llama.cpp's tokenizer throws at invalid UTF-8."""
    return text.encode("utf-16", "surrogatepass").decode("utf-16", "replace")
