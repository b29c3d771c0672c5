"""Model output becomes rich text that cannot load, run or hide anything."""

from __future__ import annotations

import re
import time
from pathlib import Path

import pytest
from PySide6.QtCore import Qt, QTimer, QUrl
from PySide6.QtGui import QColor, QDesktopServices, QImage
from PySide6.QtWidgets import QApplication, QMessageBox
from pytestqt.qtbot import QtBot

from workbench.desktop.results.markdown import TooLong, is_web_link, safe_html
from workbench.desktop.results.rendered import MarkdownView


def test_ordinary_markdown_is_rendered() -> None:
    html = safe_html("# Title\n\n**bold** `code`\n\n- one\n\n| a | b |\n|---|--:|\n| 1 | 2 |\n")
    for tag in ("<h1>", "<strong>", "<code>", "<li>", "<table>", 'align="right"'):
        assert tag in html


@pytest.mark.parametrize(
    "source",
    [
        "![secret](file:///etc/passwd)",
        "![p](data:image/png;base64,iVBORw0KGgo=)",
        "![w](https://example.com/p.png)",
        "<img src='file:///etc/passwd'>",
        "a <b onclick='x'>raw</b>",
        "<script>alert(1)</script>",
        "<div style='background:url(file:///x)'>x</div>",
        "[![i](https://e.com/i.png)](https://e.com)",
        '[a](https://e.com "<img src=x>")',
    ],
)
def test_no_image_and_no_html_of_the_source_comes_through(source: str) -> None:
    tags = set(re.findall(r"<\s*/?\s*([a-zA-Z0-9]+)", safe_html(source)))
    assert tags <= {"p", "a", "br"}


@pytest.mark.parametrize("address", ["javascript:x()", "file:///etc/passwd", "data:text/html,x", "ftp://a"])
def test_only_web_links_stay_links(address: str) -> None:
    assert "<a" not in safe_html(f"[a]({address})")
    assert not is_web_link(address)
    assert '<a href="https://example.com/x">' in safe_html("[a](https://example.com/x)")


@pytest.mark.parametrize("text", ["[" * 50_000, "x" * 200_000, "*" * 1_000 + "a"])
def test_texts_that_would_freeze_a_parser_are_refused(text: str) -> None:
    with pytest.raises(TooLong):
        safe_html(text)


def test_nothing_that_is_rendered_takes_long() -> None:
    began = time.monotonic()
    for text in ("![a" * 30_000, "[a](" * 20_000, "> " * 40_000, "|a|b|\n|---|---|\n" + "|a|b|\n" * 9_000):
        safe_html(text)
    assert time.monotonic() - began < 20


def test_an_unbroken_line_can_be_wrapped() -> None:
    assert all(len(run) <= 210 for run in re.split(r"[\s\u200b]", safe_html("x" * 90_000).strip("<p>/\n")))


def test_no_picture_of_the_disk_is_painted_whatever_html_says(qtbot: QtBot, tmp_path: Path) -> None:
    """Even when an image tag slipped through, the view has to paint nothing of it."""
    red = QImage(200, 200, QImage.Format.Format_RGB32)
    red.fill(QColor("#ff0000"))
    assert red.save(str(tmp_path / "red.png"))
    address = QUrl.fromLocalFile(str(tmp_path / "red.png")).toString()
    view = MarkdownView()
    qtbot.addWidget(view)
    view.resize(400, 400)
    view.show_html(f"<p>before</p><img src='{address}' width='200' height='200'><p>after</p>")
    view.show()
    qtbot.waitExposed(view)
    shot = view.grab().toImage()
    colors = {shot.pixelColor(x, y).name() for x in range(0, 400, 5) for y in range(0, 400, 5)}
    assert "#ff0000" not in colors


def test_a_link_is_opened_only_after_a_yes(qtbot: QtBot, monkeypatch: pytest.MonkeyPatch) -> None:
    opened: list[str] = []
    monkeypatch.setattr(QDesktopServices, "openUrl", lambda url: opened.append(url.toString()))
    view = MarkdownView()
    qtbot.addWidget(view)

    def click(role: QMessageBox.ButtonRole) -> None:
        box = QApplication.activeModalWidget()
        assert isinstance(box, QMessageBox)
        assert box.textFormat() == Qt.TextFormat.PlainText
        next(button for button in box.buttons() if box.buttonRole(button) == role).click()

    for role, expected in ((QMessageBox.ButtonRole.RejectRole, []), (QMessageBox.ButtonRole.AcceptRole, ["x"])):
        QTimer.singleShot(0, lambda role=role: click(role))
        view.anchorClicked.emit(QUrl("https://example.com/a"))
        assert len(opened) == len(expected)
    view.anchorClicked.emit(QUrl("file:///etc/passwd"))
    assert opened == ["https://example.com/a"]
