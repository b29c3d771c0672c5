"""A pygments lexer for prompts, which can go on at any line from the state in which the line before ended.

Importing it costs the import of pygments, so only the highlighter does, after the first paint.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, ClassVar

from pygments.lexer import ExtendedRegexLexer, LexerContext, bygroups
from pygments.lexers.data import JsonLexer
from pygments.token import Comment, Error, Generic, Keyword, Name, String, Text, _TokenType

Stack = tuple[str, ...]
START: Stack = ("root",)

_VARIABLE = r"(?<!\\)\{\{\s*[A-Za-z_][A-Za-z0-9_.\-]*\s*\}\}"
_BRACES = [
    (r"\\\{\{[^{}\n]*\}\}", String.Escape),
    (_VARIABLE, Name.Variable),
    (r"\{\{[^{}\n]*\}\}?|\{\{(?=[^{]|$)", Error),
]


class PromptLexer(ExtendedRegexLexer):
    """Markdown, tags and {{variables}}, as far as they help to read a prompt."""

    name = "Prompt"
    tokens: ClassVar[dict[str, list[object]]] = {
        "root": [
            *_BRACES,
            (r"^\s{0,3}#{1,6}(?=\s).*?(?=\{\{|$)", Generic.Heading),
            (r"^\s*(```|~~~).*$", String.Backtick, "fence"),
            (r"^(\s*)([-*+]|\d{1,3}[.)])(?=\s)", bygroups(Text, Keyword)),  # type: ignore[no-untyped-call]
            (r"^\s*>(?=\s)", Keyword),
            (r"<!--", Comment, "comment"),
            (r"</?[A-Za-z_][\w.:-]*(?:\s[^<>\n]*)?/?>", Name.Tag),
            (r"\*\*(?=\S)[^*{\n]+?(?<=\S)\*\*|__(?=\S)[^_{\n]+?(?<=\S)__", Generic.Strong),
            (r"`[^`\n]+`", String.Backtick),
            (r"[^\\{<`*_\n]+|.", Text),
            (r"\n", Text),
        ],
        "fence": [
            *_BRACES,
            (r"^\s*(```|~~~)\s*$", String.Backtick, "#pop"),
            (r"[^{\\\n]+|.", String),
            (r"\n", Text),
        ],
        "comment": [
            *_BRACES,
            (r"-->", Comment, "#pop"),
            (r"[^-{\\\n]+|.", Comment),
            (r"\n", Text),
        ],
    }


_LEX: Any = PromptLexer().get_tokens_unprocessed
_LEX_JSON: Any = JsonLexer().get_tokens_unprocessed

Token = tuple[int, _TokenType, str]


def lex_prompt(line: str, stack: Stack) -> tuple[list[Token], Stack]:
    """The tokens of one line, and the state in which the next line starts."""
    context = LexerContext(line, 0, stack=list(stack))
    lexed: Iterator[Token] = _LEX(context=context)
    return [token for token in lexed if token[2]], tuple(context.stack)


def lex_json(line: str, stack: Stack) -> tuple[list[Token], Stack]:
    """The same for JSON, whose tokens never span lines."""
    return list(_LEX_JSON(line)), stack
