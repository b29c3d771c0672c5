"""Where chat templates run: programs of strangers, with limits on what they may touch, take and fill.

Jinja's immutable sandbox keeps them from attributes and from changing values (CVE-2024-34359 was a template
without one). It knows neither time nor memory: a trace function, which sees every line that a template executes
and works in any thread, keeps both limits; single operations that would fill the memory are refused by their
numbers.
"""

from __future__ import annotations

import functools
import gc
import json
import re
import sys
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from datetime import datetime
from types import FrameType
from typing import Any

import jinja2
import jinja2.nodes
import psutil
from jinja2.ext import Extension, loopcontrols
from jinja2.parser import Parser
from jinja2.runtime import Context
from jinja2.sandbox import ImmutableSandboxedEnvironment

from workbench.errors import ModelError

TIME_LIMIT = 2.0
"""Seconds; an honest template takes milliseconds."""

MEMORY_LIMIT = 1 << 30
"""Bytes by which the process may grow under a template."""

_LOOK_SECONDS = 0.005
"""How often memory is looked at; a look takes a hundredth of this."""

_LARGEST = 1_000_000
"""Largest number that says how long something shall be: a width, a repetition."""

_LONGEST = 300_000
"""Characters of a template; real ones have up to 20,000, and compiling is not timed."""

_WIDE = re.compile(r"%[^a-zA-Z%]*(\d{7,}|\*)|\{[^{}]*\d{7,}[^{}]*\}")
"""In a format string: a width beyond `_LARGEST`, or one taken from the values of `%`."""

_ADVICE = "The model file may be damaged or malicious; give the model another template, or use another file."


class Refused(Exception):
    """The template called `raise_exception`."""


def compiled(source: str) -> jinja2.Template:
    """A template ready to render; Jinja's errors come as they are. Raises ModelError for one of absurd size."""
    if len(source) > _LONGEST:
        raise ModelError(f"The model's chat template has {len(source):,} characters.", advice=_ADVICE)
    return _environment().from_string(source)


def parsed(source: str) -> jinja2.nodes.Template:
    """A template's syntax tree, for questions about it."""
    return _environment().parse(source)


def rendered(template: jinja2.Template, values: Mapping[str, Any], *, limit: float = TIME_LIMIT) -> str:
    """The template's text. Raises Refused, ModelError at the limits, and whatever else Python code can raise."""
    try:
        with _watched(limit):
            return template.render(values)
    except TimeoutError as error:
        message = f"The model's chat template did not end within {limit:g} seconds."
        raise ModelError(message, advice=_ADVICE) from error
    except MemoryError as error:
        raise ModelError("The model's chat template took too much memory.", advice=_ADVICE) from error


class _Generation(Extension):
    """`{% generation %}` marks the model's turns for training; here its content is simply kept."""

    tags = {"generation"}  # noqa: RUF012 - Jinja's own interface

    def parse(self, parser: Parser) -> list[jinja2.nodes.Node]:
        next(parser.stream)
        return parser.parse_statements(("name:endgeneration",), drop_needle=True)


class _Environment(ImmutableSandboxedEnvironment):
    """The sandbox, with eyes for single operations that take all memory."""

    intercepted_binops = frozenset({"*", "**", "%"})

    def call_binop(self, context: Context, operator: str, left: Any, right: Any) -> Any:
        if operator == "%":
            _check_format(left)
        elif operator == "**" and (not _is_small(left) or abs(right) > 64):
            raise OverflowError(f"{right} is too large an exponent")
        elif operator == "*":
            _check_repetition(left, right)
            _check_repetition(right, left)
        return super().call_binop(context, operator, left, right)

    def call(self, context: Context, called: Any, *arguments: Any, **named: Any) -> Any:
        _check_numbers(*arguments, *named.values())
        return super().call(context, called, *arguments, **named)

    def wrap_str_format(self, value: Any) -> Callable[..., str] | None:
        if wrapped := super().wrap_str_format(value):
            _check_format(value.__self__)
        return wrapped


def _environment() -> _Environment:
    """As Hugging Face's transformers sets it up, which is what templates are written for."""
    environment = _Environment(trim_blocks=True, lstrip_blocks=True, extensions=[loopcontrols, _Generation])
    environment.filters |= {"tojson": _to_json, "safe": _as_it_is}
    environment.filters = {name: _bounded(filter_) for name, filter_ in environment.filters.items()}
    environment.globals |= {"strftime_now": _now, "raise_exception": _refuse}
    return environment


def _bounded(filter_: Callable[..., Any]) -> Callable[..., Any]:
    """A filter that takes no number large enough to fill the memory."""

    @functools.wraps(filter_)  # keeps Jinja's marks on the function
    def bounded(*arguments: Any, **named: Any) -> Any:
        _check_numbers(*arguments[1:], *named.values())
        if filter_.__name__ == "do_format":
            _check_format(arguments[0])
        return filter_(*arguments, **named)

    return bounded


def _check_numbers(*values: Any) -> None:
    for value in values:
        if isinstance(value, int) and not _is_small(value):
            raise OverflowError(f"{value:.3g} is too large a number")


def _check_repetition(repeated: Any, times: Any) -> None:
    if isinstance(repeated, str | list | tuple) and isinstance(times, int) and len(repeated) * times > _LARGEST:
        raise OverflowError(f"a text or list repeated {times:.3g} times is too long")


def _check_format(form: Any) -> None:
    if isinstance(form, str) and _WIDE.search(form.replace("%%", "")):
        raise OverflowError("a format string asks for too wide a text")


def _is_small(value: Any) -> bool:
    return not isinstance(value, int) or abs(value) <= _LARGEST


def _to_json(
    value: Any,
    ensure_ascii: bool = False,
    indent: int | None = None,
    separators: tuple[str, str] | None = None,
    sort_keys: bool = False,
) -> str:
    """JSON as transformers writes it, without Jinja's escapes for HTML; nothing for what is not defined."""
    if isinstance(value, jinja2.Undefined):
        return ""
    return json.dumps(
        value,
        ensure_ascii=ensure_ascii,
        indent=indent,
        separators=separators,
        sort_keys=sort_keys,
        default=_listed,
    )


def _listed(value: Any) -> Any:
    """What json does not know: the lazy list that a filter such as `map` gives."""
    if isinstance(value, Iterator):
        return list(value)
    raise TypeError(f"{type(value).__name__} cannot be written as JSON")


def _as_it_is(value: Any) -> Any:
    """Jinja's own `safe` would have everything that is added to the text escaped for HTML."""
    return value


def _now(form: str) -> str:
    return datetime.now().astimezone().strftime(form)


def _refuse(message: str) -> str:
    raise Refused(message)


@contextmanager
def _watched(seconds: float) -> Iterator[None]:
    """Raise TimeoutError or MemoryError in this thread when Python code within takes too much."""
    process = psutil.Process()
    most = process.memory_info().rss + MEMORY_LIMIT
    end, before = time.monotonic() + seconds, sys.gettrace()
    look = 0.0
    # The collector would run strangers' finalizers here, and the error would be raised in them and lost.
    collecting = gc.isenabled()
    gc.disable()

    def trace(frame: FrameType, event: str, arg: Any) -> Any:
        nonlocal look
        if (now := time.monotonic()) > end:
            raise TimeoutError
        if now > look:
            look = now + _LOOK_SECONDS
            if process.memory_info().rss > most:
                raise MemoryError
        return trace

    sys.settrace(trace)
    try:
        yield
    finally:
        sys.settrace(before)
        if collecting:
            gc.enable()
