"""The program with a window, from its start to its exit code.

What a person waits for is the first paint, so everything that it does not need comes after it: icons, logging, the
socket for later starts, and the open workspace. Until then the garbage collector rests as well; there is nothing
to collect while modules are loaded, and looking for it takes a tenth of the time.
"""

from __future__ import annotations

import gc
import sys
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import Qt
from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import QApplication

from workbench.desktop.settings import Settings

if TYPE_CHECKING:
    from workbench.desktop.window import MainWindow

NAME = "prompt-workbench"


def run_window(workspace_path: Path, *, new_window: bool = False) -> int:
    """Open the window on a workspace and return when it is closed.

    When a window already has this workspace, that one comes to the front, unless another one is asked for.
    """
    gc.disable()
    from workbench.desktop import faults, icons
    from workbench.desktop.window import MainWindow

    app = make_application()
    if not new_window and _raise_other(workspace_path):
        sys.stdout.write(f"{workspace_path} is already open; its window was brought to the front.\n")
        return 0
    settings = Settings.load()
    prepare(app, settings)
    icons.wait(app)
    faults.log_qt()
    window = MainWindow(workspace_path, settings)
    faults.show_bugs(window.show_bug)
    window.painted.connect(lambda: _go_on(app, window, claim=not new_window))
    window.show()
    code = app.exec()
    settings.save_now()
    window.release()
    return code


def _go_on(app: QApplication, window: MainWindow, *, claim: bool) -> None:
    """What was put off until the first paint."""
    from workbench.desktop import faults, icons
    from workbench.desktop.instance import Instance

    gc.enable()
    icons.come(app)
    faults.start_logging()
    if claim:
        instance = Instance(window.path, window)
        instance.raise_asked.connect(window.come_forward)
        instance.claim()


def _raise_other(workspace_path: Path) -> bool:
    from workbench.desktop.claims import may_be_claimed

    if not may_be_claimed(workspace_path):
        return False
    from workbench.desktop.instance import Instance

    return Instance(workspace_path).raise_other()


def make_application() -> QApplication:
    """The one QApplication, with the names that the desktop knows it by."""
    existing = QApplication.instance()
    if isinstance(existing, QApplication):
        return existing
    QGuiApplication.setHighDpiScaleFactorRoundingPolicy(Qt.HighDpiScaleFactorRoundingPolicy.PassThrough)
    QApplication.setApplicationName(NAME)
    QApplication.setApplicationDisplayName("Prompt Workbench")
    QGuiApplication.setDesktopFileName(NAME)
    return QApplication([NAME])


def prepare(app: QApplication, settings: Settings) -> None:
    """The looks that a person has chosen."""
    from workbench.desktop import theme

    app.setProperty("textSize", settings.get("text_size"))
    theme.apply(app, settings.get("theme"))
    QGuiApplication.styleHints().colorSchemeChanged.connect(lambda _: _follow_system(app, settings))


def _follow_system(app: QApplication, settings: Settings) -> None:
    from workbench.desktop import theme

    if settings.get("theme") == "system":
        theme.apply(app, "system")
