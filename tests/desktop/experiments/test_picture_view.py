"""Pictures on the screen: legible in both themes, laid out with room for what Qt really draws."""

from __future__ import annotations

import pytest
from PySide6.QtGui import QColor, QFont, QFontMetricsF, QImage
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from workbench.core.pictures import letters
from workbench.core.pictures.palette import DARK, LIGHT, Palette
from workbench.core.pictures.rates import Row, rates
from workbench.core.pictures.svg import FAMILY
from workbench.core.statistics import pass_rate
from workbench.desktop import theme
from workbench.desktop.experiments.picture_view import PictureView, png


@pytest.mark.parametrize(("palette", "colors"), [(LIGHT, theme.LIGHT), (DARK, theme.DARK)])
def test_every_colour_of_a_text_is_read_on_the_surface(palette: Palette, colors: theme.Colors) -> None:
    for color in (palette.ink, palette.muted, *palette.series):
        assert theme.contrast(color, palette.surface) >= 4.5
    assert theme.contrast(palette.accent, palette.surface) >= 3
    same = (palette.surface, palette.ink, palette.muted, palette.accent)
    assert same == (colors.surface, colors.text, colors.muted, colors.accent)
    assert len(set(palette.series)) == len(palette.series)


@pytest.mark.parametrize("bold", [False, True])
@pytest.mark.parametrize(
    "text",
    ["Support reply v4 · gpt-oss-20b", "WWW mmm", "illicit", "Quality against cost", "54% (39–68%)", "東京タワー"],
)
def test_texts_take_no_more_room_than_was_left_for_them(qapp: QApplication, text: str, bold: bool) -> None:
    font = QFont([part.strip(" '") for part in FAMILY.split(",")])
    font.setPixelSize(12)
    font.setBold(bold)
    drawn = QFontMetricsF(font).horizontalAdvance(text)
    assert drawn <= letters.width(text, 12, bold=bold) * 1.03
    assert drawn >= letters.width(text, 12, bold=bold) * 0.6


def test_a_picture_keeps_its_shape(qtbot: QtBot) -> None:
    view = PictureView()
    qtbot.addWidget(view)
    picture = rates([Row("One", pass_rate(3, 4))], LIGHT)
    assert view.heightForWidth(500) == 0
    view.show_picture(picture)
    assert view.heightForWidth(2_000) == round(picture.height)
    assert view.heightForWidth(320) == round(picture.height / 2)
    assert view.accessibleName() == "Pass rate"
    assert "One: 75%" in view.accessibleDescription()
    view.clear()
    assert "One" not in view.accessibleDescription() + view.accessibleName()
    assert view.picture() is None


def test_the_mark_is_drawn_where_the_svg_has_it(qapp: QApplication) -> None:
    picture = rates([Row("One", pass_rate(3, 4))], LIGHT)
    image = QImage.fromData(png(picture))
    accent = QColor(LIGHT.accent)
    painted = [
        x for x in range(image.width()) if image.pixelColor(x, 2 * (64 + 15)) == accent
    ]  # twice the size; the only row's middle
    assert painted
    assert image.pixelColor(1, 1) == QColor(LIGHT.surface)
    assert painted[0] > image.width() * 0.1
    assert painted[-1] < image.width() * 0.8
