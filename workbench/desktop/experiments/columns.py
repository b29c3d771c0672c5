"""The columns of a plan as a row of cards: what stands side by side in the table."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial

from PySide6.QtCore import QPoint, QSize, Qt, Signal
from PySide6.QtGui import QContextMenuEvent, QKeyEvent, QMouseEvent, QResizeEvent
from PySide6.QtWidgets import (
    QFrame,
    QHBoxLayout,
    QMenu,
    QScrollArea,
    QSizePolicy,
    QToolButton,
    QVBoxLayout,
    QWidget,
)

from workbench.desktop import theme
from workbench.desktop.experiments.reading import Face

_WIDEST, _NARROWEST = 340, 152
_SPARE = 4
"""Pixels of a text that its width does not count: where a letter leans out."""
_MENU = (
    ("edit", "Edit…", "edit", "Return"),
    ("open", "Open its prompt", "open", ""),
    ("copy", "Copy to the right", "duplicate", "Ctrl+D"),
    ("left", "Move left", "", "Alt+Left"),
    ("right", "Move right", "", "Alt+Right"),
    ("remove", "Remove", "delete", "Del"),
)


class ColumnStrip(QScrollArea):
    """A card for each column; scrolls sideways when there are many."""

    asked = Signal(str, str)
    """What is to be done with a column (`edit`, `open`, `copy`, `left`, `right`, `remove`), and its id."""
    add_asked = Signal()
    model_asked = Signal()
    """Every column is wanted on a further model."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setWidgetResizable(True)
        self.setVerticalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self.setSizePolicy(QSizePolicy.Policy.Preferred, QSizePolicy.Policy.Fixed)
        self._cards: dict[str, Card] = {}
        self._inside = QWidget()
        self._row = QHBoxLayout(self._inside)
        self._row.setContentsMargins(0, 0, 0, 0)
        self._row.setSpacing(theme.INSIDE)
        self.add = QToolButton()
        self.add.setIcon(theme.icon("add"))
        self.add.setText("Column")
        self.add.setToolTip("Add a column: a copy of the last one, to be changed in one thing")
        self.add.setAccessibleName("Add a column")
        self.add.setToolButtonStyle(Qt.ToolButtonStyle.ToolButtonTextBesideIcon)
        self.add.setIconSize(QSize(16, 16))
        self.add.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.add.setPopupMode(QToolButton.ToolButtonPopupMode.MenuButtonPopup)
        menu = QMenu(self.add)
        menu.addAction("Copy of the last column…", self.add_asked.emit)
        menu.addAction("Every column on another model…", self.model_asked.emit)
        self.add.setMenu(menu)
        self.add.clicked.connect(self.add_asked)
        self._row.addWidget(self.add)
        self._row.addStretch(1)
        self.setWidget(self._inside)

    def show_columns(self, faces: Sequence[Face]) -> None:
        """One card for each of these, in their order; cards that stay keep the focus."""
        for gone in self._cards.keys() - {face.id for face in faces}:
            self._cards.pop(gone).deleteLater()
        for place, face in enumerate(faces):
            card = self._cards.get(face.id)
            if card is None:
                card = self._cards[face.id] = Card()
                card.asked.connect(partial(self._ask, face.id))
            card.show_face(face, first=place == 0, last=place == len(faces) - 1)
            if self._row.indexOf(card) != place:
                self._row.insertWidget(place, card)
        self.updateGeometry()

    def card(self, column_id: str) -> Card:
        """The card of a column."""
        return self._cards[column_id]

    def cards(self) -> tuple[Card, ...]:
        """From left to right."""
        return tuple(sorted(self._cards.values(), key=self._row.indexOf))

    def _ask(self, column_id: str, what: str) -> None:
        self.asked.emit(what, column_id)

    def sizeHint(self) -> QSize:
        bar = self.horizontalScrollBar()
        room = bar.sizeHint().height() if self._inside.minimumSizeHint().width() > self.width() else 0
        cards = max(
            (card.sizeHint().height() for card in self._cards.values()), default=self.add.sizeHint().height()
        )
        return QSize(super().sizeHint().width(), cards + room)

    def minimumSizeHint(self) -> QSize:
        return QSize(_NARROWEST, self.sizeHint().height())

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self.updateGeometry()  # whether there is a scroll bar below the cards


