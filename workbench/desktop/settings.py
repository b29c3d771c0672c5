"""What the program remembers for a person, whatever the workspace: one table, one small JSON file.

The file is read once before the window is painted and written by a thread that lives for one writing, so the
UI thread never waits for the disk. Two windows may share it: each writes only what it changed itself.
`_lock` keeps one writing at a time.
"""

from __future__ import annotations

import json
import os
import threading
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from workbench.paths import data_folder


@dataclass(frozen=True, slots=True)
class Setting:
    """One thing that is remembered."""

    name: str
    default: Any
    description: str
    """What it does; settings of the layout, which nobody types, are described too."""
    choices: tuple[Any, ...] = ()
    title: str = ""
    """The name in the settings dialog; empty for what the window remembers by itself."""

    def accepts(self, value: Any) -> bool:
        """Whether a value from the file can be used."""
        if self.choices:
            return value in self.choices
        return type(value) is type(self.default)


SETTINGS = (
    Setting(
        "theme",
        "system",
        "Light, dark, or as the system is set.",
        choices=("system", "light", "dark"),
        title="Theme",
    ),
    Setting(
        "text_size",
        11,
        "Size of prompts and answers in points; Ctrl++ and Ctrl+- change it too.",
        choices=tuple(range(7, 33)),
        title="Text size",
    ),
    Setting(
        "show_hint",
        True,
        "Shows the first steps until they are done or put away.",
        title="Show the first steps",
    ),
    Setting("geometry", "", "Place and size of the window, as Qt writes it, in Base64."),
    Setting("splitters", {}, "Sizes of the areas of the window, by the splitter's name."),
    Setting("hidden", [], "Areas of the window that are put away."),
    Setting("export_folder", "", "The folder that the last export went to."),
    Setting("open_folder", "", "The folder that files were last opened from."),
)

_BY_NAME = {setting.name: setting for setting in SETTINGS}


class Settings:
    """The remembered values; a value of the wrong type in the file counts as not there."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self._values = _read(path)
        self._changed: dict[str, Any] = {}
        self._lock = threading.Lock()

    @classmethod
    def load(cls) -> Settings:
        """Those of this person."""
        return cls(data_folder() / "settings.json")

    def get(self, name: str) -> Any:
        """The value of a setting of the table."""
        setting = _BY_NAME[name]
        value = self._values.get(name, setting.default)
        return value if setting.accepts(value) else setting.default

    def set(self, name: str, value: Any) -> None:
        """Remember a value from now on; `save` brings it to the disk."""
        if not _BY_NAME[name].accepts(value):
            raise ValueError(f"{name} cannot be {value!r}")
        if self.get(name) != value:
            self._values[name] = value
            self._changed[name] = value

    def save(self) -> None:
        """Write what changed, on a thread of its own."""
        if do := self._writing():
            threading.Thread(target=do, name="settings").start()

    def save_now(self) -> None:
        """Write what changed and wait for it: when the window is gone."""
        if do := self._writing():
            do()
        with self._lock:
            return

    def _writing(self) -> Callable[[], None] | None:
        changed, self._changed = self._changed, {}
        return (lambda: self._write(changed)) if changed else None

    def _write(self, changed: dict[str, Any]) -> None:
        with self._lock:
            try:
                _replace(self.path, json.dumps({**_read(self.path), **changed}, indent=1, sort_keys=True))
            except OSError as error:
                # Only layout and looks are lost, so it is no reason to stop anybody.
                import logging

                logging.getLogger(__name__).info("The settings were not saved to %s: %s", self.path, error)


def _read(path: Path) -> dict[str, Any]:
    try:
        data = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return {}
    return data if isinstance(data, dict) else {}


def _replace(path: Path, text: str) -> None:
    import tempfile

    path.parent.mkdir(parents=True, exist_ok=True)
    handle, name = tempfile.mkstemp(dir=path.parent, prefix=".settings-")
    try:
        with os.fdopen(handle, "w", encoding="utf-8") as file:
            file.write(text)
        Path(name).replace(path)
    except BaseException:
        Path(name).unlink(missing_ok=True)
        raise
