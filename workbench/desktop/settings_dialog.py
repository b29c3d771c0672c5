"""The settings that a person chooses, made from the table of settings; each works at once."""

from __future__ import annotations

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QCheckBox, QComboBox, QDialog, QDialogButtonBox, QGridLayout, QVBoxLayout, QWidget

from workbench.desktop import theme
from workbench.desktop.settings import SETTINGS, Setting, Settings


class SettingsDialog(QDialog):
    """One row a setting, with what it does below it."""

    changed = Signal(str)
    """The name of a setting that has another value now."""

    def __init__(self, settings: Settings, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setWindowTitle("Settings")
        self.setMinimumWidth(460)
        self._settings = settings
        self.fields: dict[str, QComboBox | QCheckBox] = {}
        grid = QGridLayout()
        grid.setHorizontalSpacing(theme.BETWEEN)
        grid.setVerticalSpacing(theme.UNIT)
        grid.setColumnStretch(0, 1)
        for row, setting in enumerate(setting for setting in SETTINGS if setting.title):
            field = self.fields[setting.name] = self._field(setting)
            grid.addWidget(theme.plain_label(setting.title), 3 * row, 0)
            grid.addWidget(field, 3 * row, 1)
            description = theme.plain_label(setting.description, "quiet")
            description.setWordWrap(True)
            grid.addWidget(description, 3 * row + 1, 0, 1, 2)
            grid.setRowMinimumHeight(3 * row + 2, theme.BETWEEN)
        buttons = QDialogButtonBox(QDialogButtonBox.StandardButton.Close)
        buttons.rejected.connect(self.reject)
        column = QVBoxLayout(self)
        column.setContentsMargins(theme.BETWEEN, theme.BETWEEN, theme.BETWEEN, theme.BETWEEN)
        column.addLayout(grid)
        column.addStretch(1)
        column.addWidget(theme.plain_label(f"Kept in {settings.path}", "quiet"))
        column.addWidget(buttons)

    def _field(self, setting: Setting) -> QComboBox | QCheckBox:
        value = self._settings.get(setting.name)
        if isinstance(setting.default, bool):
            box = QCheckBox()
            box.setChecked(value)
            box.toggled.connect(lambda on: self._set(setting.name, on))
            field: QComboBox | QCheckBox = box
        else:
            choice = QComboBox()
            for option in setting.choices:
                choice.addItem(str(option).capitalize(), option)
            choice.setCurrentIndex(choice.findData(value))
            choice.currentIndexChanged.connect(lambda _: self._set(setting.name, choice.currentData()))
            field = choice
        field.setAccessibleName(setting.title)
        field.setAccessibleDescription(setting.description)
        return field

    def _set(self, name: str, value: object) -> None:
        self._settings.set(name, value)
        self.changed.emit(name)
