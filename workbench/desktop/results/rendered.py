"""An answer as rich text, without anything in it that could load, run or follow by itself."""

from __future__ import annotations

from typing import Any

from PySide6.QtCore import Qt, QUrl
from PySide6.QtGui import QDesktopServices, QFontInfo, QImage, QTextDocument
from PySide6.QtWidgets import QFrame, QMessageBox, QTextBrowser, QWidget

from workbench.desktop import theme
from workbench.desktop.results.markdown import is_web_link


class MarkdownView(QTextBrowser):
    """Shows HTML made by `markdown.safe_html`; loads nothing, and asks before it opens a link."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setOpenLinks(False)
        self.setOpenExternalLinks(False)
        self.setFrameShape(QFrame.Shape.NoFrame)
        self.setTabChangesFocus(True)
        self.setAccessibleName("Answer as Markdown")
        self.anchorClicked.connect(self._ask_to_open)

    def show_html(self, html: str) -> None:
        """Show an answer from its top."""
        self.document().setDefaultStyleSheet(_sheet())
        self.setHtml(html)

    def loadResource(self, kind: int, name: QUrl | str) -> Any:
        """A transparent pixel for every picture: returning nothing makes Qt load the file itself."""
        if kind == QTextDocument.ResourceType.ImageResource.value:
            pixel = QImage(1, 1, QImage.Format.Format_ARGB32)
            pixel.fill(Qt.GlobalColor.transparent)
            return pixel
        return b""

    def _ask_to_open(self, address: QUrl) -> None:
        text = address.toString()
        if not is_web_link(text):
            return
        box = QMessageBox(self)
        box.setTextFormat(Qt.TextFormat.PlainText)
        box.setWindowTitle("Open link")
        box.setText("The model's answer links to this address. Open it in the browser?")
        box.setInformativeText(text[:500])
        opens = box.addButton("Open", QMessageBox.ButtonRole.AcceptRole)
        box.addButton(QMessageBox.StandardButton.Cancel)
        box.setDefaultButton(QMessageBox.StandardButton.Cancel)
        box.exec()
        if box.clickedButton() is opens:
            QDesktopServices.openUrl(address)


def _sheet() -> str:
    colors, mono = theme.current(), QFontInfo(theme.text_font()).family()
    return (
        f"a {{ color: {colors.accent}; }} code, pre {{ font-family: '{mono}'; }} "
        f"pre {{ background-color: {colors.raised}; margin: 8px; }} "
        f"table {{ border-collapse: collapse; margin: 8px 0; }} "
        f"th, td {{ border: 1px solid {colors.border}; padding: 2px 8px; }} "
        f"h1 {{ font-size: large; }} h2, h3 {{ font-size: medium; }}"
    )
