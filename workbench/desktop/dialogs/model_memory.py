"""What a local model says of itself, and what it needs for a context and answers that a person chooses."""

from __future__ import annotations

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QFormLayout, QHBoxLayout, QScrollArea, QVBoxLayout, QWidget

from workbench.desktop.bridge import Bridge
from workbench.desktop.computation import compute
from workbench.desktop.dialogs import local_model
from workbench.desktop.dialogs.model_card import ModelCard, ModelFacts
from workbench.desktop.results.controls import button, number
from workbench.desktop.results.trouble import ErrorCard, show_exception
from workbench.desktop.theme import plain_label
from workbench.providers.llamacpp import LoadOptions
from workbench.running import Workspace


class ModelMemory(QWidget):
    """The model's card under two numbers to play with."""

    changed = Signal()
    """The numbers are the setting now."""

    def __init__(
        self, reference: str, workspace: Workspace, bridge: Bridge, parent: QWidget | None = None
    ) -> None:
        super().__init__(parent)
        self._reference = reference
        self._workspace = workspace
        self._bridge = bridge
        self._asking = 0
        self.context = number("Context size", 1_048_576, least=256, step=1024, suffix=" tokens")
        self.answers = number("Answers of full length at once", 256, least=1)
        self.use = button("Load models so", "Use these numbers for all local models from now on")
        self.said = plain_label("", "quiet")
        self.card = ModelCard()
        self.card.hide()
        self.error = ErrorCard()
        self._lay_out()
        self.context.valueChanged.connect(lambda _value: self._ask())
        self.answers.valueChanged.connect(lambda _value: self._ask())
        self.use.clicked.connect(self._use)
        bridge.when(workspace.loop.submit(workspace.catalog.load_options()), self._begin, self._failed, owner=self)

    def _lay_out(self) -> None:
        form = QFormLayout()
        form.setHorizontalSpacing(16)
        form.setVerticalSpacing(8)
        form.setFieldGrowthPolicy(QFormLayout.FieldGrowthPolicy.FieldsStayAtSizeHint)
        form.addRow("Context", self.context)
        form.addRow("Answers of that length at once", self.answers)
        using = QHBoxLayout()
        using.addWidget(self.use)
        using.addWidget(self.said, 1)
        form.addRow("", using)
        inside = QWidget()
        column = QVBoxLayout(inside)
        column.setContentsMargins(0, 16, 8, 0)
        column.setSpacing(16)
        column.addLayout(form)
        column.addWidget(self.error)
        column.addWidget(self.card)
        column.addStretch()
        scroll = QScrollArea()
        scroll.setWidgetResizable(True)
        scroll.setWidget(inside)
        outer = QVBoxLayout(self)
        outer.setContentsMargins(0, 0, 0, 0)
        outer.addWidget(scroll)

    def _begin(self, options: LoadOptions) -> None:
        """Begin with what is set."""
        if options.context is None:
            self._ask(by_default=True)
            return
        self.context.setValue(options.context)
        self.answers.setValue(max(1, (options.cache or 0) // options.context))
        self._ask()

    def _ask(self, *, by_default: bool = False) -> None:
        self._asking += 1
        asking, answers = self._asking, self.answers.value()
        context = None if by_default else self.context.value()
        self.said.setText("")
        self._bridge.when(
            compute(lambda: local_model.facts(self._reference, context, answers=answers)),
            lambda known: self._show(asking, known),
            self._failed,
            owner=self,
        )

    def _show(self, asking: int, known: ModelFacts) -> None:
        if asking != self._asking:
            return
        if known.metadata.context:
            self.context.setMaximum(max(known.metadata.context, known.context))
        self.context.blockSignals(True)
        self.context.setValue(known.context)
        self.context.blockSignals(False)
        self.card.show_facts(known)
        self.card.show()

    def _use(self) -> None:
        context, answers = self.context.value(), self.answers.value()
        cache = context * answers if answers > 1 else None
        self._bridge.when(
            self._workspace.loop.submit(self._workspace.catalog.set_load_options(context=context, cache=cache)),
            lambda _done: self._used(),
            self._failed,
            owner=self,
        )

    def _used(self) -> None:
        self.said.setText("✓ The next run loads models so.")
        self.changed.emit()

    def _failed(self, error: BaseException) -> None:
        show_exception(self.error, error, retry=False)
