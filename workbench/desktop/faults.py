"""Log files, and what happens to a bug: it is logged and shown, and the program stays alive.

An error that a person can mend never comes here: it is caught where it happens and shown there.
"""

from __future__ import annotations

import sys
import threading
from collections.abc import Callable
from types import TracebackType
from typing import TYPE_CHECKING

from workbench.paths import log_folder

if TYPE_CHECKING:
    import logging

    from PySide6.QtCore import QMessageLogContext, QtMsgType

_LEVELS = {
    "QtDebugMsg": "debug",
    "QtInfoMsg": "info",
    "QtWarningMsg": "warning",
    "QtCriticalMsg": "error",
    "QtFatalMsg": "critical",
}

_HARMLESS = (
    # The bare screens of tests and of some remote desktops say these once at the start.
    "This plugin does not support",
    "propagateSizeHints",
    "Unable to open monitor interface",
    "QStandardPaths: XDG_RUNTIME_DIR not set",
    "could not connect to display",
)


def start_logging() -> None:
    """Log to a file of at most 1 MB, with three older ones kept. Without a place to write, do without."""
    import logging.handlers

    root = logging.getLogger("workbench")
    root.setLevel(logging.INFO)
    try:
        log_folder().mkdir(parents=True, exist_ok=True)
        handler = logging.handlers.RotatingFileHandler(
            log_folder() / "workbench.log", maxBytes=1_000_000, backupCount=3, encoding="utf-8", delay=True
        )
    except OSError:
        return
    handler.setFormatter(logging.Formatter("%(asctime)s %(levelname)s %(name)s: %(message)s"))
    root.addHandler(handler)


def log_qt() -> None:
    """Have Qt's own warnings in the log beside ours."""
    from PySide6.QtCore import qInstallMessageHandler

    qInstallMessageHandler(_take_qt_message)


def _take_qt_message(kind: QtMsgType, context: QMessageLogContext, text: str) -> None:
    if text.startswith(_HARMLESS) or any(part in text for part in _HARMLESS):
        return
    getattr(_log("qt"), _LEVELS[kind.name])("%s", text)


def show_bugs(show: Callable[[BaseException, str], None]) -> None:
    """Log every exception that nobody caught and hand it to `show`, with its traceback as text.

    `show` is called on the thread of the exception.
    """

    def take(kind: type[BaseException], error: BaseException, trace: TracebackType | None) -> None:
        if issubclass(kind, KeyboardInterrupt):
            sys.__excepthook__(kind, error, trace)
            return
        import traceback

        details = "".join(traceback.format_exception(kind, error, trace))
        _log("bugs").error("A bug:\n%s", details)
        try:
            show(error, details)
        except Exception:  # noqa: BLE001 - a bug while a bug is shown is only logged
            _log("bugs").exception("The bug could not be shown")

    sys.excepthook = take
    threading.excepthook = lambda args: (
        take(args.exc_type, args.exc_value, args.exc_traceback) if args.exc_value else None
    )


def _log(name: str) -> logging.Logger:
    import logging  # not before the first paint, which it would hold up

    return logging.getLogger(f"workbench.desktop.{name}")
