"""The log of the command line: warnings go into a file, so that standard error has only what is for the person."""

from __future__ import annotations

import logging
import logging.handlers

from workbench.paths import log_folder

FILE_NAME = "command-line.log"
"""Not the window's: two programs must not turn one file over."""


def keep_log() -> None:
    """From now on, write what the workbench logs to the log folder; where that cannot be written, nowhere."""
    handler: logging.Handler
    try:
        log_folder().mkdir(parents=True, exist_ok=True)
        handler = logging.handlers.RotatingFileHandler(
            log_folder() / FILE_NAME, maxBytes=1_000_000, backupCount=1, encoding="utf-8", delay=True
        )
    except OSError:
        handler = logging.NullHandler()
    handler.setFormatter(logging.Formatter("%(asctime)s %(levelname)s %(name)s: %(message)s"))
    logging.getLogger().addHandler(handler)
