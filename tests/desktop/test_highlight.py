"""Colours of prompts: variables strongly, doubtful braces softly, and only what changed is coloured again."""

from __future__ import annotations

import subprocess
import sys
import time

import pytest
from PySide6.QtGui import QFont, QTextCharFormat, QTextDocument
from PySide6.QtWidgets import QPlainTextDocumentLayout
from pytestqt.qtbot import QtBot

from workbench.desktop.highlight import TEXT_LIMIT, Language, PromptHighlighter, formats


def coloured(qtbot: QtBot, text: str, language: Language = "prompt") -> tuple[QTextDocument, PromptHighlighter]:
    document = QTextDocument()
    document.setDocumentLayout(QPlainTextDocumentLayout(document))
    document.setPlainText(text)
    highlighter = PromptHighlighter(document, language)
    qtbot.waitUntil(highlighter.is_ready)
    return document, highlighter


def stretches(document: QTextDocument, line: int = 0) -> dict[str, QTextCharFormat]:
    block = document.findBlockByNumber(line)
    raw = block.text().encode("utf-16-le", "surrogatepass")
    return {
        raw[2 * f.start : 2 * (f.start + f.length)].decode("utf-16-le"): QTextCharFormat(f.format)
        for f in block.layout().formats()
    }


def test_variables_stand_out_and_malformed_ones_are_marked(qtbot: QtBot) -> None:
    document, _ = coloured(qtbot, "Hi {{name}} and {{bad name}} and \\{{kept}} {single} {{open")
    found = stretches(document)
    assert found["{{name}}"].fontWeight() == QFont.Weight.Bold
    assert found["{{name}}"].background().color().alpha() > 0
    assert found["{{bad name}}"].underlineStyle() == QTextCharFormat.UnderlineStyle.DotLine
    assert found["{{"].underlineStyle() == QTextCharFormat.UnderlineStyle.DotLine
    assert found["\\{{kept}}"].underlineStyle() == QTextCharFormat.UnderlineStyle.NoUnderline
    assert "{single}" not in found


def test_markdown_and_tags(qtbot: QtBot) -> None:
    document, _ = coloured(qtbot, "# Title {{x}}\n**bold** `code`\n<rules a='1'>text</rules>")
    table = formats()
    assert stretches(document)["# Title "].foreground() == table["Generic.Heading"].foreground()
    assert stretches(document)["{{x}}"].foreground() == table["Name.Variable"].foreground()
    assert stretches(document, 1)["**bold**"].fontWeight() == QFont.Weight.Bold
    assert "`code`" in stretches(document, 1)
    assert {"<rules a='1'>", "</rules>"} <= set(stretches(document, 2))


def test_a_fence_reaches_over_lines_and_ends_when_it_is_closed(qtbot: QtBot) -> None:
    document, _ = coloured(qtbot, "```python\n# no heading\n```\n# heading")
    heading = formats()["Generic.Heading"].foreground()
    assert all(f.foreground() != heading for f in stretches(document, 1).values())
    assert stretches(document, 3)["# heading"].foreground() == heading


def test_places_are_right_behind_characters_beyond_the_first_plane(qtbot: QtBot) -> None:
    document, _ = coloured(qtbot, "\U0001f600\U0001f600 {{name}}")
    assert "{{name}}" in stretches(document)


def test_a_schema_has_the_colours_of_json(qtbot: QtBot) -> None:
    document, _ = coloured(qtbot, '{"type": 3, "a": true}', "json")
    assert {'"type"', "3", '"a"', "true"} <= set(stretches(document))


@pytest.mark.parametrize("line", ["x" * 1_000_000, "{" * 50_000, "*" * 50_000, "<a " * 20_000, "[" * 50_000])
def test_an_endless_line_costs_little(qtbot: QtBot, line: str) -> None:
    began = time.monotonic()
    coloured(qtbot, line)
    assert time.monotonic() - began < 5


def test_a_long_text_is_left_plain(qtbot: QtBot) -> None:
    document, _ = coloured(qtbot, "{{name}}\n" * (TEXT_LIMIT // 8))
    assert not stretches(document)


def test_pygments_is_not_imported_before_the_event_loop_runs() -> None:
    code = (
        "import sys; from PySide6.QtWidgets import QApplication; app = QApplication([]);"
        "from workbench.desktop.editor.text_edit import TextEdit; edit = TextEdit('x'); edit.set_text('{{a}}');"
        "assert 'pygments' not in sys.modules; edit.show(); app.processEvents();"
        "app.processEvents(); assert 'pygments' in sys.modules"
    )
    subprocess.run([sys.executable, "-c", code], check=True, timeout=60)
