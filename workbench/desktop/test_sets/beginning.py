"""What stands in place of a test set's table while it has no cases: the ways to the first ones."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QGridLayout, QSizePolicy, QVBoxLayout, QWidget

from workbench.desktop import theme
from workbench.desktop.results.controls import button

_WHAT_FOR = "A case gives every variable of a prompt a value, and may say which answer is expected."
_WAYS = (
    (
        "paste",
        "Paste",
        "A block copied from a spreadsheet (Ctrl+V). Its first row may name the columns.",
    ),
    ("bring", "Import…", "CSV, JSONL, Parquet or promptfoo tests. A file can be dropped here."),
    ("generate", "Generate…", "A model proposes cases; you take those that you like."),
    ("add", "Add case", "Type the first case by hand (Ins)."),
)
_WIDTH = 560


class Beginning(QWidget):
    """Says what a case is, and offers every way to some."""

    asked = Signal(str)
    """`paste`, `bring`, `generate` or `add`."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setAccessibleName("No cases yet. Paste a block from a spreadsheet here.")
        title = theme.plain_label("No cases yet")
        title.setProperty("title", True)
        self.columns = theme.plain_label(role="quiet")
        what = theme.plain_label(_WHAT_FOR, "quiet")
        self.ways = {}
        ways = QGridLayout()
        ways.setHorizontalSpacing(theme.BETWEEN)
        ways.setVerticalSpacing(theme.INSIDE)
        ways.setColumnStretch(1, 1)
        for row, (which, text, about) in enumerate(_WAYS):
            press = self.ways[which] = button(text)
            press.setAccessibleDescription(about)
            press.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
            press.clicked.connect(lambda _checked=False, which=which: self.asked.emit(which))
            ways.addWidget(press, row, 0)
            ways.addWidget(_wrapped(theme.plain_label(about, "quiet")), row, 1)
        inside = QWidget()
        inside.setMaximumWidth(_WIDTH)
        inside.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Preferred)
        words = QVBoxLayout(inside)
        words.setSpacing(theme.INSIDE)
        for label in (title, what, self.columns):
            words.addWidget(_wrapped(label))
        words.addSpacing(theme.INSIDE)
        words.addLayout(ways)
        around = QGridLayout(self)
        around.addWidget(inside, 1, 1)
        around.setColumnStretch(1, 100)
        for side in (0, 2):
            around.setColumnStretch(side, 1)
            around.setRowStretch(side, 1 + side)

    def show_columns(self, names: Sequence[str]) -> None:
        """Say for which variables values are wanted."""
        wanted = " ".join(f"{{{{{name}}}}}" for name in names)
        self.columns.setText(f"Its prompt asks for {wanted}." if names else "")
        self.columns.setVisible(bool(names))


def _wrapped(label: QWidget) -> QWidget:
    label.setWordWrap(True)  # type: ignore[attr-defined]
    return label
