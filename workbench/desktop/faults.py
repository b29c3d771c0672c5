"""Log files, and what happens to a bug: it is logged and shown, and the program stays alive.

An error that a person can mend never comes here: it is caught where it happens and shown there.
"""

from __future__ import annotations

import logging
import logging.handlers
import sys
import threading
import traceback
from collections.abc import Callable
from types import TracebackType

from PySide6.QtCore import QMessageLogContext, QtMsgType, qInstallMessageHandler

from workbench.paths import log_folder

_log = logging.getLogger("workbench.desktop")
_qt_log = logging.getLogger("workbench.desktop.qt")

_LEVELS = {
    QtMsgType.QtDebugMsg: logging.DEBUG,
    QtMsgType.QtInfoMsg: logging.INFO,
    QtMsgType.QtWarningMsg: logging.WARNING,
    QtMsgType.QtCriticalMsg: logging.ERROR,
    QtMsgType.QtFatalMsg: logging.CRITICAL,
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
    qInstallMessageHandler(_take_qt_message)


def _take_qt_message(kind: QtMsgType, context: QMessageLogContext, text: str) -> None:
    if text.startswith(_HARMLESS) or any(part in text for part in _HARMLESS):
        return
    _qt_log.log(_LEVELS.get(kind, logging.WARNING), "%s", text)


def show_bugs(show: Callable[[BaseException, str], None]) -> None:
    """Log every exception that nobody caught and hand it to `show`, with its traceback as text.

    `show` is called on the thread of the exception.
    """

    def take(kind: type[BaseException], error: BaseException, trace: TracebackType | None) -> None:
        if issubclass(kind, KeyboardInterrupt):
            sys.__excepthook__(kind, error, trace)
            return
        details = "".join(traceback.format_exception(kind, error, trace))
        _log.error("A bug:\n%s", details)
        try:
            show(error, details)
        except Exception:  # noqa: BLE001 - a bug while a bug is shown is only logged
            _log.exception("The bug could not be shown")

    sys.excepthook = take
    threading.excepthook = lambda args: (
        take(args.exc_type, args.exc_value, args.exc_traceback) if args.exc_value else None
    )
