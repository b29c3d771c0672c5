"""Fonts and colours that the grid is painted with, made once for each theme and size of text.

A screen of the grid is a hundred cells or more, painted thirty times a second while answers stream in; asking
the application for its palette and making fonts for each of them would cost more than the painting.
"""

from __future__ import annotations

from dataclasses import dataclass, fields
from typing import Self

from PySide6.QtGui import QColor, QFont, QFontMetrics
from PySide6.QtWidgets import QApplication

from workbench.desktop import theme
from workbench.desktop.results.live import tabular
from workbench.desktop.theme import Colors


@dataclass(frozen=True, slots=True)
class Look:
    """What the delegates paint with."""

    text: QFont
    """Of values and answers."""
    state: QFont
    """Of signs, words and figures."""
    state_metrics: QFontMetrics
    line: int
    """Pixels of a line of text."""
    colors: dict[str, QColor]
    """By the names of `theme.Colors`."""

    @classmethod
    def made(cls, text: QFont) -> Self:
        """For a view whose font is that of outputs: two points smaller, as a grid is scanned rather than read."""
        small = QFont(text)
        small.setPointSize(max(theme.TEXT_SIZES[0], text.pointSize() - 2))
        state = tabular(QApplication.font())
        now = theme.current()
        return cls(
            text=small,
            state=state,
            state_metrics=QFontMetrics(state),
            line=QFontMetrics(small).height(),
            colors={field.name: QColor(getattr(now, field.name)) for field in fields(Colors)},
        )
