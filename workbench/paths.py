"""Where things lie: the person's data, caches and logs, and the resources that ship with the program.

`WORKBENCH_HOME` puts data, settings, cache and log into one folder; tests and portable installs use it.
"""

from __future__ import annotations

import os
from pathlib import Path

import platformdirs

_APP = "prompt-workbench"


def data_folder() -> Path:
    """Workspaces, their backups and the settings file."""
    home = os.environ.get("WORKBENCH_HOME")
    return Path(home) if home else Path(platformdirs.user_data_dir(_APP, appauthor=False))


def cache_folder() -> Path:
    """What can be made again."""
    home = os.environ.get("WORKBENCH_HOME")
    return Path(home, "cache") if home else Path(platformdirs.user_cache_dir(_APP, appauthor=False))


def log_folder() -> Path:
    """Log files; never a key in them."""
    home = os.environ.get("WORKBENCH_HOME")
    return Path(home, "log") if home else Path(platformdirs.user_log_dir(_APP, appauthor=False))


def default_workspace() -> Path:
    """The workspace that opens when none is named."""
    return data_folder() / "workspace.db"


def resources() -> Path:
    """The folder of starter prompts, icons, themes and prices: in the wheel, or beside the checkout."""
    installed = Path(__file__).parent / "_resources"
    return installed if installed.is_dir() else Path(__file__).parent.parent / "resources"
