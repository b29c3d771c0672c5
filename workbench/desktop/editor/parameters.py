"""The generation parameters: what is set is sent, what is empty is left to the model or its server.

Those that most people never touch are folded away; the fold says how many of them are set.
"""

from __future__ import annotations

import random
from dataclasses import asdict

from PySide6.QtCore import QEvent, QSize, Qt, Signal
from PySide6.QtWidgets import QPushButton, QToolButton, QVBoxLayout, QWidget

from workbench.core.completion import PARAMETERS, GenerationConfig, checked, parse_bias, write_bias
from workbench.desktop import theme
from workbench.desktop.editor.number_field import NumberField
from workbench.desktop.editor.parameter_rows import Note, Parameter, ParameterRows
from workbench.desktop.editor.section import icon_button
from workbench.desktop.editor.stop_strings import from_lines, to_lines
from workbench.desktop.editor.value_field import ValueField
from workbench.errors import UserError

_COMMON = (
    Parameter("temperature", "Temperature", "How freely words are chosen: 0 always takes the likeliest.", 0.1),
    Parameter("max_tokens", "Max tokens", "The answer ends after so many tokens.", 64),
    Parameter("top_p", "Top-p", "Only the likeliest words that together have this probability.", 0.05),
    Parameter("top_k", "Top-k", "Only so many of the likeliest words; 0 takes all.", 10),
    Parameter("min_p", "Min-p", "Only words at least this likely, relative to the likeliest.", 0.01),
    Parameter("frequency_penalty", "Frequency penalty", "Makes words rarer the more often they came.", 0.1),
    Parameter("presence_penalty", "Presence penalty", "Makes words rarer that came at all.", 0.1),
    Parameter("repeat_penalty", "Repeat penalty", "Divides the score of words that came; 1 is none.", 0.05),
    Parameter("seed", "Seed", "The same seed gives the same dice.", hint="random"),
)

_FURTHER = (
    Parameter("typical_p", "Typical-p", "Only words of usual surprise that together have this probability.", 0.05),
    Parameter("xtc_probability", "XTC probability", "How often the likeliest words are left out.", 0.1),
    Parameter("xtc_threshold", "XTC threshold", "Only words at least this likely are left out.", 0.01),
    Parameter("dry_multiplier", "DRY multiplier", "Strength of the penalty for repeating whole sequences.", 0.1),
    Parameter("dry_base", "DRY base", "How fast the penalty grows with the sequence's length.", 0.05),
    Parameter("dry_allowed_length", "DRY allowed length", "So many tokens may be repeated freely."),
    Parameter("mirostat", "Mirostat", "1 or 2 keeps the surprise even, in place of top-k, top-p and the like."),
    Parameter("mirostat_tau", "Mirostat tau", "The surprise that is aimed at; lower is more predictable.", 0.1),
    Parameter("mirostat_eta", "Mirostat eta", "How fast it adapts.", 0.05),
    Parameter("logprobs", "Log-probabilities", "Recorded in the run's details, with so many alternatives."),
)

_STOP = "The answer ends before any of these; one on each line, \\n for a line end."
_BIAS = "Added to a token's score, -100 forbids and 100 enforces: TOKEN=N on each line, by text or by number."
_GRAMMAR = "GBNF that the answer must follow; the first rule is named root."
_FOLDED = frozenset({*(parameter.name for parameter in _FURTHER), "logit_bias", "grammar"})


