"""YAML files of other people, read as plain data: nothing in them is executed, however it is tagged."""

from __future__ import annotations

import json
import re
from contextlib import suppress
from datetime import date
from functools import cache
from pathlib import Path
from typing import Any

from workbench.errors import BadFile

_LARGEST = 64 * 1024 * 1024
_MOST_NODES = 2_000_000
"""Aliases within aliases make a page of YAML into billions of values."""


def read(path: Path) -> Any:
    """The data of a file, JSON included. Raises BadFile with the line that is wrong."""
    text = read_text(path)
    if path.suffix.lower() == ".json":
        with suppress(ValueError, RecursionError):  # what is no JSON may still be YAML, which has comments
            return _plain(json.loads(text), path.name)
    return parse(text, path.name)


def read_text(path: Path) -> str:
    """A text file in UTF-8. Raises BadFile."""
    try:
        if path.stat().st_size > _LARGEST:
            raise BadFile(f"{path.name} is larger than 64 MB.", advice="Split it.")
        return path.read_text("utf-8-sig")
    except OSError as error:
        raise BadFile(f"{path} cannot be read: {error.strerror or error}.") from error
    except UnicodeDecodeError as error:
        raise BadFile(f"{path.name} is not a text file in UTF-8 (byte {error.start}).") from error


def parse(text: str, name: str) -> Any:
    """The data of a text. Raises BadFile."""
    import yaml

    try:
        data = yaml.load(text, Loader=_loader())  # noqa: S506 - a safe one
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark
        place = f"{name}, line {mark.line + 1}" if mark else name
        raise BadFile(f"{place}: not valid YAML: {error.problem}.") from error
    except (yaml.YAMLError, ValueError, RecursionError) as error:
        raise BadFile(f"{name} is not valid YAML: {error}.") from error
    return _plain(data, name)


@cache
def _loader() -> Any:
    """PyYAML's safe loader, with the plain values of YAML 1.2: `yes`, `off`, `1:30` and dates are text."""
    import yaml

    class Loader(getattr(yaml, "CSafeLoader", yaml.SafeLoader)):  # type: ignore[misc]
        pass

    old = {f"tag:yaml.org,2002:{kind}" for kind in ("bool", "int", "timestamp")}
    Loader.yaml_implicit_resolvers = {
        first: [(tag, shape) for tag, shape in resolvers if tag not in old]
        for first, resolvers in yaml.SafeLoader.yaml_implicit_resolvers.items()
    }
    truths = re.compile(r"^(?:true|True|TRUE|false|False|FALSE)$")
    Loader.add_implicit_resolver("tag:yaml.org,2002:bool", truths, list("tTfF"))
    Loader.add_implicit_resolver(
        "tag:yaml.org,2002:int", re.compile(r"^[-+]?(?:0|[1-9]\d*)$"), list("-+0123456789")
    )
    return Loader


def _plain(data: Any, name: str) -> Any:
    """A copy of text, numbers, lists and objects with text for keys. Raises BadFile when it grows too large.

    A date can still come of an explicit tag.
    """
    nodes = 0

    def copy(value: Any, depth: int) -> Any:
        nonlocal nodes
        nodes += 1
        if nodes > _MOST_NODES or depth > 200:
            raise BadFile(f"{name} holds too many values within one another.", advice="Remove its aliases.")
        match value:
            case dict():
                return {_key(key): copy(item, depth + 1) for key, item in value.items()}
            case list() | tuple() | set():
                return [copy(item, depth + 1) for item in value]
            case None | bool() | int() | float() | str():
                return value
            case date():
                return value.isoformat()
        return str(value)

    return copy(data, 0)


def _key(key: Any) -> str:
    if isinstance(key, bool):
        return "true" if key else "false"
    return "" if key is None else str(key)
