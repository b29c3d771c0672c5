"""The program with a window, from its start to its exit code."""

from __future__ import annotations

import os
import sys
from pathlib import Path

from PySide6.QtCore import Qt
from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import QApplication

from workbench.desktop import faults, theme
from workbench.desktop.settings import Settings
from workbench.desktop.window import MainWindow

NAME = "prompt-workbench"


def run_window(workspace_path: Path, *, new_window: bool = False) -> int:
    """Open the window on a workspace and return when it is closed.

    When a window already has this workspace, that one comes to the front, unless another one is asked for.
    """
    app = make_application()
    # The sockets' library takes some milliseconds, so it is not imported before there is an application.
    from workbench.desktop.instance import Instance

    instance = Instance(workspace_path)
    if not new_window and instance.raise_other():
        sys.stdout.write(f"{workspace_path} is already open; its window was brought to the front.\n")
        return 0
    faults.start_logging()
    faults.log_qt()
    settings = Settings.load()
    prepare(app, settings)
    window = MainWindow(workspace_path, settings)
    faults.show_bugs(window.show_bug)
    instance.raise_asked.connect(window.come_forward)
    if not new_window:
        instance.claim()
    window.show()
    code = app.exec()
    instance.close()
    settings.save_now()
    window.release()
    return code


def make_application() -> QApplication:
    """The one QApplication, with the names that the desktop knows it by."""
    existing = QApplication.instance()
    if isinstance(existing, QApplication):
        return existing
    QGuiApplication.setHighDpiScaleFactorRoundingPolicy(Qt.HighDpiScaleFactorRoundingPolicy.PassThrough)
    QApplication.setApplicationName(NAME)
    QApplication.setApplicationDisplayName("Prompt Workbench")
    QGuiApplication.setDesktopFileName(NAME)
    os.environ.setdefault("QT_LOGGING_RULES", "qt.qpa.services=false")  # says that no portal runs, which is usual
    return QApplication([NAME])


def prepare(app: QApplication, settings: Settings) -> None:
    """The looks that a person has chosen."""
    app.setProperty("textSize", settings.get("text_size"))
    theme.apply(app, settings.get("theme"))
    QGuiApplication.styleHints().colorSchemeChanged.connect(lambda _: _follow_system(app, settings))


def _follow_system(app: QApplication, settings: Settings) -> None:
    if settings.get("theme") == "system":
        theme.apply(app, "system")
