"""What every check said of one answer: sign and word, what was asked, the reason."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QFrame, QGridLayout, QScrollArea, QSizePolicy, QVBoxLayout, QWidget

from workbench.core.check import Check, Judgement, Kind, Verdict
from workbench.desktop.results.figures import Tone
from workbench.desktop.results.live import ToneLabel
from workbench.desktop.test_sets.check_words import in_words
from workbench.desktop.theme import plain_label

_MOST = 100
"""Checks that are listed; nobody reads more, and each is made of widgets."""


class CheckList(QScrollArea):
    """The verdicts of a judgement, one under the other, the failed ones first."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setWidgetResizable(True)
        self.setFrameShape(QFrame.Shape.NoFrame)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setAccessibleName("Checks")
        self._said: tuple[str, ...] = ()
        self.say("Nothing is checked yet.")

    def show_judgement(
        self, checks: Sequence[Check], judgement: Judgement | None, kinds: Mapping[str, Kind]
    ) -> None:
        """List what the checks of a cell said of its answer."""
        if judgement is None or not judgement.verdicts:
            asked = f"{len(checks):,} checks wait for an answer." if checks else "Nothing is checked in this case."
            self.say(asked)
            return
        rows = [
            (in_words(checks[at], kinds) if at < len(checks) else f"Check {at + 1}", verdict, _weight(checks, at))
            for at, verdict in enumerate(judgement.verdicts)
        ]
        rows.sort(key=lambda row: row[1].passed)
        page = QWidget()
        grid = QGridLayout(page)
        grid.setContentsMargins(12, 8, 12, 8)
        grid.setHorizontalSpacing(12)
        grid.setVerticalSpacing(8)
        grid.setColumnStretch(1, 1)
        for at, (asked, verdict, weight) in enumerate(rows[:_MOST]):
            _add(grid, at, asked, verdict, weight)
        grid.setRowStretch(len(rows), 1)
        self._said = tuple(f"{_sign(verdict)[0]} {asked}: {verdict.reason}" for asked, verdict, _ in rows)
        self.setWidget(page)

    def say(self, text: str) -> None:
        """Say why there is no list."""
        page = QWidget()
        column = QVBoxLayout(page)
        column.setContentsMargins(12, 8, 12, 8)
        label = plain_label(text, "quiet")
        label.setWordWrap(True)
        column.addWidget(label)
        column.addStretch()
        self._said = ()
        self.setWidget(page)

    def said(self) -> tuple[str, ...]:
        """Every line, as text."""
        return self._said


def _add(grid: QGridLayout, row: int, asked: str, verdict: Verdict, weight: str) -> None:
    badge = ToneLabel()
    badge.say(*_sign(verdict))
    what, why = plain_label(asked), plain_label(verdict.reason, "quiet")
    score = plain_label(" · ".join(filter(None, (f"{verdict.score:.2f}", weight))), "quiet")
    score.setToolTip("Score, 0 to 1")
    texts = QVBoxLayout()
    texts.setSpacing(2)
    for label in (what, why):
        label.setWordWrap(True)
        label.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
        label.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Preferred)
        texts.addWidget(label)
    grid.addWidget(badge, row, 0, Qt.AlignmentFlag.AlignTop)
    grid.addLayout(texts, row, 1)
    grid.addWidget(score, row, 2, Qt.AlignmentFlag.AlignTop)


def _sign(verdict: Verdict) -> tuple[str, Tone]:
    if not verdict.decided:
        return "? undecided", "warning"
    return ("✓ passed", "good") if verdict.passed else ("✗ failed", "bad")


def _weight(checks: Sequence[Check], at: int) -> str:
    if at >= len(checks) or checks[at].weight == 1:
        return ""
    return "only shown" if not checks[at].weight else f"weight {checks[at].weight:g}"
