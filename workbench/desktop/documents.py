"""The open prompts as tabs. A tab may always be closed: drafts are kept by the store."""

from __future__ import annotations

from collections.abc import Iterator

from PySide6.QtCore import QSize, Qt, Signal
from PySide6.QtWidgets import (
    QPushButton,
    QStackedWidget,
    QStyle,
    QTabBar,
    QTabWidget,
    QToolButton,
    QVBoxLayout,
    QWidget,
)

from workbench.desktop import theme
from workbench.desktop.document import Document
from workbench.desktop.tab_order import in_order

_LONGEST = 32


class Documents(QStackedWidget):
    """Tabs, or an empty place that offers the first step."""

    current_changed = Signal(object)
    """The Document in front, or None."""
    close_asked = Signal(object)
    """The Document whose tab is to go."""
    new_asked = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._documents: list[Document] = []
        self.tabs = QTabWidget()
        self.tabs.setDocumentMode(True)
        self.tabs.setMovable(True)
        self.tabs.setTabsClosable(True)
        self.tabs.setElideMode(Qt.TextElideMode.ElideRight)
        self.tabs.setAccessibleName("Open prompts")
        self.tabs.tabBar().setAccessibleName("Open prompts")
        self.tabs.currentChanged.connect(lambda _: self.current_changed.emit(self.current()))
        self.tabs.tabCloseRequested.connect(lambda index: self.close_asked.emit(self._at(index)))
        self._new = self._new_button()
        self.tabs.setCornerWidget(self._new, Qt.Corner.TopRightCorner)
        self.addWidget(self._empty())
        self.addWidget(self.tabs)

    def _new_button(self) -> QToolButton:
        button = QToolButton()
        button.setIcon(theme.icon("add"))
        button.setIconSize(QSize(16, 16))
        button.setToolTip("New prompt (Ctrl+N)")
        button.setAccessibleName("New prompt")
        button.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        button.clicked.connect(self.new_asked)
        return button

    def _empty(self) -> QWidget:
        place = QWidget()
        title = theme.plain_label("No prompt is open", "heading")
        hint = theme.plain_label("Choose one in the library, or write a new one.", "quiet")
        button = QPushButton("New prompt  Ctrl+N")
        button.setAccessibleName("New prompt")
        button.clicked.connect(self.new_asked)
        column = QVBoxLayout(place)
        column.setSpacing(theme.INSIDE)
        column.addStretch(2)
        for widget in (title, hint, button):
            column.addWidget(widget, 0, Qt.AlignmentFlag.AlignHCenter)
        column.addStretch(3)
        return place

    def __iter__(self) -> Iterator[Document]:
        """From left to right."""
        return (document for n in range(self.tabs.count()) if (document := self._at(n)))

    def current(self) -> Document | None:
        """The one in front."""
        return self._at(self.tabs.currentIndex())

    def of(self, prompt_id: str) -> Document | None:
        """The tab of a prompt, when it is open."""
        return next((document for document in self._documents if document.id == prompt_id), None)

    def add(self, document: Document) -> None:
        """A new tab, in front."""
        self._documents.append(document)
        index = self.tabs.addTab(document.editor, "")
        in_order(self._new, *(each.editor for each in self))
        self.show_state(document)
        close = self.tabs.tabBar().tabButton(index, _close_side(self.tabs))
        if close is not None:
            close.setAccessibleName(f"Close {document.name}")
        self.setCurrentWidget(self.tabs)
        self.tabs.setCurrentIndex(index)

    def bring_forward(self, document: Document) -> None:
        """Bring a tab to the front."""
        self.tabs.setCurrentWidget(document.editor)

    def remove(self, document: Document) -> None:
        """Take a tab away; what it held is in the store."""
        self._documents.remove(document)
        self.tabs.removeTab(self.tabs.indexOf(document.editor))
        document.editor.deleteLater()
        if not self._documents:
            self.setCurrentIndex(0)

    def step(self, by: int) -> None:
        """Go on to the next tab, or the one before."""
        if count := self.tabs.count():
            self.tabs.setCurrentIndex((self.tabs.currentIndex() + by) % count)

    def show_state(self, document: Document) -> None:
        """Write the tab: its name, and a dot while the draft says what no version keeps."""
        index = self.tabs.indexOf(document.editor)
        name = document.name if len(document.name) <= _LONGEST else f"{document.name[: _LONGEST - 1]}…"
        differs = document.differs()
        self.tabs.setTabText(index, f"{name.replace('&', '&&')}{'  ●' if differs else ''}")
        kept = "The draft is saved. It differs from every version." if differs else "As its version."
        self.tabs.setTabToolTip(index, f"{document.name}\n{kept}".replace("<", "‹"))

    def _at(self, index: int) -> Document | None:
        editor = self.tabs.widget(index)
        return next((document for document in self._documents if document.editor is editor), None)


def _close_side(tabs: QTabWidget) -> QTabBar.ButtonPosition:
    side = tabs.style().styleHint(QStyle.StyleHint.SH_TabBar_CloseButtonPosition, None, tabs.tabBar())
    return QTabBar.ButtonPosition(side)
