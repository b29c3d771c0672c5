"""A local model's chat template: the file's own, another one in its place, and a greeting rendered with it."""

from __future__ import annotations

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QHBoxLayout, QPlainTextEdit, QVBoxLayout, QWidget

from workbench.desktop import theme
from workbench.desktop.bridge import Bridge
from workbench.desktop.computation import compute
from workbench.desktop.dialogs import local_model
from workbench.desktop.plain_text import TextView
from workbench.desktop.results.controls import button
from workbench.desktop.results.trouble import ErrorCard, show_exception
from workbench.desktop.theme import plain_label
from workbench.models import gguf
from workbench.running import Workspace


class ModelTemplate(QWidget):
    """Jinja to edit, and what it makes of a greeting."""

    changed = Signal()
    """The model is loaded with another template from now on."""

    def __init__(
        self, reference: str, workspace: Workspace, bridge: Bridge, parent: QWidget | None = None
    ) -> None:
        super().__init__(parent)
        self._reference = reference
        self._workspace = workspace
        self._bridge = bridge
        self._own = ""
        self.state = plain_label("", "quiet")
        self.source = QPlainTextEdit()
        self.source.setAccessibleName("Chat template")
        self.source.setPlaceholderText("The file has no chat template; write one in Jinja")
        self.source.setFont(theme.text_font())
        self.source.setLineWrapMode(QPlainTextEdit.LineWrapMode.NoWrap)
        self.source.setTabChangesFocus(True)
        self.source.textChanged.connect(self._show_buttons)
        self.use = button("Use this template", "Give the model this template from now on", primary=True)
        self.use.clicked.connect(lambda: self._take(self.source.toPlainText()))
        self.back = button("Back to the file's own", "Use the template that the model's file has")
        self.back.clicked.connect(lambda: self._take(None))
        self.error = ErrorCard()
        self.preview = TextView()
        self.preview.setAccessibleName("A greeting with this template")
        self.preview.setPlaceholderText("A greeting as the model reads it is shown when the template is used.")
        self.preview.setFixedHeight(112)
        self._kept: str | None = None
        self._lay_out()
        self._show_buttons()
        bridge.when(
            compute(lambda: gguf.read_metadata(local_model.path_of(reference)).chat_template or ""),
            self._show_own,
            self._failed,
            owner=self,
        )

    def _lay_out(self) -> None:
        row = QHBoxLayout()
        row.addWidget(self.use)
        row.addWidget(self.back)
        row.addStretch()
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 16, 0, 0)
        column.setSpacing(8)
        column.addWidget(self.state)
        column.addWidget(self.source, 1)
        column.addLayout(row)
        column.addWidget(self.error)
        column.addWidget(self.preview)

    def _show_own(self, own: str) -> None:
        self._own = own
        self._bridge.when(
            self._workspace.loop.submit(self._workspace.catalog.chat_template(self._reference)),
            self._show_kept,
            self._failed,
            owner=self,
        )

    def _show_kept(self, kept: str | None) -> None:
        self._kept = kept
        self.source.setPlainText(self._own if kept is None else kept)
        self._show_buttons()

    def _show_buttons(self) -> None:
        in_force = self._own if self._kept is None else self._kept
        self.use.setEnabled(self.source.toPlainText().strip() not in ("", in_force.strip()))
        self.back.setEnabled(self._kept is not None)
        self.state.setText(
            "Your own template is used in place of the file's."
            if self._kept is not None
            else "The file's own template is used."
            if self._own
            else "The file has no template; a plain one is used."
        )

    def _take(self, template: str | None) -> None:
        self.error.hide()
        self.use.setEnabled(False)
        self.back.setEnabled(False)
        self._bridge.when(
            self._workspace.loop.submit(local_model.take_template(self._workspace, self._reference, template)),
            lambda shown: self._taken(template, shown),
            self._failed,
            owner=self,
        )

    def _taken(self, template: str | None, shown: str) -> None:
        self.preview.set_text(shown)
        self._show_kept(template)
        self.changed.emit()

    def _failed(self, error: BaseException) -> None:
        self._show_buttons()
        show_exception(self.error, error, retry=False)
