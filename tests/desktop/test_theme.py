"""Both themes: contrast computed and seen in pixels, icons tinted, text sizes."""

from __future__ import annotations

from dataclasses import fields
from itertools import product

import pytest
from PySide6.QtCore import QSize
from PySide6.QtGui import QColor, QImage
from PySide6.QtWidgets import QApplication, QLabel, QPlainTextEdit
from pytestqt.qtbot import QtBot

from workbench.desktop import theme
from workbench.desktop.theme import DARK, LIGHT, Colors
from workbench.paths import resources

ENOUGH = 4.5
TEXTS = (
    "text",
    "muted",
    "accent",
    "good",
    "warning",
    "bad",
    *(f.name for f in fields(Colors) if "syntax" in f.name),
)
GROUNDS = ("window", "surface", "raised", "filler")
THEMES = {"light": LIGHT, "dark": DARK}


@pytest.mark.parametrize("name", THEMES)
def test_every_text_colour_is_readable_on_every_ground(name: str) -> None:
    colors = THEMES[name]
    faint = {
        (text, ground): round(worth, 2)
        for text, ground in product(TEXTS, GROUNDS)
        if (worth := theme.contrast(getattr(colors, text), getattr(colors, ground))) < ENOUGH
    }
    assert not faint


@pytest.mark.parametrize("name", THEMES)
@pytest.mark.parametrize("ground", ["selection", "added", "removed", "hover"])
def test_text_is_readable_on_marked_grounds(name: str, ground: str) -> None:
    assert theme.contrast(THEMES[name].text, getattr(THEMES[name], ground)) >= ENOUGH


@pytest.mark.parametrize("name", THEMES)
def test_the_accent_carries_its_text(name: str) -> None:
    assert theme.contrast(THEMES[name].accent_text, THEMES[name].accent) >= ENOUGH


def test_contrast_is_the_one_of_wcag() -> None:
    assert theme.contrast("#000000", "#ffffff") == pytest.approx(21)
    assert theme.contrast("#777777", "#ffffff") == pytest.approx(4.48, abs=0.01)


@pytest.mark.parametrize("name", THEMES)
def test_pixels_have_the_colours_of_the_theme(qtbot: QtBot, qapp: QApplication, name: str) -> None:
    theme.apply(qapp, name)  # type: ignore[arg-type]
    label = QLabel("████")
    qtbot.addWidget(label)
    label.resize(120, 40)
    shown = label.grab().toImage()
    assert _has(shown, THEMES[name].text)
    assert _corner(shown) == THEMES[name].window
    assert theme.current() is THEMES[name]


def test_an_icon_follows_the_theme_without_being_renewed(qapp: QApplication) -> None:
    icon = theme.icon("stop")
    for name, colors in THEMES.items():
        theme.apply(qapp, name)  # type: ignore[arg-type]
        assert _has(icon.pixmap(QSize(64, 64)).toImage(), colors.muted)


@pytest.mark.parametrize("path", sorted((resources() / "icons").glob("*.svg")), ids=lambda path: path.stem)
def test_every_icon_is_a_line_icon_of_the_set(path: object) -> None:
    text = path.read_text()  # type: ignore[attr-defined]
    assert 'viewBox="0 0 16 16"' in text
    assert 'stroke="currentColor" stroke-width="1.5"' in text


@pytest.mark.parametrize("name", THEMES)
def test_the_drawings_of_the_style_sheet_have_the_colour_of_the_theme(name: str) -> None:
    for path in (resources() / "themes" / name).glob("*.svg"):
        wanted = THEMES[name].accent_text if path.stem == "check" else THEMES[name].muted
        assert wanted in path.read_text(), path.name


def test_a_text_size_reaches_widgets_that_exist(qtbot: QtBot) -> None:
    text, label = QPlainTextEdit(), QLabel("chrome")
    for widget in (text, label):
        qtbot.addWidget(widget)
    text.setFont(theme.text_font())
    before = label.font().pointSize()
    try:
        assert theme.set_text_size(17) == 17
        assert text.font().pointSize() == 17
        assert label.font().pointSize() == before
        assert theme.set_text_size(1_000) == theme.TEXT_SIZES[-1]
    finally:
        theme.set_text_size(theme.DEFAULT_TEXT_SIZE)


def _corner(image: QImage) -> str:
    return image.pixelColor(2, 2).name()


def _has(image: QImage, color: str) -> bool:
    wanted = QColor(color)
    pixels = ((x, y) for x in range(image.width()) for y in range(image.height()))
    return any(_near(image.pixelColor(x, y), wanted) for x, y in pixels)


def _near(one: QColor, other: QColor) -> bool:
    apart = (one.red() - other.red(), one.green() - other.green(), one.blue() - other.blue())
    return one.alpha() > 250 and max(map(abs, apart)) <= 6
