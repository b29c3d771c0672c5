"""Highlighting of prompts and schemas: pygments' tokens in Qt's formats, one line at a time.

pygments is imported when the first line is coloured after the window was painted, not before. Qt calls for the
lines that changed and goes on while the state at a line's end changes; the states are the lexer's own stacks.
Long lines are coloured up to `LINE_LIMIT`, and texts beyond `TEXT_LIMIT` not at all: typing comes first.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Literal

from PySide6.QtCore import QTimer
from PySide6.QtGui import QColor, QFont, QSyntaxHighlighter, QTextCharFormat, QTextDocument

from workbench.desktop import theme
from workbench.desktop.plain_text import LINE_LIMIT, units

if TYPE_CHECKING:
    from workbench.desktop.prompt_lexer import Stack, Token

Language = Literal["prompt", "json"]

TEXT_LIMIT = 300_000
"""Characters of a text that is still coloured; beyond it, colouring would be felt."""


class PromptHighlighter(QSyntaxHighlighter):
    """Colours one document: a prompt's text, or JSON."""

    def __init__(self, document: QTextDocument, language: Language = "prompt") -> None:
        super().__init__(document)
        self._language = language
        self._lex: Callable[[str, Stack], tuple[list[Token], Stack]] | None = None
        self._stacks: list[Stack] = []
        self._formats: dict[str, QTextCharFormat] = {}
        QTimer.singleShot(0, self, self._load)

    def _load(self) -> None:
        """After the first turn of the event loop, which paints: fetch the lexer and colour what is there."""
        from workbench.desktop import prompt_lexer

        self._lex = prompt_lexer.lex_prompt if self._language == "prompt" else prompt_lexer.lex_json
        self._stacks = [prompt_lexer.START]
        self.recolor()

    def is_ready(self) -> bool:
        """Whether the lexer is there and the text is coloured."""
        return self._lex is not None

    def recolor(self) -> None:
        """Colour everything again, as after a change of the theme."""
        self._formats = formats()
        if self._lex is not None:
            self.rehighlight()

    def highlightBlock(self, line: str) -> None:
        """Colour one line; Qt calls this for the lines that need it."""
        if self._lex is None or self.document().characterCount() > TEXT_LIMIT:
            return
        before = self.previousBlockState()
        stack = self._stacks[before] if 0 <= before < len(self._stacks) else self._stacks[0]
        tokens, stack = self._lex(line[:LINE_LIMIT], stack)
        self.setCurrentBlockState(self._state(stack))
        plain = line.isascii()
        for start, kind, text in tokens:
            if (format_ := self._format(kind)) is not None:
                self.setFormat(start if plain else units(line[:start]), units(text), format_)

    def _state(self, stack: Stack) -> int:
        """A number for a lexer's stack; equal stacks have the same one."""
        if stack not in self._stacks:
            self._stacks.append(stack)
        return self._stacks.index(stack)

    def _format(self, kind: object) -> QTextCharFormat | None:
        """The format of a token type, or of the nearest type above it that has one."""
        name = str(kind).removeprefix("Token.")
        while name and name not in self._formats:
            name = name.rpartition(".")[0]
        return self._formats.get(name)


def formats() -> dict[str, QTextCharFormat]:
    """How each of pygments' token types looks in the theme of now."""
    colors = theme.current()
    bold = QFont.Weight.Bold
    made = {
        "Name.Tag": _format(colors.syntax_keyword),
        "Keyword": _format(colors.syntax_keyword),
        "Literal.String": _format(colors.syntax_string),
        "Literal.String.Escape": _format(colors.syntax_comment),
        "Literal.Number": _format(colors.syntax_number),
        "Comment": _format(colors.syntax_comment),
        "Generic.Heading": _format(colors.syntax_heading, weight=bold),
        "Generic.Strong": _format(colors.text, weight=bold),
        "Name.Variable": _format(colors.syntax_variable, weight=bold),
        "Error": _format(colors.warning),
    }
    tint = QColor(colors.syntax_variable)
    tint.setAlpha(34)
    made["Name.Variable"].setBackground(tint)
    # Not a mistake, perhaps not meant either: braces that are sent as they stand.
    made["Error"].setUnderlineStyle(QTextCharFormat.UnderlineStyle.DotLine)
    return made


def _format(color: str, *, weight: QFont.Weight | None = None) -> QTextCharFormat:
    format_ = QTextCharFormat()
    format_.setForeground(QColor(color))
    if weight is not None:
        format_.setFontWeight(weight)
    return format_
