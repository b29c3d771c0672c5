"""An answer read as JSON, and nothing more: Python's own reader also takes NaN."""

from __future__ import annotations

import json
import re
from typing import Any

_FENCE = re.compile(r"\A\s*```(?:json)?\s*\n(.*?)\n?\s*```\s*\Z", re.DOTALL)


class NotJson(ValueError):
    """A text is not JSON; the message says why, within a sentence."""


def unfenced(text: str) -> str:
    """What stands in a fence of three backticks, when that is all there is; the text itself otherwise."""
    fenced = _FENCE.match(text)
    return fenced.group(1) if fenced else text


def read(text: str) -> Any:
    """The value that a text is as JSON. Raises NotJson."""
    try:
        return json.loads(text, parse_constant=_no_constant)
    except json.JSONDecodeError as error:
        raise NotJson(f"{error.msg}, line {error.lineno}, column {error.colno}") from error
    except RecursionError as error:
        raise NotJson("it is nested too deeply") from error
    except NotJson:
        raise
    except ValueError as error:  # a number of more digits than Python reads
        raise NotJson("it holds a huge number") from error


def _no_constant(name: str) -> None:
    raise NotJson(f"{name} is not a JSON value")
