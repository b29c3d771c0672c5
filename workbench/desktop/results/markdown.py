"""Model output as harmless rich text.

Qt paints `file:` and `data:` images and follows links of any scheme, so Markdown becomes HTML from filtered
tokens only: HTML in the source is shown as text, an image becomes its description, and a link stays one only
when it leads to http or https. Unbroken lines are split: Qt lays out one of a megabyte for a minute.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from functools import lru_cache
from urllib.parse import urlsplit

from markdown_it import MarkdownIt
from markdown_it.token import Token

LIMIT = 100_000
"""Longer texts are shown as plain text: parsing them would take seconds."""

_UNBROKEN = re.compile(r"[^\s]{200}(?=[^\s])")
_BRACKETS = re.compile(r"([\[\]*_~`<>!])\1{99,}")
"""Runs that no writer means and that make every Markdown parser slow."""

_BREAK_EVERY = 2_000


class TooLong(Exception):
    """The text is not worth rendering; show it as it is."""


def safe_html(text: str) -> str:
    """HTML of Qt's subset for a Markdown text: no images, no HTML of the source, no links but http and https.

    Raises TooLong.
    """
    if len(text) > LIMIT or _BRACKETS.search(text):
        raise TooLong
    parser = _parser()
    tokens = list(_filtered(parser.parse(text.replace("\x00", "\ufffd"))))
    return str(parser.renderer.render(tokens, parser.options, {}))


@lru_cache(maxsize=1)
def _parser() -> MarkdownIt:
    return MarkdownIt("commonmark", {"html": False}).enable(["table", "strikethrough"])


def _filtered(tokens: Iterable[Token]) -> Iterator[Token]:
    for token in tokens:
        match token.type:
            case "inline":
                token.children = list(_inline(token.children or []))
            case "fence" | "code_block":
                token.content = _split_lines(token.content)
                token.info = ""
            case "th_open" | "td_open" if token.attrs:
                # Qt takes the alignment from an attribute; a style would replace the border.
                token.attrs = {"align": str(token.attrs.get("style", "")).removeprefix("text-align:")}
            case "html_block":
                token.type, token.tag = "code_block", ""
        yield token


def _inline(tokens: list[Token]) -> Iterator[Token]:
    dropped: list[bool] = []
    for token in tokens:
        match token.type:
            case "image":
                yield _text(f"[image: {token.content or 'without description'}]")
            case "link_open":
                dropped.append(not is_web_link(str(token.attrGet("href") or "")))
                if not dropped[-1]:
                    yield token
            case "link_close":
                if not dropped.pop():
                    yield token
            case "text" | "code_inline" | "html_inline":
                token.type = "text" if token.type == "html_inline" else token.type
                token.content = _UNBROKEN.sub(lambda found: found.group() + "\u200b", token.content)
                yield from _broken(token)
            case _:
                yield token


def _broken(token: Token) -> Iterator[Token]:
    """A very long stretch in several lines; an ordinary one as it is."""
    content = token.content
    if token.type != "text" or len(content) <= _BREAK_EVERY * 4:
        yield token
        return
    for start in range(0, len(content), _BREAK_EVERY):
        yield _text(content[start : start + _BREAK_EVERY])
        yield Token("hardbreak", "br", 0)


def _text(content: str) -> Token:
    return Token("text", "", 0, content=content)


def _split_lines(code: str) -> str:
    return re.sub(rf"([^\n]{{{_BREAK_EVERY}}})(?=[^\n])", r"\1\n", code)


def is_web_link(address: str) -> bool:
    """Whether an address leads to http or https, with a host."""
    try:
        parts = urlsplit(address)
    except ValueError:
        return False
    return parts.scheme in ("http", "https") and bool(parts.hostname)
