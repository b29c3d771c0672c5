"""Messages as text, with the sections they came from named beside them.

The names stand in a margin of their own: the text itself is what is sent, character by character.
"""

from __future__ import annotations

from dataclasses import dataclass

from PySide6.QtCore import QEvent, QRect, QRectF, Qt
from PySide6.QtGui import (
    QColor,
    QFont,
    QPainter,
    QPaintEvent,
    QResizeEvent,
    QTextBlockFormat,
    QTextCharFormat,
    QTextCursor,
)
from PySide6.QtWidgets import QPlainTextEdit, QWidget

from workbench.core.completion import Message
from workbench.core.prompt import SECTION_TITLES, VARIABLE, Section
from workbench.core.rendering import Rendered, Span
from workbench.desktop import theme
from workbench.desktop.editor.section import count_text
from workbench.desktop.editor.tint import section_color
from workbench.desktop.plain_text import LineBreaker, shown

MARGIN = 36 * theme.UNIT


@dataclass(frozen=True, slots=True)
class _Note:
    """What stands in the margin beside some lines."""

    section: Section
    title: str
    count: str
    first: int
    last: int
    """Numbers of the first and last line."""


class MessageText(QPlainTextEdit):
    """Rendered messages, read-only."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setReadOnly(True)
        self.setUndoRedoEnabled(False)
        self.setTabChangesFocus(True)
        self.setFrameShape(QPlainTextEdit.Shape.NoFrame)
        self.setFont(theme.text_font())
        self.setAccessibleName("Messages as sent")
        self._notes: list[_Note] = []
        self._margin = _Margin(self)
        self.updateRequest.connect(lambda *_: self._margin.update())
        self.setViewportMargins(MARGIN, 0, 0, 0)

    def show_messages(
        self, rendered: Rendered, counts: dict[Span, str], *, missing: frozenset[str] = frozenset()
    ) -> None:
        """Show messages; variables that are missing are marked where they stand."""
        scrolled = self.verticalScrollBar().value()
        self.clear()
        self._notes = []
        cursor = QTextCursor(self.document())
        cursor.beginEditBlock()
        for index, message in enumerate(rendered.messages):
            self._write_role(cursor, message, first=index == 0)
            self._write_content(cursor, message.content, [s for s in rendered.spans if s.message == index], counts)
        cursor.endEditBlock()
        self._mark(missing)
        self.verticalScrollBar().setValue(scrolled)

    def show_string(self, text: str) -> None:
        """Show one text as it is."""
        self._notes = []
        self.setPlainText(LineBreaker().take(shown(text)))

    def _write_role(self, cursor: QTextCursor, message: Message, *, first: bool) -> None:
        format_ = QTextCharFormat()
        format_.setForeground(QColor(theme.current().muted))
        format_.setFontWeight(QFont.Weight.Bold)
        line = QTextBlockFormat()
        line.setBackground(QColor(theme.current().filler))
        if not first:
            cursor.insertBlock(QTextBlockFormat())
            cursor.insertBlock()
        cursor.setBlockFormat(line)
        cursor.insertText(message.role, format_)
        cursor.insertBlock(QTextBlockFormat(), QTextCharFormat())

    def _write_content(
        self, cursor: QTextCursor, content: str, spans: list[Span], counts: dict[Span, str]
    ) -> None:
        breaker, at = LineBreaker(), 0
        for span in spans:
            cursor.insertText(breaker.take(shown(content[at : span.start])), QTextCharFormat())
            first = cursor.blockNumber()
            tint = section_color(span.section)
            tint.setAlpha(20)
            format_ = QTextCharFormat()
            format_.setBackground(tint)
            cursor.insertText(breaker.take(shown(content[span.start : span.end])), format_)
            note = _Note(span.section, _title(span), counts.get(span, ""), first, cursor.blockNumber())
            self._notes.append(note)
            at = span.end
        cursor.insertText(breaker.take(shown(content[at:])), QTextCharFormat())

    def _mark(self, missing: frozenset[str]) -> None:
        if not missing:
            return
        format_ = QTextCharFormat()
        format_.setForeground(QColor(theme.current().warning))
        format_.setFontWeight(QFont.Weight.Bold)
        format_.setUnderlineStyle(QTextCharFormat.UnderlineStyle.DashUnderline)
        cursor = QTextCursor(self.document())
        for match in VARIABLE.finditer(self.toPlainText()):
            if match.group(1) in missing:
                cursor.setPosition(match.start())
                cursor.setPosition(match.end(), QTextCursor.MoveMode.KeepAnchor)
                cursor.mergeCharFormat(format_)

    # --- the margin

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        inside = self.contentsRect()
        self._margin.setGeometry(QRect(inside.left(), inside.top(), MARGIN, inside.height()))

    def changeEvent(self, event: QEvent) -> None:
        super().changeEvent(event)
        if event.type() == QEvent.Type.PaletteChange:
            self._margin.update()

    def paint_margin(self, painter: QPainter) -> None:
        """Draw the notes beside the lines that are seen."""
        painter.fillRect(self._margin.rect(), QColor(theme.current().surface))
        top_line, height = self.firstVisibleBlock().blockNumber(), self.viewport().height()
        for note in self._notes:
            if note.last < top_line:
                continue
            top, bottom = self._line(note.first).top(), self._line(note.last).bottom()
            if top > height:
                break
            self._paint_note(painter, note, top, bottom)

    def _line(self, number: int) -> QRectF:
        block = self.document().findBlockByNumber(number)
        return self.blockBoundingGeometry(block).translated(self.contentOffset())

    def _paint_note(self, painter: QPainter, note: _Note, top: float, bottom: float) -> None:
        painter.fillRect(QRectF(MARGIN - 7, top + 1, 3, bottom - top - 2), section_color(note.section))
        line = painter.fontMetrics().lineSpacing()
        # The name stays in view while any of its lines is.
        top = min(max(top, 0), max(bottom - line, top))
        right = Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignTop
        painter.setPen(QColor(theme.current().text))
        on_one = bottom - top < 2 * line and note.count
        title = f"{note.title} · {note.count}" if on_one else note.title
        painter.drawText(QRectF(4, top + 1, MARGIN - 16, line), right, title)
        if not on_one:
            painter.setPen(QColor(theme.current().muted))
            painter.drawText(QRectF(4, top + 1 + line, MARGIN - 16, line), right, note.count)


class _Margin(QWidget):
    """Where the notes are drawn."""

    def __init__(self, text: MessageText) -> None:
        super().__init__(text)
        self._text = text

    def paintEvent(self, event: QPaintEvent) -> None:
        self._text.paint_margin(QPainter(self))


def _title(span: Span) -> str:
    title = SECTION_TITLES[span.section]
    return title if span.example is None else f"{title} {span.example + 1}"


def span_counts(
    rendered: Rendered, per_section: dict[Section, int], per_example: tuple[int, ...], *, exact: bool
) -> dict[Span, str]:
    """The words of the margin's numbers: of a section once, of an example at its first turn."""
    counts: dict[Span, str] = {}
    seen: set[tuple[Section, int | None]] = set()
    for span in rendered.spans:
        if (span.section, span.example) in seen:
            continue
        seen.add((span.section, span.example))
        if span.example is None:
            tokens = per_section.get(span.section)
        else:
            tokens = per_example[span.example] if span.example < len(per_example) else None
        counts[span] = count_text(tokens, exact=exact)
    return counts
