"""One column of a plan: which prompt in which state, on which model, with which parameters."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import (
    QComboBox,
    QDialog,
    QFormLayout,
    QFrame,
    QLineEdit,
    QScrollArea,
    QSizePolicy,
    QVBoxLayout,
    QWidget,
)

from workbench.core.model_reference import parse
from workbench.core.plan import Column
from workbench.core.version import PromptVersion
from workbench.desktop import theme
from workbench.desktop.bridge import Bridge
from workbench.desktop.dialog_buttons import ok_and_cancel
from workbench.desktop.editor.parameters import ParametersPanel
from workbench.desktop.experiments.adapter_field import AdapterField
from workbench.desktop.results.chooser import ModelBox
from workbench.errors import NotFound
from workbench.running import ModelChoice, Workspace
from workbench.store import PromptSummary, Store

_WIDTH = 440
_OWN = ("starter", "local")
"""Places of models that take adapters."""


class ColumnDialog(QDialog):
    """Says what a column is to be; nothing changes until it is taken over."""

    taken = Signal(object)
    """The Column."""
    models_asked = Signal()
    """The ways to more models are to be opened."""

    def __init__(
        self,
        workspace: Workspace,
        bridge: Bridge,
        column: Column,
        prompts: Sequence[PromptSummary],
        parent: QWidget,
    ) -> None:
        super().__init__(parent)
        self.setWindowTitle("Column")
        self._workspace = workspace
        self._bridge = bridge
        self._column = column
        self.label = QLineEdit(column.label)
        self.label.setPlaceholderText("the prompt's name")
        self.prompt = QComboBox()
        self.version = QComboBox()
        self.model = ModelBox()
        self.adapter = AdapterField()
        self.parameters = ParametersPanel()
        self._fill_prompts(prompts)
        self._arrange()
        self.parameters.set_config(column.config)
        reference = parse(column.model)
        self.model.set_reference(str(reference.base))
        self.adapter.show_adapters(reference.adapters)
        self.model.reference_chosen.connect(lambda _: self._show_adapter())
        self._show_adapter()
        self.model.add_asked.connect(self.models_asked)
        self.prompt.currentIndexChanged.connect(lambda _: self._read_versions())
        bridge.when(workspace.catalog.references(), self._show_models, lambda _: None, owner=self)
        self._read_versions()

    def _arrange(self) -> None:
        rows: tuple[tuple[str, QWidget], ...] = (
            ("Prompt", self.prompt),
            ("Version", self.version),
            ("Model", self.model),
            ("Adapter", self.adapter),
            ("Heading", self.label),
        )
        form = QFormLayout()
        form.setFieldGrowthPolicy(QFormLayout.FieldGrowthPolicy.AllNonFixedFieldsGrow)
        form.setHorizontalSpacing(theme.BETWEEN)
        form.setVerticalSpacing(theme.INSIDE)
        for title, field in rows:
            field.setAccessibleName(title)
            field.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
            form.addRow(theme.plain_label(title), field)
        place = QScrollArea()
        place.setWidgetResizable(True)
        place.setFrameShape(QFrame.Shape.NoFrame)
        place.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        place.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        place.setWidget(self.parameters)
        column = QVBoxLayout(self)
        column.setContentsMargins(*(theme.BETWEEN,) * 4)
        column.setSpacing(theme.INSIDE)
        column.addLayout(form)
        column.addWidget(theme.plain_label("Parameters", "heading"))
        column.addWidget(place, 1)
        column.addWidget(ok_and_cancel(self))
        self.resize(_WIDTH, 640)

    def column(self) -> Column:
        """The column as it stands in the fields."""
        prompt_id = self.prompt.currentData()
        own = prompt_id is None and self._column.prompt is not None
        return replace(
            self._column,
            prompt_id=self._column.prompt_id if own else prompt_id,
            version="" if own else self.version.currentData() or "",
            model=self._model(),
            config=self.parameters.config(),
            label=self.label.text().strip(),
            prompt=self._column.prompt if own else None,
            prompt_name=self._column.prompt_name if own else "",
        )

    def _model(self) -> str:
        if not (chosen := self.model.reference()):
            return self._column.model
        base = parse(chosen)
        return str(replace(base, adapters=self.adapter.adapters())) if base.place in _OWN else chosen

    def _show_adapter(self) -> None:
        chosen = self.model.reference()
        self.adapter.setEnabled(bool(chosen) and parse(chosen).place in _OWN)

    def accept(self) -> None:
        """Take the column over."""
        self.taken.emit(self.column())
        super().accept()

    def _fill_prompts(self, prompts: Sequence[PromptSummary]) -> None:
        column = self._column
        if column.prompt is not None:
            self.prompt.addItem(f"{column.prompt_name or 'A text of its own'} (fixed)", None)
        for known in prompts:
            self.prompt.addItem(known.name, known.id)
        place = 0 if column.prompt is not None else self.prompt.findData(column.prompt_id)
        if place < 0 and column.prompt_id is not None:
            self.prompt.insertItem(0, "A prompt that is not in the library any more", column.prompt_id)
            place = 0
        self.prompt.setCurrentIndex(place)

    def _read_versions(self) -> None:
        prompt_id = self.prompt.currentData()

        def ask(store: Store) -> tuple[PromptVersion, ...]:
            try:
                return store.versions(prompt_id) if prompt_id else ()
            except NotFound:
                return ()

        def show(versions: tuple[PromptVersion, ...]) -> None:
            if prompt_id == self.prompt.currentData():
                self._show_versions(versions)

        self._show_versions(())
        self._bridge.when(self._workspace.store.read(ask), show, lambda _: None, owner=self)

    def _show_versions(self, versions: Sequence[PromptVersion]) -> None:
        self.version.clear()
        is_own = self.prompt.currentData() is None
        self.version.setEnabled(not is_own)
        if is_own:
            self.version.addItem("As it is", "")
            return
        self.version.addItem("Draft, as it is when the experiment is run", "")
        for version in versions:
            label = f" · {version.label}" if version.label else ""
            message = f" · {version.message}" if version.message else ""
            self.version.addItem(f"v{version.number}{label}{message}"[:80], version.id)
        if self.prompt.currentData() == self._column.prompt_id:
            kept = self._column.version
            if kept and self.version.findData(kept) < 0:
                self.version.addItem("…", kept)  # it is being read
            self.version.setCurrentIndex(max(self.version.findData(kept), 0))

    def _show_models(self, choices: tuple[ModelChoice, ...]) -> None:
        self.model.set_models(choices)
        self.model.setToolTip("The model of this column")