class ParametersPanel(QWidget):
    """A field for every parameter of `GenerationConfig`."""

    config_edited = Signal()
    """A person changed a parameter to a usable value, or took it away."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._common, self._further = ParameterRows(_COMMON), ParameterRows(_FURTHER)
        self.fields: dict[str, NumberField] = {**self._common.fields, **self._further.fields}
        self.stop = _text_field("Stop strings", _STOP)
        self.bias = _text_field("Logit bias", _BIAS)
        self.grammar = _text_field("Grammar", _GRAMMAR)
        self._notes: dict[str, Note] = {**self._common.notes, **self._further.notes}
        self._notes |= {name: Note() for name in PARAMETERS if name not in self._notes}
        self._good_bias = GenerationConfig().logit_bias
        self.fold = QToolButton()
        self._folded = QWidget()
        self._reset = QPushButton("Leave all to the model")
        self._reset.setProperty("link", True)
        self._arrange()
        self._connect()
        self.set_config(GenerationConfig())
        self.show_further(shown=False)

    def _arrange(self) -> None:
        self._dice = icon_button("dice", "Fix a seed", tip="Write a random seed down, so that it stays the same")
        self._common.put_beside("seed", self._dice)
        self.fold.setAutoRaise(True)
        self.fold.setStyleSheet("padding: 2px 4px 2px 0px")
        self.fold.setToolButtonStyle(Qt.ToolButtonStyle.ToolButtonTextBesideIcon)
        self.fold.setIconSize(QSize(12, 12))
        self.fold.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(8, 8, 8, 8)
        layout.setSpacing(4)
        for widget in (self._common, self.stop, self._notes["stop"]):
            layout.addWidget(widget)
        layout.addWidget(self.fold, alignment=Qt.AlignmentFlag.AlignLeft)
        layout.addWidget(self._folded)
        layout.addWidget(self._reset, alignment=Qt.AlignmentFlag.AlignLeft)
        inner = QVBoxLayout(self._folded)
        inner.setContentsMargins(0, 0, 0, 0)
        inner.setSpacing(4)
        texts = (self.bias, self._notes["logit_bias"], self.grammar, self._notes["grammar"])
        for widget in (self._further, *texts):
            inner.addWidget(widget)

    def _connect(self) -> None:
        for part in (self._common, self._further, self.stop, self.grammar):
            part.edited.connect(self._edited)
        self.bias.edited.connect(self._take_bias)
        self._dice.clicked.connect(self.fix_seed)
        self._reset.clicked.connect(self._reset_all)
        self.fold.clicked.connect(lambda: self.show_further(shown=self._folded.isHidden()))

    def show_further(self, *, shown: bool) -> None:
        """Fold the rarer settings away, or show them."""
        self._folded.setVisible(shown)
        self.fold.setIcon(theme.icon("arrow-down" if shown else "arrow-right"))
        self.fold.setAccessibleDescription("open" if shown else "folded")

    # --- the config

    def config(self) -> GenerationConfig:
        """The parameters that are set."""
        numbers = {**self._common.values(), **self._further.values()}
        return GenerationConfig(
            **numbers,  # type: ignore[arg-type]
            stop=from_lines(self.stop.text.text()),
            logit_bias=self._good_bias,
            grammar=self.grammar.text.text() if self.grammar.text.text().strip() else None,
        )

    def set_config(self, config: GenerationConfig) -> None:
        """Show these parameters, without a word to anybody."""
        self._common.show_config(config)
        self._further.show_config(config)
        if from_lines(self.stop.text.text()) != config.stop:
            self.stop.show_value(to_lines(config.stop) or None)
        if self._good_bias != config.logit_bias or self._notes["logit_bias"].text():
            self._good_bias = config.logit_bias
            self.bias.show_value(to_lines(tuple(write_bias(*pair) for pair in config.logit_bias)) or None)
            self._notes["logit_bias"].show_trouble("")
        if self.config().grammar != config.grammar:
            self.grammar.show_value(config.grammar)
        self._show_state()

    def set_unsupported(self, names: frozenset[str]) -> None:
        """Show which parameters the model of now does not take; they can still be set for another one."""
        self._common.show_unsupported(names)
        self._further.show_unsupported(names)
        for name in ("stop", "logit_bias", "grammar"):
            self._notes[name].show_untaken(untaken=name in names)

    def _take_bias(self) -> None:
        """The last text that can be read counts."""
        try:
            bias = tuple(map(parse_bias, from_lines(self.bias.text.text())))
            checked(GenerationConfig(logit_bias=bias))
        except UserError as error:
            self._notes["logit_bias"].show_trouble(str(error))
            return
        self._good_bias = bias
        self._notes["logit_bias"].show_trouble("")
        self._edited()

    def _edited(self) -> None:
        self._show_state()
        self.config_edited.emit()

    def fix_seed(self) -> None:
        """Write a random seed down."""
        self.fields["seed"].give(random.randrange(2**31))  # noqa: S311 - a seed to look at, not a secret

    def _reset_all(self) -> None:
        self.set_config(GenerationConfig())
        self._edited()

    def changeEvent(self, event: QEvent) -> None:
        super().changeEvent(event)
        if event.type() == QEvent.Type.PaletteChange:
            for note in self._notes.values():
                note.renew()

    # --- words

    def note(self, name: str) -> str:
        """What is said below a parameter; empty when nothing."""
        return self._notes[name].text()

    def _show_state(self) -> None:
        self.stop.text.setPlaceholderText("none; one on each line, \\n for a line end")
        self.bias.text.setPlaceholderText("none; TOKEN=N on each line")
        self.grammar.text.setPlaceholderText("none; rules in GBNF")
        config = asdict(self.config())
        count = sum(config[name] not in (None, ()) for name in _FOLDED)
        self.fold.setText(f"More settings · {count} set" if count else "More settings")
        self._reset.setVisible(self.config() != GenerationConfig())


def _text_field(name: str, explained: str) -> ValueField:
    field = ValueField(name)
    field.text.setToolTip(explained)
    return field
