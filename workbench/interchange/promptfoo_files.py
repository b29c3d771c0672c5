"""Files that a promptfoo suite names: read when they are data in its own folder, refused when they are programs.

A suite comes from somebody else. What it names outside of its folder is not read: a prompt could send it away.
"""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

from workbench.errors import BadFile
from workbench.interchange import yaml_file

PROGRAMS = frozenset({".py", ".js", ".cjs", ".mjs", ".ts", ".cts", ".mts", ".rb", ".sh", ".go"})
TEXTS = frozenset({".txt", ".md", ".j2", ".njk", ".jinja", ".jinja2", ""})
TABLES = frozenset({".csv", ".jsonl"})
DATA = frozenset({".yaml", ".yml", ".json"})

_LOGIC = re.compile(r"\{%|\{#|\{\{[^}]*[|(\[][^}]*\}\}|\{\{-?\s*env\.")
"""Nunjucks beyond variables: tags, comments, filters, calls, indexes; and what would send the environment away."""


class Unsupported(Exception):
    """A part of a suite that this program cannot or will not do; the text is a few words for the list."""


class Folder:
    """The folder of a suite."""

    def __init__(self, path: Path) -> None:
        self._path = path.resolve()

    def find(self, name: str) -> Path:
        """The file of a `file://` reference. Raises Unsupported for programs and for files elsewhere."""
        name = name.removeprefix("file://")
        bare = name.split(":")[0] if Path(name.split(":")[0]).suffix in PROGRAMS else name
        if Path(bare).suffix in PROGRAMS:
            raise Unsupported(f"{name}: a program, which is not executed")
        path = (self._path / name).resolve()
        if not path.is_relative_to(self._path):
            raise Unsupported(f"{name}: outside of the suite's folder")
        if not path.is_file():
            raise BadFile(f"The suite names {name}, and there is no such file in its folder.")
        return path

    def program(self, name: str) -> tuple[Path, str]:
        """The Python file of `file://checks.py` or `file://checks.py:function`, and the function if it is named.

        Nothing of it is executed here. Raises Unsupported for anything else and for files elsewhere, and BadFile.
        """
        bare, _, function = name.removeprefix("file://").partition(".py:")
        path = (self._path / (f"{bare}.py" if function else bare)).resolve()
        if not name.startswith("file://") or path.suffix != ".py":
            raise Unsupported("python that is not in a file of its own")
        if not path.is_relative_to(self._path):
            raise Unsupported(f"{name}: outside of the suite's folder")
        if not path.is_file():
            raise BadFile(f"The suite names {name}, and there is no such file in its folder.")
        return path, function

    def find_all(self, pattern: str) -> tuple[Path, ...]:
        """The files of a reference that may hold `*`."""
        name = pattern.removeprefix("file://")
        if "*" not in name:
            return (self.find(name),)
        if ".." in Path(name).parts or Path(name).is_absolute():
            raise Unsupported(f"{name}: outside of the suite's folder")
        found = sorted(path for path in self._path.glob(name) if path.is_file())
        if not found:
            raise BadFile(f"The suite names {name}, and there is no such file in its folder.")
        return tuple(self.find(str(path.relative_to(self._path))) for path in found)

    def text(self, name: str) -> str:
        """The text of a file. Raises Unsupported and BadFile."""
        path = self.find(name)
        if path.suffix.lower() not in TEXTS | DATA | TABLES:
            raise Unsupported(f"{name}: not a text file")
        return yaml_file.read_text(path)

    def data(self, name: str) -> Any:
        """The data of a YAML or JSON file. Raises Unsupported and BadFile."""
        path = self.find(name)
        if path.suffix.lower() not in DATA:
            raise Unsupported(f"{name}: not a YAML or JSON file")
        return yaml_file.read(path)

    def value(self, value: Any) -> Any:
        """A value that may be a `file://` reference: YAML and JSON as data, anything else as text.

        A reference with `*` is the list of what is in all its files.
        """
        if not isinstance(value, str) or not value.startswith("file://"):
            return value
        if "*" in value:
            return [self._value_of(str(path)) for path in self.find_all(value)]
        return self._value_of(value)

    def _value_of(self, name: str) -> Any:
        return self.data(name) if Path(name).suffix.lower() in DATA else self.text(name)


def logic_in(text: str) -> str:
    """The beginning of a template's logic, of which nothing is executed; empty where there is none."""
    match = _LOGIC.search(text)
    return text[match.start() : match.start() + 40].strip() if match else ""


def is_program(text: str) -> bool:
    """Whether a text names something to execute."""
    name = text.removeprefix("file://")
    return text.startswith(("exec:", "python:", "javascript:", "package:")) or (
        text.startswith("file://") and Path(name.split(":")[0]).suffix in PROGRAMS
    )


def as_json(text: str) -> Any:
    """The data of a text that is JSON; None for one that is not."""
    try:
        return json.loads(text)
    except (ValueError, RecursionError):
        return None
