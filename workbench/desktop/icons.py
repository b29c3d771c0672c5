"""Line icons: SVG files drawn on a 16 px grid with 1.5 px strokes, tinted when they are painted.

The engine looks its colours up each time, so an icon follows the theme without being renewed.
"""

from __future__ import annotations

from functools import lru_cache

from PySide6.QtCore import QByteArray, QRect, QRectF, QSize, Qt
from PySide6.QtGui import QGuiApplication, QIcon, QIconEngine, QPainter, QPalette, QPixmap
from PySide6.QtWidgets import QApplication, QWidget

from workbench.paths import resources

SIZE = 16
_WAITING = "iconsWaiting"  # a property of the application, so that no module holds state


def wait(app: QApplication) -> None:
    """Leave icons out, with their places kept: drawing the first one loads a library of its own."""
    app.setProperty(_WAITING, True)


def come(app: QApplication) -> None:
    """Draw them from now on."""
    app.setProperty(_WAITING, False)
    for window in app.topLevelWidgets():
        for widget in (window, *window.findChildren(QWidget)):
            widget.update()


class TintedIcon(QIconEngine):
    """One icon in the colour of the text that stands beside it."""

    def __init__(self, name: str) -> None:
        super().__init__()
        self._name = name

    def paint(self, painter: QPainter, rect: QRect, mode: QIcon.Mode, state: QIcon.State) -> None:
        app = QApplication.instance()
        if app is not None and app.property(_WAITING):
            return
        from PySide6.QtSvg import QSvgRenderer

        drawing = _drawing(self._name).replace("currentColor", _color(mode, self._name))
        renderer = QSvgRenderer(QByteArray(drawing.encode()))
        side = min(rect.width(), rect.height())
        place = QRectF(rect.x() + (rect.width() - side) / 2, rect.y() + (rect.height() - side) / 2, side, side)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        renderer.render(painter, place)

    def pixmap(self, size: QSize, mode: QIcon.Mode, state: QIcon.State) -> QPixmap:
        pixmap = QPixmap(size)
        pixmap.fill(Qt.GlobalColor.transparent)
        painter = QPainter(pixmap)
        self.paint(painter, QRect(0, 0, size.width(), size.height()), mode, state)
        painter.end()
        return pixmap

    def clone(self) -> QIconEngine:
        return TintedIcon(self._name)

    def isNull(self) -> bool:
        return False


def _color(mode: QIcon.Mode, name: str) -> str:
    palette = QGuiApplication.palette()
    if mode == QIcon.Mode.Disabled:
        return palette.color(QPalette.ColorGroup.Disabled, QPalette.ColorRole.ButtonText).name()
    if name.endswith("-on-accent"):
        accent = palette.color(QPalette.ColorRole.Accent)
        return "#ffffff" if accent.lightness() < 150 else "#0f141d"
    return palette.color(QPalette.ColorRole.PlaceholderText).name()


@lru_cache(maxsize=128)
def _drawing(name: str) -> str:
    return (resources() / "icons" / f"{name.removesuffix('-on-accent')}.svg").read_text(encoding="utf-8")
