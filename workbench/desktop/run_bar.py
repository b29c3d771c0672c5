"""The bar on top: run, stop, which models run, what it will take, and what is always one click away."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from PySide6.QtCore import QSize, Qt
from PySide6.QtGui import QAction
from PySide6.QtWidgets import QFrame, QHBoxLayout, QMenu, QToolButton, QWidget

from workbench.desktop import theme
from workbench.desktop.model_chips import ModelChips


class RunBar(QWidget):
    """Buttons made from the actions of the window, and a line about the run to come."""

    def __init__(self, actions: Mapping[str, QAction], parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("run_bar")
        self.setAttribute(Qt.WidgetAttribute.WA_StyledBackground)
        self.run = _button(actions["run"], beside=True)
        self.run.setProperty("primary", True)
        self.run.setPopupMode(QToolButton.ToolButtonPopupMode.MenuButtonPopup)
        self.run.setMenu(_menu(self, [actions["run"], actions["run_pane"], actions["add_pane"]]))
        self.stop = _button(actions["stop"], beside=True)
        self.models = ModelChips()
        self.estimate = theme.plain_label(role="quiet")
        self.add_pane = _button(actions["add_pane"])
        self.save = _button(actions["save_version"], beside=True)
        self.export = _button(actions["export"], beside=True)
        self.theme = _button(actions["theme"])
        self.palette_button = _button(actions["palette"])
        row = QHBoxLayout(self)
        row.setContentsMargins(theme.INSIDE, theme.UNIT + 2, theme.INSIDE, theme.UNIT + 2)
        row.setSpacing(theme.UNIT)
        row.addWidget(self.run)
        row.addWidget(self.stop)
        row.addWidget(_line())
        row.addWidget(self.models, 1)
        row.addWidget(self.add_pane)
        row.addStretch()
        row.addWidget(self.estimate)
        row.addWidget(_line())
        for button in (self.save, self.export, self.palette_button, self.theme):
            row.addWidget(button)
        self._of_prompts = _until(row, self.save)
        self._page: QWidget | None = None

    def show_page(self, bar: QWidget | None, *, wide: bool) -> None:
        """While a page has the whole width, its own bar stands here in place of what belongs to prompts."""
        from workbench.desktop.tab_order import in_order

        if self._page is not None and self._page is not bar:
            self._page.hide()
        for widget in self._of_prompts:
            widget.setHidden(wide)
        row = self.layout()
        if bar is not None and isinstance(row, QHBoxLayout):
            if row.indexOf(bar) < 0:
                row.insertWidget(0, bar, 1)
                in_order(bar, self.export)
            bar.show()
        self._page = bar

    def show_models(self, references: Sequence[str], cost: float | None, as_of: str = "") -> None:
        """Say which models run next, how many calls that is and about what it costs by the prices of a date."""
        self.models.show_models(references)
        calls = "1 call" if len(references) == 1 else f"{len(references)} calls"
        self.estimate.setText(f"≈ {calls} · {_money(references, cost)}" if references else "")
        told = ["What the next run takes: one call for each pane. Local models cost nothing."]
        told += (
            [f"Estimated by prices of {as_of}; the invoice is the truth. File → Prices and limits."]
            if as_of
            else []
        )
        self.estimate.setToolTip("\n".join(told))


def _money(references: Sequence[str], cost: float | None) -> str:
    from workbench.core.model_reference import parse  # nothing of the core is in the first paint
    from workbench.core.money import dollars

    if not any(parse(reference).profile for reference in references):
        return "free"
    return "price not known" if cost is None else dollars(cost)


def _button(action: QAction, *, beside: bool = False) -> QToolButton:
    button = QToolButton()
    button.setDefaultAction(action)
    button.setAccessibleName(action.text().rstrip("…"))
    button.setIconSize(QSize(16, 16))
    button.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
    style = Qt.ToolButtonStyle.ToolButtonTextBesideIcon if beside else Qt.ToolButtonStyle.ToolButtonIconOnly
    button.setToolButtonStyle(style)
    return button


def _until(row: QHBoxLayout, last: QWidget) -> list[QWidget]:
    """The widgets from the first one to this one."""
    items = (row.itemAt(n) for n in range(row.indexOf(last) + 1))
    return [widget for item in items if item is not None and (widget := item.widget()) is not None]


def _menu(parent: QWidget, actions: Sequence[QAction]) -> QMenu:
    menu = QMenu(parent)
    menu.addActions(list(actions))
    return menu


def _line() -> QFrame:
    line = QFrame()
    line.setFrameShape(QFrame.Shape.VLine)
    line.setFixedWidth(1 + 2 * theme.UNIT)
    return line
