"""Python files that judge answers, shown before they are run: which of them does the person trust?"""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QDialog, QHBoxLayout, QListWidget, QListWidgetItem, QSizePolicy, QVBoxLayout, QWidget

from workbench.desktop import theme
from workbench.desktop.plain_text import TextView
from workbench.desktop.results.controls import button
from workbench.running.python_checks import Untrusted, limits

_WHY = (
    "These Python files check answers. They run only when you trust them, each as it is shown here: "
    "when a file changes, you are asked again. Tick what you trust."
)


class TrustDialog(QDialog):
    """Nothing is trusted unless the person ticks it."""

    decided = Signal(object)
    """The programs that are trusted, perhaps none: go on."""

    def __init__(
        self, programs: Sequence[Untrusted], parent: QWidget | None = None, *, runs: bool = False
    ) -> None:
        """`runs` says that an experiment goes on with what is decided."""
        super().__init__(parent)
        self.setWindowTitle("Trust these files?")
        self.resize(720, 560)
        self._programs = tuple(programs)
        self._runs = runs
        self.files = QListWidget()
        self.files.setAccessibleName("Python files")
        self.files.setTextElideMode(Qt.TextElideMode.ElideMiddle)
        self.files.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        for program in self._programs:
            self.files.addItem(_item(program))
        self.files.setFixedHeight(self.files.sizeHintForRow(0) * min(len(self._programs), 5) + 2 * theme.UNIT)
        self.source = TextView()
        self.source.setAccessibleName("What the file says")
        self.cancel = button("Cancel")
        self.go_on = button("", "Run the experiment" if runs else "", primary=True)
        self._lay_out()
        self.files.currentRowChanged.connect(self._show)
        self.files.itemChanged.connect(lambda _item: self._name_the_button())
        self.cancel.clicked.connect(self.reject)
        self.go_on.clicked.connect(self.accept)
        self.files.setCurrentRow(0)
        self._name_the_button()

    def _lay_out(self) -> None:
        buttons = QHBoxLayout()
        buttons.setSpacing(theme.INSIDE)
        buttons.addStretch()
        buttons.addWidget(self.cancel)
        buttons.addWidget(self.go_on)
        column = QVBoxLayout(self)
        column.setContentsMargins(*(theme.BETWEEN,) * 4)
        column.setSpacing(theme.INSIDE)
        column.addWidget(_paragraph(_WHY))
        column.addWidget(self.files)
        column.addWidget(self.source, 1)
        column.addWidget(_paragraph(limits()))
        column.addLayout(buttons)

    def trusted(self) -> tuple[Untrusted, ...]:
        """Those that are ticked."""
        return tuple(one for row, one in enumerate(self._programs) if self._is_ticked(row))

    def accept(self) -> None:
        """Go on with those that are ticked."""
        self.decided.emit(self.trusted())
        super().accept()

    def _is_ticked(self, row: int) -> bool:
        return self.files.item(row).checkState() == Qt.CheckState.Checked

    def _show(self, row: int) -> None:
        self.source.set_text(self._programs[row].source)

    def _name_the_button(self) -> None:
        trusted, all_of = len(self.trusted()), len(self._programs)
        them = "it" if all_of == 1 else "them"
        if not trusted:
            text = f"Run without {them}" if self._runs else f"Do not trust {them}"
        else:
            share = "Trust" if trusted == all_of else f"Trust {trusted} of {all_of}"
            text = f"{share} and run" if self._runs else f"{share} {them}" if trusted == all_of else share
        self.go_on.setText(text)


def _item(program: Untrusted) -> QListWidgetItem:
    changed = " · has changed since you trusted it" if program.trust == "changed" else ""
    item = QListWidgetItem(f"{program.path}{changed}")
    item.setFlags(item.flags() | Qt.ItemFlag.ItemIsUserCheckable)
    item.setCheckState(Qt.CheckState.Unchecked)
    return item


def _paragraph(text: str) -> QWidget:
    label = theme.plain_label(text, "quiet")
    label.setWordWrap(True)
    label.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Preferred)
    return label
