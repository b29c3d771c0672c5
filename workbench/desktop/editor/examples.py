"""The few-shot section: a list of examples that can be added, moved, copied, switched off and removed.

The list does not change the prompt itself: it says what the examples should be, and shows what they became.
"""

from __future__ import annotations

from dataclasses import replace

from PySide6.QtCore import QPoint, Qt, Signal
from PySide6.QtWidgets import QFrame, QHBoxLayout, QPushButton, QVBoxLayout, QWidget

from workbench.core.prompt import Example
from workbench.desktop import theme
from workbench.desktop.editor.example_card import ExampleCard
from workbench.desktop.tab_order import in_front_of

Examples = tuple[Example, ...]


class ExampleList(QWidget):
    """Cards of all examples, with a button for one more."""

    changed = Signal(str, tuple, int)
    """Words for the undo history, the examples as a person wants them, and which of them to show."""
    field_made = Signal(object, object, str)
    """A text field that came up, its card and the name of its field."""

    def __init__(self) -> None:
        super().__init__()
        self._examples: Examples = ()
        self._cards: list[ExampleCard] = []
        self._with_reasoning = False
        self._target: int | None = None
        self._line = QFrame(self)
        self._line.setFixedHeight(2)
        self._line.hide()
        self._add = QPushButton("Add example")
        self._add.setIcon(theme.icon("add"))
        self._add.setProperty("link", True)
        self._add.clicked.connect(self.add)
        self._column = QVBoxLayout()
        self._column.setSpacing(0)
        foot = QHBoxLayout()
        foot.setContentsMargins(8, 2, 8, 4)
        foot.addWidget(self._add)
        foot.addStretch(1)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 2, 0, 0)
        layout.setSpacing(0)
        layout.addLayout(self._column)
        layout.addLayout(foot)

    # --- what is shown

    def show_examples(self, examples: Examples, *, with_reasoning: bool) -> None:
        """Show these; a card goes with its example to wherever that went, and stays open or folded."""
        if examples is self._examples and with_reasoning == self._with_reasoning:
            return
        self._with_reasoning = with_reasoning
        cards = self._matched(examples)
        for card in self._cards:
            if card not in cards:
                self._column.removeWidget(card)
                card.hide()
                card.deleteLater()
        self._examples, self._cards = examples, cards
        for index, (card, example) in enumerate(zip(cards, examples, strict=True)):
            if self._column.indexOf(card) != index:
                self._column.insertWidget(index, card)
            card.show_example(example, index, last=index == len(cards) - 1, with_reasoning=with_reasoning)
        in_front_of(self._add, *cards)

    def _matched(self, examples: Examples) -> list[ExampleCard]:
        """A card for each example: the one that showed it, else the one at its place, else a new one."""
        by_example: dict[Example, list[ExampleCard]] = {}
        for card in self._cards:
            by_example.setdefault(card.example, []).append(card)
        found = [by_example[e].pop(0) if by_example.get(e) else None for e in examples]
        used = {id(card) for card in found if card}
        for index, card in enumerate(self._cards[: len(found)]):
            if found[index] is None and id(card) not in used and len(examples) == len(self._cards):
                found[index] = card
        return [card or self._made(example) for card, example in zip(found, examples, strict=True)]

    def _made(self, example: Example) -> ExampleCard:
        card = ExampleCard(example)
        card.toggled.connect(lambda on: self._switch(card, on=on))
        card.move_asked.connect(lambda step: self.move_example(card.index, card.index + step))
        card.duplicate_asked.connect(lambda: self._duplicate(card.index))
        card.remove_asked.connect(lambda: self._remove(card.index))
        card.dragged.connect(self._drag)
        card.dropped.connect(lambda: self._drop(card.index))
        card.field_made.connect(lambda edit, name: self.field_made.emit(edit, card, name))
        return card

    def took(self, index: int, examples: Examples) -> None:
        """The examples as they are after typing in one of them."""
        self._examples = examples
        self._cards[index].took(examples[index])

    def card(self, index: int) -> ExampleCard:
        """The card of an example."""
        return self._cards[index]

    def show_counts(self, counts: tuple[int, ...], *, exact: bool) -> None:
        """The tokens of each example."""
        for index, card in enumerate(self._cards):
            card.show_count(counts[index] if index < len(counts) else None, exact=exact)

    def summary(self) -> str:
        """How many examples there are, for the header."""
        on, all_ = sum(example.enabled for example in self._examples), len(self._examples)
        return f"{on} of {all_} on" if all_ else ""

    # --- what a person asks for

    def add(self) -> None:
        """One more example, open, at the end."""
        self.changed.emit("add example", (*self._examples, Example()), len(self._examples))
        card = self._cards[-1]
        card.field("input").setFocus(Qt.FocusReason.OtherFocusReason)

    def move_example(self, index: int, to: int) -> None:
        """Put an example to another place."""
        if not 0 <= to < len(self._examples) or to == index:
            return
        examples = list(self._examples)
        examples.insert(to, examples.pop(index))
        self.changed.emit("move example", tuple(examples), to)

    def _duplicate(self, index: int) -> None:
        copy = replace(self._examples[index])
        self.changed.emit(
            "duplicate example", (*self._examples[: index + 1], copy, *self._examples[index + 1 :]), index + 1
        )

    def _remove(self, index: int) -> None:
        rest = (*self._examples[:index], *self._examples[index + 1 :])
        self.changed.emit("remove example", rest, min(index, len(rest) - 1))
        (self._cards[min(index, len(rest) - 1)].enabled if rest else self._add).setFocus()

    def _switch(self, card: ExampleCard, *, on: bool) -> None:
        examples = list(self._examples)
        examples[card.index] = replace(examples[card.index], enabled=on)
        self.changed.emit("switch example", tuple(examples), card.index)

    def _drag(self, point: QPoint) -> None:
        """Show where the example would go."""
        y = self.mapFromGlobal(point).y()
        self._target = sum(card.geometry().center().y() < y for card in self._cards)
        at = (
            self._cards[self._target].y()
            if self._target < len(self._cards)
            else self._cards[-1].geometry().bottom()
        )
        self._line.setStyleSheet(f"background: {theme.current().accent}")
        self._line.setGeometry(8, at - 1, self.width() - 16, 2)
        self._line.show()
        self._line.raise_()

    def _drop(self, index: int) -> None:
        target, self._target = self._target, None
        self._line.hide()
        if target is not None:
            self.move_example(index, target - (target > index))
