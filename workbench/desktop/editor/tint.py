"""A colour for each section, the same wherever a section is shown by colour."""

from __future__ import annotations

from PySide6.QtGui import QColor

from workbench.core.prompt import Section
from workbench.desktop import theme


def section_color(section: Section) -> QColor:
    """The section's colour in the theme of now, as strong as text."""
    colors = theme.current()
    return QColor(
        {
            "system": colors.syntax_heading,
            "context": colors.syntax_keyword,
            "examples": colors.syntax_string,
            "chain_of_thought": colors.syntax_number,
            "user": colors.syntax_variable,
            "prefill": colors.accent,
            "output_format": colors.muted,
        }[section]
    )