class Card(QFrame):
    """What a column stands for; Return changes it, the context menu has the rest."""

    asked = Signal(str)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setProperty("card", True)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setCursor(Qt.CursorShape.PointingHandCursor)
        self.setSizePolicy(QSizePolicy.Policy.Preferred, QSizePolicy.Policy.Fixed)
        self.setMinimumWidth(_NARROWEST)
        self.setMaximumWidth(_WIDEST)
        self.title = theme.plain_label()
        self.title.setProperty("title", True)
        self.about = theme.plain_label(role="quiet")
        for label in (self.title, self.about):
            label.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Fixed)
            label.setAttribute(Qt.WidgetAttribute.WA_TransparentForMouseEvents)
        self.more = QToolButton()
        self.more.setIcon(theme.icon("more"))
        self.more.setIconSize(QSize(14, 14))
        self.more.setFocusPolicy(Qt.FocusPolicy.NoFocus)  # the card itself takes every key of it
        self.more.clicked.connect(lambda: self._open_menu(self.more.mapToGlobal(QPoint(0, self.more.height()))))
        self._first = self._last = False
        self._face = Face("", "", "")
        words = QVBoxLayout()
        words.setSpacing(0)
        words.addWidget(self.title)
        words.addWidget(self.about)
        row = QHBoxLayout(self)
        row.setContentsMargins(theme.INSIDE + 2, theme.UNIT, theme.UNIT, theme.UNIT)
        row.setSpacing(theme.UNIT)
        row.addLayout(words, 1)
        row.addWidget(self.more, 0, Qt.AlignmentFlag.AlignTop)

    def show_face(self, face: Face, *, first: bool, last: bool) -> None:
        """Show this column."""
        self._face, self._first, self._last = face, first, last
        self.updateGeometry()  # another face wants another width, which elides it anew
        self._elide()
        said = face.problem or face.about
        self.setToolTip(f"{face.title}\n{said}".replace("<", "‹"))
        self.setAccessibleName(f"Column {face.title}, {said}")
        self.more.setAccessibleName(f"What to do with the column {face.title}")
        self.setProperty("tone", "bad" if face.problem else "")
        self.style().polish(self)

    def menu(self) -> QMenu:
        """What can be done with the column."""
        menu = QMenu(self)
        menu.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        for what, text, icon, keys in _MENU:
            action = menu.addAction(f"{text}\t{keys}" if keys else text)
            if icon:
                action.setIcon(theme.icon(icon))
            action.setEnabled(not ((what == "left" and self._first) or (what == "right" and self._last)))
            action.triggered.connect(partial(self.asked.emit, what))
        return menu

    def _open_menu(self, place: QPoint) -> None:
        self.menu().popup(place)

    def _elide(self) -> None:
        face, mode = self._face, Qt.TextElideMode
        # Titles differ at their end as often as not: a version, a model.
        for label, text, where in (
            (self.title, face.title, mode.ElideMiddle),
            (self.about, face.problem or face.about, mode.ElideRight),
        ):
            label.setText(label.fontMetrics().elidedText(text, where, max(label.width(), 40)))

    # Qt

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._elide()

    def sizeHint(self) -> QSize:
        said = ((self.title, self._face.title), (self.about, self._face.problem or self._face.about))
        wanted = max(label.fontMetrics().horizontalAdvance(text) for label, text in said) + _SPARE
        room = theme.INSIDE + 2 + 3 * theme.UNIT + self.more.sizeHint().width()
        return QSize(min(max(wanted + room, _NARROWEST), _WIDEST), super().sizeHint().height())

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        super().mouseReleaseEvent(event)
        if event.button() == Qt.MouseButton.LeftButton and self.rect().contains(event.position().toPoint()):
            self.asked.emit("edit")

    def contextMenuEvent(self, event: QContextMenuEvent) -> None:
        self._open_menu(event.globalPos())

    def keyPressEvent(self, event: QKeyEvent) -> None:
        alt = event.modifiers() == Qt.KeyboardModifier.AltModifier
        match event.key():
            case Qt.Key.Key_Return | Qt.Key.Key_Enter | Qt.Key.Key_Space if not event.modifiers():
                self.asked.emit("edit")
            case Qt.Key.Key_Delete | Qt.Key.Key_Backspace if not event.modifiers():
                self.asked.emit("remove")
            case Qt.Key.Key_D if event.modifiers() == Qt.KeyboardModifier.ControlModifier:
                self.asked.emit("copy")
            case Qt.Key.Key_Left if alt and not self._first:
                self.asked.emit("left")
            case Qt.Key.Key_Right if alt and not self._last:
                self.asked.emit("right")
            case _:
                super().keyPressEvent(event)
