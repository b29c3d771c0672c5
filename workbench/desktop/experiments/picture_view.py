"""A picture on the screen, and on its way into a file."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import QByteArray, QRectF, QSize, Qt, Signal
from PySide6.QtGui import QContextMenuEvent, QImage, QImageWriter, QPainter, QPaintEvent, QResizeEvent
from PySide6.QtWidgets import QMenu, QSizePolicy, QWidget

from workbench.core.pictures.palette import DARK, LIGHT, Palette
from workbench.core.pictures.svg import Picture
from workbench.desktop import theme
from workbench.desktop.computation import Computation
from workbench.desktop.results.controls import icon_button
from workbench.desktop.saving import ask_where
from workbench.errors import UserError
from workbench.interchange.whole_file import write_whole

if TYPE_CHECKING:
    from PySide6.QtSvg import QSvgRenderer

PIXELS = 2
"""Pixels of a saved PNG for each of the picture's own."""

_KINDS = {".png": "PNG picture", ".svg": "SVG picture"}


class PictureView(QWidget):
    """Shows a picture as wide as it is drawn, smaller where there is less room; saves it as PNG or SVG."""

    status = Signal(str)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._picture: Picture | None = None
        self._saved: Picture | None = None
        self._renderer: QSvgRenderer | None = None
        policy = QSizePolicy(QSizePolicy.Policy.Preferred, QSizePolicy.Policy.Preferred)
        policy.setHeightForWidth(True)
        self.setSizePolicy(policy)
        self.setMinimumWidth(320)
        self.save_button = icon_button("export", "Save this picture as PNG or SVG")
        self.save_button.setParent(self)
        self.save_button.clicked.connect(self.ask_where)
        self._saving = Computation(self)
        self._saving.finished.connect(self.status.emit)
        self.clear()

    def picture(self) -> Picture | None:
        """What is shown."""
        return self._picture

    def show_picture(self, picture: Picture, *, saved: Picture | None = None) -> None:
        """Show a picture; `saved` is how it looks in a file, on paper rather than in a dark window."""
        from PySide6.QtSvg import QSvgRenderer  # a library of its own that the first paint does not wait for

        self._picture, self._saved = picture, saved or picture
        self._renderer = QSvgRenderer(QByteArray(picture.svg.encode()))
        self.setAccessibleName(picture.title)
        self.setAccessibleDescription(picture.said)
        self.save_button.setAccessibleName(f"Save the picture: {picture.title}")
        self.save_button.show()
        self._place_button()
        self.updateGeometry()
        self.update()

    def clear(self) -> None:
        """Show nothing."""
        self._picture = self._saved = self._renderer = None
        self.setAccessibleName("Picture")
        self.setAccessibleDescription("")
        self.save_button.setAccessibleName("Save the picture")
        self.save_button.hide()
        self.updateGeometry()
        self.update()

    def ask_where(self) -> None:
        """Ask for a file and save the picture there."""
        if self._saved is None:
            return
        if (path := ask_where(self, "Save the picture", self._saved.name, _KINDS)) is not None:
            self.save(path)

    def save(self, path: Path) -> None:
        """Save the picture as what the file's name says; `status` tells how it went."""
        if (picture := self._saved) is not None:
            self._saving.start(lambda: _saved(picture, path))

    def _place_button(self) -> None:
        """Put it into the picture's upper right corner."""
        size = self.save_button.sizeHint()
        right = min(self.width(), round(self._picture.width)) if self._picture else self.width()
        self.save_button.setGeometry(right - size.width() - 4, 4, size.width(), size.height())

    # Qt

    def sizeHint(self) -> QSize:
        return QSize(round(self._picture.width), round(self._picture.height)) if self._picture else QSize(320, 0)

    def minimumSizeHint(self) -> QSize:
        return QSize(320, self.heightForWidth(320))

    def hasHeightForWidth(self) -> bool:
        return True

    def heightForWidth(self, width: int) -> int:
        if self._picture is None:
            return 0
        return round(self._picture.height * min(1.0, width / self._picture.width))

    def paintEvent(self, event: QPaintEvent) -> None:
        if self._picture is None or self._renderer is None:
            return
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        scale = min(1.0, self.width() / self._picture.width)
        self._renderer.render(painter, QRectF(0, 0, self._picture.width * scale, self._picture.height * scale))

    def resizeEvent(self, event: QResizeEvent) -> None:
        self._place_button()
        super().resizeEvent(event)

    def contextMenuEvent(self, event: QContextMenuEvent) -> None:
        if self._picture is not None:
            menu = QMenu(self)
            menu.addAction("Save picture…", self.ask_where)
            menu.exec(event.globalPos())


def shown_palette() -> Palette:
    """The colours of pictures on the screen now."""
    return DARK if theme.current() is theme.DARK else LIGHT


def png(picture: Picture) -> bytes:
    """The picture as PNG, at twice its size."""
    from PySide6.QtCore import QBuffer, QIODevice
    from PySide6.QtSvg import QSvgRenderer

    image = QImage(
        round(picture.width * PIXELS), round(picture.height * PIXELS), QImage.Format.Format_ARGB32_Premultiplied
    )
    image.fill(Qt.GlobalColor.transparent)
    painter = QPainter(image)
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    QSvgRenderer(QByteArray(picture.svg.encode())).render(painter)
    painter.end()
    buffer = QBuffer()
    buffer.open(QIODevice.OpenModeFlag.WriteOnly)
    QImageWriter(buffer, QByteArray(b"png")).write(image)
    return bytes(buffer.data().data())


def _saved(picture: Picture, path: Path) -> str:
    """Write the picture; how it went, as a sentence."""
    suffix = path.suffix.lower()
    if suffix not in _KINDS:
        return f"A picture is saved as .png or .svg, not as {path.suffix!r}."
    try:
        with write_whole(path) as file:
            file.write(png(picture) if suffix == ".png" else picture.svg.encode())
    except UserError as error:
        return str(error)
    return f"Saved {path}."
