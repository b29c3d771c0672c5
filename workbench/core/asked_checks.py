"""The kinds of checks that somebody has to be asked for: a model as judge, an embedding model, a Python file.

Their values, all objects of JSON data
- `judge`: `rubric` (what a good answer is like), `model` (a model reference), `scale` (`pass_fail` or `1-5`),
  `repeat` (how often the judge is asked; 1), `parameters` (of the judge's generation).
- `judge_pair`: `rubric`, `model`, `repeat` and `parameters` alike, `against` (`expected`, or a column by its id or
  heading).
- `embedding`: `model` (a local one), `to` (the text to compare with; without it the expected answer).
- `python`: `file` (its whole path), `function` (without it `get_assert` or `check`, whichever the file has),
  `config` (what the function finds in its context).

`running.judging` asks. Nothing here knows how.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from workbench.core.check import Check, Kind
from workbench.core.completion import config_from
from workbench.core.model_reference import parse
from workbench.errors import UserError

SCALES = ("pass_fail", "1-5")
EXPECTED = "expected"
"""What a pairwise judge compares with, unless it is a column."""

MOST_ASKED = 20
"""How often a judge is asked about one answer at most."""

_LOCAL = ("starter", "local")


def _a_judge(value: Any) -> str:
    return _judge(value, {"scale"}) or (
        "" if value.get("scale", SCALES[0]) in SCALES else f"needs one of the scales {', '.join(SCALES)}"
    )


def _a_pair_judge(value: Any) -> str:
    if wrong := _judge(value, {"against"}):
        return wrong
    against = value.get("against", EXPECTED)
    return "" if isinstance(against, str) and against else "needs expected or a column to compare with"


def _judge(value: Any, more: set[str]) -> str:
    known = {"rubric", "model", "repeat", "parameters"} | more
    if not isinstance(value, dict) or set(value) - known:
        return f"needs an object of {', '.join(sorted(known))}"
    if not isinstance(value.get("rubric"), str) or not value["rubric"].strip():
        return "needs a rubric: what a good answer is like"
    return _model(value) or _repeat(value.get("repeat", 1)) or _parameters(value.get("parameters", {}))


def _model(value: Mapping[str, Any]) -> str:
    try:
        parse(str(value.get("model", "")))
    except UserError:
        return "needs a model: starter, local:FILE.gguf or PROFILE:MODEL"
    return ""


def _repeat(repeat: Any) -> str:
    fits = isinstance(repeat, int) and not isinstance(repeat, bool) and 1 <= repeat <= MOST_ASKED
    return "" if fits else f"needs a repeat between 1 and {MOST_ASKED}"


def _parameters(data: Any) -> str:
    try:
        config_from(data)
    except (UserError, TypeError, AttributeError, ValueError):
        return "needs parameters as a model takes them"
    return ""


def _an_embedding(value: Any) -> str:
    if not isinstance(value, dict) or set(value) - {"model", "to"}:
        return "needs a model and perhaps the text to compare with"
    if wrong := _model(value):
        return wrong
    model = parse(value["model"])
    if model.place not in _LOCAL or model.adapters:
        return "needs a model of this machine without an adapter: starter or local:FILE.gguf"
    to = value.get("to")
    return "" if to is None or (isinstance(to, str) and to) else "needs a text, or none for the expected answer"


def _a_program(value: Any) -> str:
    if not isinstance(value, dict) or set(value) - {"file", "function", "config"}:
        return "needs a file and perhaps a function and its config"
    file = value.get("file")
    if not isinstance(file, str) or not Path(file).is_absolute():
        return "needs the whole path of a Python file"
    return "" if isinstance(value.get("function", ""), str) else "needs the name of a function"


ASKED: dict[str, Kind] = {
    "judge": Kind(
        "judged by a model",
        None,
        _a_judge,
        threshold=0.75,
        tip="A judge is a model with habits of its own. Rate some answers yourself: the verdict then shows how "
        "far it agrees with you. On the scale 1-5 a 4 passes, unless the threshold says otherwise.",
    ),
    "judge_pair": Kind(
        "preferred by a model",
        None,
        _a_pair_judge,
        threshold=0.5,
        tip="Asked twice with the sides swapped, because judges favour a side; only the same answer to both "
        "counts. At least as good passes; with a threshold of 1 only better does.",
    ),
    "embedding": Kind(
        "means the same (embedding)",
        None,
        _an_embedding,
        threshold=0.75,
        tip="The cosine of two vectors of a local model. Use a GGUF made for embeddings: with a chat model such "
        "as SmolLM2 it works, but nearly all texts come out alike, so look at some scores before you set the "
        "threshold.",
    ),
    "python": Kind(
        "Python file",
        None,
        _a_program,
        threshold=0.5,
        tip="Runs only files that you have trusted, as they were when you did. The process is limited in time, "
        "processor and memory and gets no keys from the environment, but it can read your files and use the "
        "network: it is no sandbox.",
    ),
}
"""By the name that checks are stored and written with."""


def column_of(check: Check) -> str:
    """The column that a check compares with; empty for none."""
    against = check.value.get("against", EXPECTED) if check.kind == "judge_pair" else EXPECTED
    return "" if against == EXPECTED else str(against)
