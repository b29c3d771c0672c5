"""The child process that runs one function of one trusted Python file on one answer.

It is started by its path and imports the standard library alone; what the file imports is the file's affair.
Standard input has one JSON object: `path`, `source` (what the file said when it was checked that it is trusted,
so that nothing else is run), `function`, `output`, `context`, `case` and `limits`. The last thing on the
descriptor that standard output was is one JSON object too: `{"found": VALUE}` or `{"problem": SENTENCE}`. What
the file prints goes to standard error.

Limits, where the system has them: processor time, address space, size of a written file, no core dump. They are
set before the file's first line. The time on the clock is the parent's to watch.
"""

from __future__ import annotations

import asyncio
import inspect
import json
import math
import os
import sys
import traceback
import types
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

_USUAL = ("get_assert", "check")
"""Functions that are looked for where none is named: promptfoo's, and ours."""


class Problem(Exception):
    """A sentence for the verdict's reason."""


def main() -> None:
    """Answer the one question."""
    result = os.fdopen(os.dup(1), "w", encoding="ascii")
    os.dup2(2, 1)
    sys.stdout = sys.stderr
    asked = json.loads(sys.stdin.buffer.read())
    try:
        _limit(asked["limits"])
        answer: dict[str, Any] = {"found": _plain(_called(asked))}
    except Problem as problem:
        answer = {"problem": str(problem)}
    except MemoryError:
        answer = {"problem": "The file took more memory than it may."}
    result.write(json.dumps(answer))
    result.flush()
    os._exit(0)  # threads that the file has started must not keep the answer waiting


def _limit(limits: Mapping[str, int]) -> None:
    try:
        import resource
    except ImportError:  # Windows has none of these; the parent says so
        return
    wanted = {
        resource.RLIMIT_CPU: limits["cpu_seconds"],
        resource.RLIMIT_AS: limits["memory_bytes"],
        resource.RLIMIT_FSIZE: limits["file_bytes"],
        resource.RLIMIT_CORE: 0,
    }
    for what, most in wanted.items():
        hard = resource.getrlimit(what)[1]
        least = most if hard == resource.RLIM_INFINITY else min(most, hard)
        try:
            resource.setrlimit(what, (least, least))
        except (ValueError, OSError) as error:
            raise Problem(f"The process cannot be limited: {error}.") from error


def _called(asked: Mapping[str, Any]) -> Any:
    path = asked["path"]
    try:
        module = _loaded(path, asked["source"])
        function, name = _function(module, asked["function"], path)
        second = asked["case"] if name == "check" else asked["context"]
        found = function(asked["output"], second)
        return asyncio.run(_awaited(found)) if inspect.isawaitable(found) else found
    except (Problem, MemoryError):
        raise
    except BaseException as error:
        raise Problem(_said(error, path)) from error


async def _awaited(found: Any) -> Any:
    return await found


def _loaded(path: str, source: str) -> types.ModuleType:
    sys.path.insert(0, str(Path(path).parent))
    module = types.ModuleType(Path(path).stem)
    module.__file__ = path
    sys.modules[module.__name__] = module
    exec(compile(source, path, "exec"), module.__dict__)  # noqa: S102 - this is what the file was trusted for
    return module


def _function(module: types.ModuleType, wanted: str, path: str) -> tuple[Callable[..., Any], str]:
    for name in [wanted] if wanted else _USUAL:
        if callable(function := getattr(module, name, None)):
            return function, name
    raise Problem(f"{Path(path).name} has no function {wanted or ' or '.join(_USUAL)}.")


def _plain(found: Any) -> Any:
    """What the function gave back as JSON data: true or false, a number, or an object with pass, score, reason."""
    if hasattr(found, "item") and not isinstance(found, dict):  # a number of numpy
        found = found.item()
    match found:
        case bool():
            return found
        case int() | float() if math.isfinite(found):
            return float(found)
        case dict():
            known = {str(key).rstrip("_"): value for key, value in found.items()}
            parts = {name: known[name] for name in ("pass", "score", "reason") if name in known}
            if parts.keys() & {"pass", "score"}:
                return {name: _part(name, value) for name, value in parts.items()}
    raise Problem(
        f"The function gave back {_shortened(repr(found))}; it has to be true or false, a number from 0 to 1, or "
        "an object with pass, score and reason."
    )


def _part(name: str, value: Any) -> Any:
    if name == "reason":
        return str(value)
    return bool(value) if name == "pass" else float(value)


def _said(error: BaseException, path: str) -> str:
    lines = [frame.lineno for frame in traceback.extract_tb(error.__traceback__) if frame.filename == path]
    where = f", line {lines[-1]}" if lines else ""
    return f"{Path(path).name}{where}: {type(error).__name__}: {_shortened(str(error))}"


def _shortened(text: str) -> str:
    return text if len(text) <= 200 else text[:199] + "…"


if __name__ == "__main__":
    main()
