"""One place in JSON data, named as in `$.customer.orders[0].total` or `$['odd name'][-1]`.

Names and numbers only: a path that could lead to many places (`*`, `..`, filters) is refused.
"""

from __future__ import annotations

import re
from typing import Any

_STEP = re.compile(r"""\.?([A-Za-z_][\w\-]*)|\[(-?\d+)\]|\['([^']*)'\]|\["([^"]*)"\]""")


def problem(path: Any) -> str:
    """What is wrong with a path, as the end of a sentence; empty when nothing is."""
    if not isinstance(path, str) or _steps(path) is None:
        return "needs a path such as $.items[0].name"
    return ""


def value_at(data: Any, path: str) -> Any:
    """What stands there. Raises LookupError with the step that leads nowhere."""
    for step in _steps(path) or []:
        try:
            match data, step:
                case (dict(), str()) | (list(), int()):
                    data = data[step]
                case _:
                    raise LookupError
        except LookupError:
            raise LookupError(f"no {step!r}") from None
    return data


def _steps(path: str) -> list[str | int] | None:
    steps: list[str | int] = []
    at = 1 if path.startswith("$") else 0
    while at < len(path):
        match = _STEP.match(path, at)
        if match is None:
            return None
        name, index, *quoted = match.groups()
        steps.append(
            int(index) if index is not None else name if name is not None else quoted[0] or quoted[1] or ""
        )
        at = match.end()
    return steps
