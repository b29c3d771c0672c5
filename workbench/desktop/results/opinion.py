"""What a person makes of the run that a detail shows: rated, corrected, copied; kept at once."""

from __future__ import annotations

from dataclasses import replace

from PySide6.QtCore import QObject, Qt, Signal
from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import QWidget

from workbench.core.run import RatedRun, Rating
from workbench.desktop.bridge import Bridge
from workbench.desktop.results.answer_body import AnswerBody
from workbench.desktop.results.footer import AnswerFooter
from workbench.desktop.results.golden import GoldenDialog
from workbench.running import Workspace


class Opinion(QObject):
    """Takes what the footer below an answer asks for, and the keys that stand for it."""

    changed = Signal()
    """The rating is another one; it is being saved."""
    saved = Signal(str, object)
    """A run's id and its new Rating."""
    status = Signal(str)

    def __init__(
        self,
        workspace: Workspace,
        bridge: Bridge,
        parent: QWidget,
        *,
        body: AnswerBody,
        footer: AnswerFooter,
        no_answer: str,
        no_run: str,
    ) -> None:
        super().__init__(parent)
        self._workspace, self._bridge, self._parent = workspace, bridge, parent
        self._body, self._footer = body, footer
        self._no_answer, self._no_run = no_answer, no_run
        self.run: RatedRun | None = None
        """The one that is shown."""
        footer.rating.rated.connect(self._save)
        footer.golden_asked.connect(self.edit_golden)
        footer.copy_asked.connect(self.copy_answer)

    def rating(self) -> Rating:
        """Of the run that is shown."""
        return self.run.rating if self.run else Rating()

    def show(self) -> None:
        """Have the footer say what the rating is."""
        self._footer.setEnabled(bool(self.run and self.run.run.text))
        self._footer.rating.set_rating(self.rating())
        self._footer.set_golden(exists=self.rating().golden is not None)

    def rate(self, score: int) -> None:
        """Rate 1 to 5; the same again takes it back."""
        if self._has_answer():
            self._footer.rating.score(score)

    def toggle(self, verdict: str) -> None:
        """Good or bad; the same again takes it back."""
        if self._has_answer():
            self._footer.rating.toggle("good" if verdict == "good" else "bad")

    def copy_answer(self) -> None:
        """Put the exact answer on the clipboard."""
        if self._has_answer():
            QGuiApplication.clipboard().setText(self._body.answer())
            self.status.emit("Answer copied")

    def edit_golden(self) -> None:
        """Open the golden answer."""
        if not self._has_answer():
            return
        self.show()  # the button was pressed, and says only whether there is one
        dialog = GoldenDialog(self._bridge, self._body.answer(), self.rating(), self._parent)
        dialog.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        dialog.accepted.connect(lambda: self._save(dialog.rating()))
        dialog.open()

    def _has_answer(self) -> bool:
        """Whether there is an answer to judge; where there is none, the person is told."""
        if self.run is not None and self.run.run.text:
            return True
        self.status.emit(self._no_answer if self.run else self._no_run)
        return False

    def _save(self, rating: Rating) -> None:
        if self.run is None:
            return
        run_id, rating = self.run.run.id, replace(rating, rated_at=None)
        self.run = replace(self.run, rating=rating)
        self.show()
        self.changed.emit()
        self._bridge.when(
            self._workspace.store.write(lambda store: store.rate(run_id, rating)),
            lambda _done: self.saved.emit(run_id, rating),
            lambda error: self.status.emit(f"The rating was not saved. {error}"),
            owner=self,
        )
