"""How everything looks: colours, palette, style sheet, fonts, spacing, icons.

One table of colours a theme; the palette and the one style sheet are made from it and nothing else names a
colour. The palettes are explicit because `setColorScheme` does nothing on offscreen and bare xcb screens.
"""

from __future__ import annotations

from dataclasses import asdict, dataclass
from string import Template
from typing import Literal

from PySide6.QtCore import Qt
from PySide6.QtGui import QColor, QFont, QFontDatabase, QGuiApplication, QIcon, QPalette
from PySide6.QtWidgets import QApplication, QLabel, QWidget

from workbench.desktop.icons import TintedIcon
from workbench.paths import resources

ThemeName = Literal["light", "dark", "system"]

UNIT = 4
"""The grid in pixels: everything is placed in multiples of it."""
INSIDE = 2 * UNIT
"""Space inside controls and cards."""
BETWEEN = 4 * UNIT
"""Space between groups."""
RADIUS = 6

DEFAULT_TEXT_SIZE = 11
TEXT_SIZES = range(7, 33)
_TEXT_SIZE = "textSize"  # a property of the application, so that no module holds state
_TEXT_FAMILIES = (
    "JetBrains Mono",
    "Cascadia Code",
    "SF Mono",
    "Menlo",
    "Consolas",
    "Ubuntu Mono",
    "DejaVu Sans Mono",
    "Noto Sans Mono",
    "Liberation Mono",
)


@dataclass(frozen=True, slots=True)
class Colors:
    """The colours of one theme, each as `#rrggbb`.

    Every text colour stands at 4.5:1 or more on window, surface and raised; tests compute it.
    """

    window: str
    """Behind everything: bars, sidebar, status line."""
    surface: str
    """Behind text that is read or written."""
    raised: str
    """Headers, code blocks, pressed buttons."""
    hover: str
    """What the mouse is over."""
    border: str
    text: str
    muted: str
    """Text that steps back: hints, numbers, headings."""
    accent: str
    """The one accent: the first action, focus, links."""
    accent_text: str
    """Text on the accent."""
    selection: str
    """Behind selected text and rows."""
    good: str
    warning: str
    bad: str
    added: str
    """Behind words that were added."""
    removed: str
    """Behind words that were removed."""
    filler: str
    """Lines that only keep two columns level."""
    syntax_variable: str
    syntax_keyword: str
    syntax_string: str
    syntax_number: str
    syntax_comment: str
    syntax_heading: str


LIGHT = Colors(
    window="#f4f5f7",
    surface="#ffffff",
    raised="#ebedf0",
    hover="#e4e7ec",
    border="#d5d9e0",
    text="#1c2028",
    muted="#59616e",
    accent="#2b5cd0",
    accent_text="#ffffff",
    selection="#cfdcf9",
    good="#1b6e38",
    warning="#855400",
    bad="#b0231b",
    added="#d2f0da",
    removed="#fbdbd8",
    filler="#eff1f4",
    syntax_variable="#6a35b8",
    syntax_keyword="#8a2f74",
    syntax_string="#1d6b3d",
    syntax_number="#8f4a00",
    syntax_comment="#59616e",
    syntax_heading="#2452b8",
)

DARK = Colors(
    window="#1a1c20",
    surface="#202328",
    raised="#2a2e35",
    hover="#31363e",
    border="#383e48",
    text="#e3e6eb",
    muted="#a0a8b5",
    accent="#84a9f8",
    accent_text="#0f141d",
    selection="#33476f",
    good="#73ce8c",
    warning="#e2b455",
    bad="#f4938a",
    added="#1e4a30",
    removed="#5b2829",
    filler="#1b1e22",
    syntax_variable="#c4a5f7",
    syntax_keyword="#eb9ccf",
    syntax_string="#8fd19e",
    syntax_number="#e9b36f",
    syntax_comment="#a0a8b5",
    syntax_heading="#93b4f9",
)


def apply(app: QApplication, name: ThemeName) -> None:
    """Paint the whole application in a theme; `system` follows the desktop's own choice."""
    colors = DARK if _is_dark(name) else LIGHT
    themes = resources() / "themes"
    images = themes / ("dark" if colors is DARK else "light")
    template = Template((themes / "style.qss").read_text(encoding="utf-8"))
    sheet = template.substitute(asdict(colors), images=images.as_posix())
    if app.styleSheet() == sheet:
        return
    if app.style().name() != "fusion":
        app.setStyle("Fusion")
    app.setPalette(palette(colors))
    app.setStyleSheet(sheet)


