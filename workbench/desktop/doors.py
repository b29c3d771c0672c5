"""What opens over the window: dialogs, file choosers, the command palette, folders.

Each is imported when it is first opened; none is in the first paint.
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import Qt, QUrl
from PySide6.QtGui import QDesktopServices
from PySide6.QtWidgets import QDialog, QMessageBox

from workbench import __version__
from workbench.desktop import file_choice, theme
from workbench.paths import log_folder

if TYPE_CHECKING:
    from workbench.desktop.window import MainWindow


class Doors:
    """The doors of one window."""

    def __init__(self, window: MainWindow) -> None:
        self._window = window

    def palette(self) -> None:
        """Every action and every prompt, by a few letters."""
        from workbench.desktop.palette import Palette
        from workbench.desktop.palette_commands import commands

        window = self._window
        palette = window.findChild(Palette) or Palette(window)
        palette.show_commands(commands(window))

    def models(self) -> None:
        """Local models."""
        from workbench.desktop.dialogs.models import ModelsDialog

        self._open(ModelsDialog(self._window.desk.workspace, self._window.bridge, self._window))

    def servers(self) -> None:
        """Servers and their keys."""
        from workbench.desktop.dialogs.profiles import ProfilesDialog

        self._open(ProfilesDialog(self._window.desk.workspace, self._window.bridge, self._window))

    def prices(self) -> None:
        """What models cost, and how much may be spent."""
        from workbench.desktop.dialogs.prices import PricesDialog

        self._open(PricesDialog(self._window.desk.workspace, self._window.bridge, self._window))

    def training(self) -> None:
        """Rated runs as training data."""
        from workbench.desktop.dialogs.export import ExportDialog

        dialog = ExportDialog(self._window.desk.workspace, self._window.bridge, self._window)
        dialog.run_asked.connect(self._show_run)
        self._open(dialog)

    def _show_run(self, run_id: str) -> None:
        self._window.results_shown().results.show_run(run_id)

    def shortcuts(self) -> None:
        """Every action with its keys."""
        from workbench.desktop.shortcut_page import ShortcutPage

        self._open(ShortcutPage(self._window))

    def settings(self) -> None:
        """The settings that a person chooses."""
        from workbench.desktop.settings_dialog import SettingsDialog

        dialog = SettingsDialog(self._window.settings, self._window)
        dialog.changed.connect(self._setting_changed)
        self._open(dialog)

    def _setting_changed(self, name: str) -> None:
        settings = self._window.settings
        match name:
            case "theme":
                self._window.set_theme(settings.get(name))
            case "text_size":
                theme.set_text_size(settings.get(name))
            case "show_hint":
                self._window.frame.first_steps.setVisible(settings.get(name))
        settings.save()

    def about(self) -> None:
        """What this is, and where its files are."""
        box = QMessageBox(self._window)
        box.setWindowTitle("About Prompt Workbench")
        box.setTextFormat(Qt.TextFormat.PlainText)
        box.setText(f"Prompt Workbench {__version__}")
        box.setInformativeText(f"Workspace: {self._window.path}\nLogs: {log_folder()}\nLicence: MIT")
        self._open(box)

    def log(self) -> None:
        """The folder of the log files."""
        QDesktopServices.openUrl(QUrl.fromLocalFile(str(log_folder())))

    def files(self) -> None:
        """Choose prompts, models or cases to take in."""
        from workbench.desktop.taking_in import CHOICES

        settings = self._window.settings
        title = "Import prompts, models or cases"
        paths = file_choice.open_files(self._window, title, settings.get("open_folder"), CHOICES)
        if paths:
            settings.set("open_folder", str(Path(paths[0]).parent))
            self._window.desk.shelving.take_in([Path(path) for path in paths])

    def prompt_file(self) -> None:
        """Choose where the prompt in front goes as a file."""
        document, settings = self._window.document, self._window.settings
        proposed = str(Path(settings.get("export_folder"), f"{_file_name(document.name)}.json"))
        path, _ = file_choice.save_file(self._window, "Export the prompt", proposed, "Prompt (*.json)")
        if path:
            settings.set("export_folder", str(Path(path).parent))
            self._window.desk.shelving.export(document, Path(path))

    def _open(self, dialog: QDialog) -> None:
        dialog.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        dialog.open()


def _file_name(name: str) -> str:
    return "".join(letter if letter.isalnum() or letter in " ._-" else "-" for letter in name).strip() or "prompt"
