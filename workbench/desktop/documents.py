"""The open prompts, experiments and test sets as tabs. One may always be closed: the store keeps what is in it."""

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
from workbench.desktop.wide_page import WidePage

_LONGEST = 32
_SMALLEST = (160, 80)


class Documents(QStackedWidget):
    """Tabs, or an empty place that offers the first step."""

    current_changed = Signal(object)
    """The Document in front; None when there is none, or a page."""
    close_asked = Signal(object)
    """The Document or WidePage whose tab is to go."""
    new_asked = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._documents: list[Document] = []
        self._pages: list[WidePage] = []
        self.tabs = QTabWidget()
        self.tabs.setDocumentMode(True)
        self.tabs.setMovable(True)
        self.tabs.setTabsClosable(True)
        self.tabs.setElideMode(Qt.TextElideMode.ElideRight)
        self.tabs.setAccessibleName("Open tabs")
        self.tabs.tabBar().setAccessibleName("Open tabs")
        self.tabs.currentChanged.connect(lambda _: self.current_changed.emit(self.current()))
        self.tabs.tabCloseRequested.connect(self._ask_to_close)
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
        """The one in front; None when there is none, or a page."""
        return self._at(self.tabs.currentIndex())

    @property
    def pages(self) -> tuple[WidePage, ...]:
        """The open experiments and test sets, from left to right."""
        return tuple(page for n in range(self.tabs.count()) if (page := self._page_at(n)))

    def page_in_front(self) -> WidePage | None:
        """The experiment or test set in front."""
        return self._page_at(self.tabs.currentIndex())

    def page(self, key: str) -> WidePage | None:
        """The tab of an experiment or a test set, when it is open."""
        return next((page for page in self._pages if page.key == key), None)

    def of(self, prompt_id: str) -> Document | None:
        """The tab of a prompt, when it is open."""
        return next((document for document in self._documents if document.id == prompt_id), None)

    def add(self, document: Document) -> None:
        """A new tab, in front."""
        self._documents.append(document)
        self._add(document.editor, document.name)
        self.show_state(document)

    def add_page(self, page: WidePage, icon: str) -> None:
        """A new tab with an experiment or a test set, in front."""
        self._pages.append(page)
        page.setMinimumSize(*_SMALLEST)  # one that is behind must not take room from prompts
        index = self._add(page, page.title)
        self.tabs.setTabIcon(index, theme.icon(icon))
        page.changed_title.connect(lambda: self._show_title(page))
        self._show_title(page)

    def _add(self, widget: QWidget, name: str) -> int:
        index = self.tabs.addTab(widget, "")
        in_order(self._new, *(inside for n in range(self.tabs.count()) if (inside := self.tabs.widget(n))))
        close = self.tabs.tabBar().tabButton(index, _close_side(self.tabs))
        if close is not None:
            close.setAccessibleName(f"Close {name}")
        self.setCurrentWidget(self.tabs)
        self.tabs.setCurrentIndex(index)
        return index

    def bring_forward(self, document: Document | WidePage) -> None:
        """Bring a tab to the front."""
        self.tabs.setCurrentWidget(document if isinstance(document, WidePage) else document.editor)

    def remove(self, document: Document) -> None:
        """Take a tab away; what it held is in the store."""
        self._documents.remove(document)
        self._remove(document.editor)

    def remove_page(self, page: WidePage) -> None:
        """Take the tab of an experiment or a test set away."""
        self._pages.remove(page)
        self._remove(page)
        if page.bar is not None:
            page.bar.deleteLater()  # it stands in the run bar and would stay there

    def _remove(self, widget: QWidget) -> None:
        self.tabs.removeTab(self.tabs.indexOf(widget))
        widget.deleteLater()
        if not self.tabs.count():
            self.setCurrentIndex(0)

    def step(self, by: int) -> None:
        """Go on to the next tab, or the one before."""
        if count := self.tabs.count():
            self.tabs.setCurrentIndex((self.tabs.currentIndex() + by) % count)

    def show_state(self, document: Document) -> None:
        """Write the tab: its name, and a dot while the draft says what no version keeps."""
        index = self.tabs.indexOf(document.editor)
        differs = document.differs()
        self.tabs.setTabText(index, f"{_tab_name(document.name)}{'  ●' if differs else ''}")
        kept = "The draft is saved. It differs from every version." if differs else "As its version."
        self.tabs.setTabToolTip(index, f"{document.name}\n{kept}".replace("<", "‹"))

    def _ask_to_close(self, index: int) -> None:
        self.close_asked.emit(self._at(index) or self._page_at(index))

    def _show_title(self, page: WidePage) -> None:
        index = self.tabs.indexOf(page)
        self.tabs.setTabText(index, f"{_tab_name(page.title)}{f'  {page.note}' if page.note else ''}")
        self.tabs.setTabToolTip(index, page.title.replace("<", "‹"))
        close = self.tabs.tabBar().tabButton(index, _close_side(self.tabs))
        if close is not None:
            close.setAccessibleName(f"Close {page.title}")

    def _page_at(self, index: int) -> WidePage | None:
        widget = self.tabs.widget(index)
        return widget if isinstance(widget, WidePage) else None

    def _at(self, index: int) -> Document | None:
        editor = self.tabs.widget(index)
        return next((document for document in self._documents if document.editor is editor), None)


def _tab_name(name: str) -> str:
    short = name if len(name) <= _LONGEST else f"{name[: _LONGEST - 1]}…"
    return short.replace("&", "&&")


def _close_side(tabs: QTabWidget) -> QTabBar.ButtonPosition:
    side = tabs.style().styleHint(QStyle.StyleHint.SH_TabBar_CloseButtonPosition, None, tabs.tabBar())
    return QTabBar.ButtonPosition(side)