def _is_dark(name: ThemeName) -> bool:
    if name == "system":
        return QGuiApplication.styleHints().colorScheme() == Qt.ColorScheme.Dark
    return name == "dark"


def current() -> Colors:
    """The colours that the application is painted in now."""
    return DARK if QGuiApplication.palette().color(QPalette.ColorRole.Window).lightness() < 128 else LIGHT


def palette(colors: Colors) -> QPalette:
    """The palette of a theme, every role of it that Fusion paints with."""
    role = QPalette.ColorRole
    made = QPalette()
    for which, color in {
        role.Window: colors.window,
        role.WindowText: colors.text,
        role.Base: colors.surface,
        role.AlternateBase: colors.filler,
        role.Text: colors.text,
        role.PlaceholderText: colors.muted,
        role.Button: colors.window,
        role.ButtonText: colors.text,
        role.BrightText: colors.bad,
        role.ToolTipBase: colors.raised,
        role.ToolTipText: colors.text,
        role.Highlight: colors.selection,
        role.HighlightedText: colors.text,
        role.Accent: colors.accent,
        role.Link: colors.accent,
        role.LinkVisited: colors.accent,
        role.Light: colors.surface,
        role.Midlight: colors.hover,
        role.Mid: colors.border,
        role.Dark: colors.border,
        role.Shadow: colors.border,
    }.items():
        made.setColor(which, QColor(color))
    for which in (role.WindowText, role.Text, role.ButtonText):
        made.setColor(QPalette.ColorGroup.Disabled, which, QColor(_between(colors.muted, colors.window)))
    return made


def _between(first: str, second: str) -> QColor:
    a, b = QColor(first), QColor(second)
    return QColor((a.red() + b.red()) // 2, (a.green() + b.green()) // 2, (a.blue() + b.blue()) // 2)


def contrast(first: str, second: str) -> float:
    """How well one colour is read on another, 1 to 21 (WCAG 2)."""
    lighter, darker = sorted((_luminance(first), _luminance(second)), reverse=True)
    return (lighter + 0.05) / (darker + 0.05)


def _luminance(color: str) -> float:
    parts = (QColor(color).redF(), QColor(color).greenF(), QColor(color).blueF())
    red, green, blue = (p / 12.92 if p <= 0.04045 else ((p + 0.055) / 1.055) ** 2.4 for p in parts)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def text_font() -> QFont:
    """The face of prompts and outputs, in its own size."""
    font = QFontDatabase.systemFont(QFontDatabase.SystemFont.FixedFont)
    font.setFamilies([*_TEXT_FAMILIES, font.family()])
    font.setStyleHint(QFont.StyleHint.Monospace)
    font.setPointSize(text_size())
    return font


def text_size() -> int:
    """The size of prompts and outputs in points."""
    app = QApplication.instance()
    return int((app.property(_TEXT_SIZE) if app else None) or DEFAULT_TEXT_SIZE)


def set_text_size(points: int) -> int:
    """Give every text that is read or written this size; answers with the nearest one that is possible."""
    app = QApplication.instance()
    points = min(max(points, TEXT_SIZES[0]), TEXT_SIZES[-1])
    before = text_font().families()
    if app:
        app.setProperty(_TEXT_SIZE, points)
    for widget in QApplication.allWidgets():
        if widget.testAttribute(Qt.WidgetAttribute.WA_SetFont) and widget.font().families() == before:
            widget.setFont(text_font())
    return points


def icon(name: str) -> QIcon:
    """A line icon from resources/icons, always in the colours of the theme."""
    return QIcon(TintedIcon(name))


def plain_label(
    text: str = "", role: Literal["", "heading", "quiet"] = "", parent: QWidget | None = None
) -> QLabel:
    """A label that shows its text as it is: a default one would load pictures named in it."""
    label = QLabel(text, parent)
    label.setTextFormat(Qt.TextFormat.PlainText)
    if role:
        label.setProperty(role, True)
    return label
