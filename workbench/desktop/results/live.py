"""The quiet line over an answer: how it ended, and its numbers in columns that never move."""

from __future__ import annotations

from PySide6.QtCore import QEvent, Qt
from PySide6.QtGui import QFont, QFontMetrics
from PySide6.QtWidgets import QHBoxLayout, QLabel, QSizePolicy, QWidget

from workbench.core.completion import Timings, Usage
from workbench.core.run import Run
from workbench.desktop import theme
from workbench.desktop.results import figures
from workbench.desktop.theme import plain_label

_WIDEST = {
    "first": "00.00 s",
    "speed": "> 0,000 tok/s",
    "tokens": "00,000 → 0,000 tok",
    "cost": "≈ 0.0000 $",
    "total": "00:00 min",
}
_TIPS = {
    "first": "Time to the first token",
    "speed": "Tokens a second, after the first one",
    "tokens": "Tokens in → tokens out",
    "cost": "Estimated cost in US dollars, where the price is known",
    "total": "Time in all",
}
_LEAST_IMPORTANT = ("cost", "tokens", "first", "speed")
"""Hidden in this order when the pane is narrow; the time in all stays."""


class ToneLabel(QLabel):
    """Plain text in the colour of its meaning, in either theme."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setTextFormat(Qt.TextFormat.PlainText)
        self._tone: figures.Tone = "plain"

    def say(self, text: str, tone: figures.Tone = "plain") -> None:
        """Show a text; a sign or word in it says the tone too."""
        self.setText(text)
        self._paint(tone)

    def changeEvent(self, event: QEvent) -> None:
        super().changeEvent(event)
        if event.type() is QEvent.Type.PaletteChange:
            self._paint(self._tone)

    def _paint(self, tone: figures.Tone) -> None:
        self._tone = tone
        colors = theme.current()
        color = {"good": colors.good, "warning": colors.warning, "bad": colors.bad, "plain": colors.muted}[tone]
        sheet = f"color: {color};"
        if self.styleSheet() != sheet:  # setting it sends a PaletteChange again
            self.setStyleSheet(sheet)


class OutcomeBadge(ToneLabel):
    """How a run ended, as a sign and a word."""

    def show_outcome(self, outcome: figures.Outcome) -> None:
        """Say how it ended."""
        self.say(outcome.text, outcome.tone)
        self.setToolTip(outcome.meaning)

    def show_state(self, text: str) -> None:
        """Say what goes on; an empty text says nothing."""
        self.say(text)
        self.setToolTip("")


class LiveNumbers(QWidget):
    """Time to first token, speed, tokens, cost and time in all; right-aligned, in columns of fixed width."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Fixed)
        self._labels: dict[str, QLabel] = {}
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(8)
        row.addStretch()
        for name in ("first", "speed", "tokens", "cost", "total"):
            label = plain_label()
            label.setAlignment(Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter)
            label.setToolTip(_TIPS[name])
            label.setProperty("quiet", True)
            self._labels[name] = label
            row.addWidget(label)
        self._set_widths()
        self.clear()

    def clear(self) -> None:
        """No run, no numbers."""
        for label in self._labels.values():
            label.setText("")

    def show_progress(self, elapsed_ms: float, ttft_ms: float | None, pieces: int) -> None:
        """Numbers of a run on its way; a piece of text counts as a token until the model's own count comes."""
        streaming = (elapsed_ms - ttft_ms) / 1000 if ttft_ms is not None else 0
        rate = (pieces - 1) / streaming if pieces > 1 and streaming > 0.2 else None
        self._show(Timings(ttft_ms, elapsed_ms, rate), Usage(0, pieces) if pieces else None, None, counted=False)

    def show_run(self, run: Run) -> None:
        """The numbers of a run that ended."""
        self._show(run.timings, run.usage, run.cost, counted=True)
        as_of = run.details.get("price_as_of")
        self._labels["cost"].setToolTip(f"{_TIPS['cost']}: that of {as_of}" if as_of else _TIPS["cost"])

    def _show(self, timings: Timings, usage: Usage | None, cost: float | None, *, counted: bool) -> None:
        texts = {
            "first": figures.duration(timings.ttft_ms),
            "speed": figures.speed(timings.tokens_per_second),
            "tokens": figures.tokens(
                usage.prompt_tokens if usage and counted else None, usage.completion_tokens if usage else None
            ),
            "cost": figures.cost(cost),
            "total": figures.duration(timings.total_ms),
        }
        for name, text in texts.items():
            if self._labels[name].text() != text:
                self._labels[name].setText(text)
        self.setAccessibleDescription(", ".join(f"{_TIPS[name]}: {text}" for name, text in texts.items()))

    def _set_widths(self) -> None:
        font = tabular(self.font())
        metrics = QFontMetrics(font)
        for name, label in self._labels.items():
            label.setFont(font)
            label.setFixedWidth(metrics.horizontalAdvance(_WIDEST[name]) + 2)

    def resizeEvent(self, event: QEvent) -> None:
        room = self.width()
        needed = sum(label.width() + 8 for label in self._labels.values())
        for name in _LEAST_IMPORTANT:
            fits = needed <= room
            self._labels[name].setVisible(fits)
            needed -= 0 if fits else self._labels[name].width() + 8


def tabular(font: QFont) -> QFont:
    """The same face a little smaller, its digits all of one width."""
    small = QFont(font)
    if small.pointSizeF() > 0:
        small.setPointSizeF(max(7.0, small.pointSizeF() - 1))
    if hasattr(QFont, "Tag"):
        small.setFeature(QFont.Tag("tnum"), 1)
    return small
