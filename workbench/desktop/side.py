"""The right side: what fills the variables, and how the model samples."""

from __future__ import annotations

from PySide6.QtCore import QSignalBlocker, QSize, Qt, QTimer, Signal
from PySide6.QtWidgets import QScrollArea, QVBoxLayout, QWidget

from workbench.core.case import TestSet
from workbench.core.prompt import variables
from workbench.desktop import theme
from workbench.desktop.document import Document
from workbench.desktop.editor.parameters import ParametersPanel
from workbench.desktop.editor.variables import VariablesPanel

_NAMES_AFTER_MS = 150


class Side(QScrollArea):
    """Shows the values and parameters of the document in front and writes them back into it."""

    edited = Signal(object)
    """The Document whose values or parameters a person changed."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("side")
        self.setWidgetResizable(True)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self._inside = inside = QWidget(self.viewport())
        inside.setObjectName("side")
        self.variables = VariablesPanel(inside)
        self.parameters = ParametersPanel(inside)
        column = QVBoxLayout(inside)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(0)
        for title, panel in (("Variables", self.variables), ("Parameters", self.parameters)):
            heading = theme.plain_label(title, "heading")
            heading.setContentsMargins(theme.INSIDE, theme.INSIDE, theme.INSIDE, 0)
            column.addWidget(heading)
            column.addWidget(panel)
        column.addStretch(1)
        self.setWidget(inside)
        self._document: Document | None = None
        self._names_soon = QTimer(self, singleShot=True, interval=_NAMES_AFTER_MS)
        self._names_soon.timeout.connect(self._show_names)
        self.variables.values_edited.connect(self._take_values)
        self.parameters.config_edited.connect(self._take_config)

    def minimumSizeHint(self) -> QSize:
        """As wide as what stands in it: a field that is cut off on the right can never be scrolled to."""
        bar = self.verticalScrollBar().sizeHint().width()
        return QSize(self._inside.minimumSizeHint().width() + bar, super().minimumSizeHint().height())

    def show_document(self, document: Document | None) -> None:
        """Show the values and parameters of another document."""
        self._document = document
        self._inside.setEnabled(document is not None)
        with QSignalBlocker(self.variables), QSignalBlocker(self.parameters):
            self.variables.set_cases(document.opened.test_set if document else None)
            self._show_names()
            self.variables.set_values(document.values if document else {})
            if document is not None:
                document.editor.show_values(self.variables.values())
                self.parameters.set_config(document.config)
                document.case_id = self.variables.case_id()

    def use_case(self, test_set: TestSet, case_id: str) -> None:
        """Fill in a case of any test set; the cases on offer are those of its set from now on."""
        self.variables.set_cases(test_set)
        self.variables.set_case(case_id)

    def prompt_edited(self) -> None:
        """The variables may have other names in a moment."""
        self._names_soon.start()

    def _show_names(self) -> None:
        document = self._document
        self.variables.set_names(variables(document.editor.prompt()) if document else ())
        if document is not None:
            document.editor.show_values(self.variables.values())

    def _take_values(self) -> None:
        if self._document is not None:
            self._document.values.update(self.variables.values())
            self._document.case_id = self.variables.case_id()
            self._document.editor.show_values(self.variables.values())
            self.edited.emit(self._document)

    def _take_config(self) -> None:
        if self._document is not None:
            self._document.config = self.parameters.config()
            self.edited.emit(self._document)
