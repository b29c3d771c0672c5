"""Two prompts compared, section by section: what changed is open, what did not is a line."""

from __future__ import annotations

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QFrame, QHBoxLayout, QLabel, QScrollArea, QToolButton, QVBoxLayout, QWidget

from workbench.core.prompt import SECTION_TITLES, SECTIONS, Prompt, Section
from workbench.core.version import SectionDiff, diff
from workbench.desktop import theme
from workbench.desktop.computation import Computation
from workbench.desktop.difference_sides import count, inline
from workbench.desktop.difference_view import SMALL, DifferenceView
from workbench.desktop.editor.section import SectionBox


class SectionDifferences(QWidget):
    """A page with the differences of every section."""

    def __init__(self) -> None:
        super().__init__()
        self._computation = Computation(self)
        self._computation.finished.connect(self._take)
        self._title: QLabel = theme.plain_label("", "heading")
        self._sides = QToolButton()
        self._sides.setText("Side by side")
        self._sides.setAccessibleName("Side by side")
        self._sides.setToolTip("Before on the left, after on the right")
        self._sides.setCheckable(True)
        self._sides.toggled.connect(self._show_sides)
        self._differences: dict[Section, SectionDiff] = {}
        self.views: dict[Section, DifferenceView] = {}
        self.boxes: dict[Section, SectionBox] = {s: self._made(s) for s in SECTIONS}
        self._arrange()

    def _arrange(self) -> None:
        bar = QHBoxLayout()
        bar.setContentsMargins(12, 4, 8, 4)
        bar.addWidget(self._title, 1)
        bar.addWidget(self._sides)
        page = QWidget()
        column = QVBoxLayout(page)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(0)
        for section in SECTIONS:
            column.addWidget(self.boxes[section])
        column.addStretch(1)
        scroll = QScrollArea()
        scroll.setWidgetResizable(True)
        scroll.setFrameShape(QFrame.Shape.NoFrame)
        scroll.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        scroll.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        scroll.setWidget(page)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(0)
        layout.addLayout(bar)
        layout.addWidget(scroll, 1)

    def compare(self, before: Prompt, after: Prompt, title: str) -> None:
        """Compare two prompts; long ones a moment later, when they are compared."""
        self._title.setText(title)
        if _length(before) + _length(after) < SMALL:
            self._computation.drop()
            self._take(diff(before, after))
            return
        for box in self.boxes.values():
            box.show_summary("comparing …")
        self._computation.start(lambda: diff(before, after))

    def title(self) -> str:
        """What is compared with what."""
        return self._title.text()

    def _take(self, differences: tuple[SectionDiff, ...]) -> None:
        self._differences = {difference.section: difference for difference in differences}
        for section, difference in self._differences.items():
            changes = count(inline(difference.pieces))
            self.boxes[section].show_summary({0: "unchanged", 1: "1 change"}.get(changes, f"{changes:,} changes"))
            self.boxes[section].set_open(is_open=difference.changed)
            if difference.changed:
                self._show(section)

    def _made(self, section: Section) -> SectionBox:
        body = QWidget()
        layout = QVBoxLayout(body)
        layout.setContentsMargins(0, 0, 0, 0)
        box = SectionBox(SECTION_TITLES[section], body)
        box.opened.connect(lambda: self._show(section))
        return box

    def _show(self, section: Section) -> None:
        """Fill the body of a section, which is made when it is first looked into."""
        if section not in self._differences:
            return
        if section not in self.views:
            self.views[section] = DifferenceView(fitted=True)
            self.views[section].set_side_by_side(on=self._sides.isChecked())
            layout = self.boxes[section].body.layout()
            if layout is not None:
                layout.addWidget(self.views[section])
        self.views[section].show_pieces(self._differences[section].pieces)

    def _show_sides(self, on: bool) -> None:
        for view in self.views.values():
            view.set_side_by_side(on=on)


def _length(prompt: Prompt) -> int:
    examples = sum(len(e.input) + len(e.output) + len(e.reasoning) for e in prompt.examples)
    texts = (prompt.system, prompt.context, prompt.user, prompt.prefill, prompt.output_format.schema)
    return examples + sum(map(len, texts))
