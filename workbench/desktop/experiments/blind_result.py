"""What a blind comparison came to, with the names that were hidden."""

from __future__ import annotations

from dataclasses import dataclass

from PySide6.QtCore import QEvent, Qt, Signal
from PySide6.QtWidgets import QHBoxLayout, QScrollArea, QVBoxLayout, QWidget

from workbench.core.blind import BlindVote, Standing, sentence, standing
from workbench.core.experiment import Experiment
from workbench.core.pictures.figures import counted, percent
from workbench.core.pictures.gallery import win_rates
from workbench.core.pictures.palette import LIGHT, Palette
from workbench.core.pictures.svg import Picture
from workbench.desktop.computation import Computation
from workbench.desktop.experiments.picture_view import PictureView, shown_palette
from workbench.desktop.results.controls import button
from workbench.desktop.theme import plain_label


@dataclass(frozen=True, slots=True)
class _Result:
    """Everything that is shown."""

    standing: Standing
    sentences: tuple[str, ...]
    shown: Picture
    saved: Picture


class BlindResult(QWidget):
    """Win rates with their intervals, what they mean, and what became of the votes."""

    back_asked = Signal()
    status = Signal(str)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.title = plain_label()
        self.title.setProperty("title", True)
        self.picture = PictureView()
        self.said = plain_label()
        self.said.setWordWrap(True)
        self.said.setTextInteractionFlags(
            Qt.TextInteractionFlag.TextSelectableByMouse | Qt.TextInteractionFlag.TextSelectableByKeyboard
        )
        self.said.setAccessibleName("What the votes say")
        self.notes = plain_label("", "quiet")
        self.notes.setWordWrap(True)
        self.back = button("Go on voting", "Hide the names and show the next pair", primary=True)
        self.back.clicked.connect(self.back_asked)
        self.picture.status.connect(self.status)
        self._asked: tuple[Experiment, tuple[BlindVote, ...]] | None = None
        self._summing = Computation(self)
        self._summing.finished.connect(self._show)
        self._lay_out()

    def _lay_out(self) -> None:
        page = QWidget()
        column = QVBoxLayout(page)
        column.setContentsMargins(16, 8, 16, 16)
        column.setSpacing(12)
        column.addWidget(self.title)
        column.addWidget(self.picture, 0, Qt.AlignmentFlag.AlignLeft)
        column.addWidget(self.said)
        column.addWidget(self.notes)
        row = QHBoxLayout()
        row.addWidget(self.back)
        row.addStretch()
        column.addLayout(row)
        column.addStretch()
        scroll = QScrollArea()
        scroll.setWidgetResizable(True)
        scroll.setWidget(page)
        outer = QVBoxLayout(self)
        outer.setContentsMargins(0, 0, 0, 0)
        outer.addWidget(scroll)

    def show_votes(self, experiment: Experiment, votes: tuple[BlindVote, ...]) -> None:
        """Sum the votes up and show the names."""
        self._asked = (experiment, votes)
        palette = shown_palette()
        self._summing.start(lambda: _summed(experiment, votes, palette))

    def clear(self) -> None:
        """Forget all names."""
        self._asked = None
        self._summing.drop()
        for label in (self.title, self.said, self.notes):
            label.clear()
        self.picture.clear()

    def _show(self, result: _Result) -> None:
        found = result.standing
        self.title.setText(f"Result of {counted(found.votes, 'vote')}")
        self.picture.show_picture(result.shown, saved=result.saved)
        self.said.setText("\n".join(result.sentences))
        self.notes.setText("\n".join(_notes(found)))

    def changeEvent(self, event: QEvent) -> None:
        super().changeEvent(event)
        if event.type() is QEvent.Type.PaletteChange and self._asked:
            self.show_votes(*self._asked)


def _summed(experiment: Experiment, votes: tuple[BlindVote, ...], palette: Palette) -> _Result:
    found = standing(experiment, votes)
    titles = {variant.id: variant.title for variant in experiment.variants}
    said = tuple(sentence(duel, titles[duel.first], titles[duel.second]) for duel in found.duels)
    return _Result(found, said, win_rates(experiment, found, palette), win_rates(experiment, found, LIGHT))


def _notes(found: Standing) -> list[str]:
    kept = sum(duel.first_won + duel.second_won for duel in found.duels)
    notes = [f"{counted(kept, 'vote')} with a winner became preferences: training data can be made of them."]
    if len(found.duels) > 1:
        notes.append(f"The p-values are those of the sign test, corrected for {len(found.duels)} pairs (Holm).")
    if found.left is not None and not found.left.low <= 0.5 <= found.left.high:
        side = "more" if found.left.value > 0.5 else "less"
        notes.append(
            f"The left answer won {percent(found.left.value)} of the votes, {side} often than chance explains. "
            "Sides were drawn at random, so no column gains from it, but the votes are less sharp."
        )
    return notes
