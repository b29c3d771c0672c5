"""The prompts of a promptfoo suite: text, chat messages as JSON or YAML, files of either."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from workbench.core.prompt import Example, Prompt
from workbench.interchange.promptfoo_files import (
    DATA,
    TEXTS,
    Folder,
    Unsupported,
    as_json,
    is_program,
    logic_in,
)
from workbench.interchange.suite import SuitePrompt

_PARTED = re.compile(r"^---\s*$", re.MULTILINE)
_FILE = re.compile(r"[^\n{}]+\.(txt|md|j2|njk|json|jsonl|yaml|yml|csv)")


def prompts(item: Any, folder: Folder) -> Iterator[SuitePrompt]:
    """The prompts of one entry. Raises Unsupported and BadFile."""
    match item:
        case str():
            yield from _from_text(item, folder, "")
        case {"raw": str(text)}:
            yield from _from_text(text, folder, str(item.get("label") or item.get("id") or ""))
        case {"id": str(name)} | {"file": str(name)}:
            yield from _from_text(name, folder, str(item.get("label") or ""))
        case _:
            raise Unsupported(f"a prompt of an unknown form: {str(item)[:60]}")


def _from_text(text: str, folder: Folder, label: str) -> Iterator[SuitePrompt]:
    if is_program(text):
        raise Unsupported(f"the prompt {text}: a program, which is not executed")
    if text.startswith("file://") or (_FILE.fullmatch(text.strip()) and "://" not in text):
        for path in folder.find_all(text.strip()):
            yield from _from_file(path, folder, label)
    else:
        yield _prompt(text, label or _first_words(text))


def _from_file(path: Path, folder: Folder, label: str) -> Iterator[SuitePrompt]:
    name = str(path)
    match path.suffix.lower():
        case suffix if suffix in DATA:
            if logic := logic_in(folder.text(name)):  # which is mostly no JSON before it is executed
                raise Unsupported(f"template logic in the prompt file {path.name}: {logic}")
            yield SuitePrompt(label or path.name, _chat(folder.data(name)))
        case ".jsonl":
            yield from _numbered(folder.text(name).split("\n"), label or path.stem)
        case ".csv":
            yield from _from_table(folder.text(name), label or path.stem)
        case suffix if suffix in TEXTS:
            yield from _numbered(_PARTED.split(folder.text(name)), label or path.stem)
        case _:
            raise Unsupported(f"the prompt file {path.name}: not a text")


def _numbered(texts: list[str], name: str) -> Iterator[SuitePrompt]:
    """The prompts of a file, all named after it."""
    kept = [text.strip() for text in texts if text.strip()]
    for number, text in enumerate(kept, 1):
        yield _prompt(text, f"{name} {number}" if len(kept) > 1 else name)


def _from_table(text: str, name: str) -> Iterator[SuitePrompt]:
    """A prompt a row: its column `prompt`, named by its column `label`; without a header the row's first cell."""
    try:
        rows = [row for row in csv.reader(io.StringIO(text, newline=""), skipinitialspace=True) if any(row)]
    except csv.Error as error:
        raise Unsupported(f"the prompts of {name}: {error}") from error
    header = [cell.strip() for cell in rows[0]] if rows else []
    if "prompt" not in header:
        yield from _numbered([row[0] for row in rows], name)
        return
    for number, row in enumerate(rows[1:], 1):
        cells = dict(zip(header, row, strict=False))
        if cells.get("prompt", "").strip():
            yield _prompt(cells["prompt"], cells.get("label", "").strip() or f"{name} {number}")


def _prompt(text: str, name: str) -> SuitePrompt:
    data = as_json(text)
    if isinstance(data, list | dict):
        return SuitePrompt(name, _chat(data))
    return SuitePrompt(name, Prompt(user=_template(text)))


def _chat(data: Any) -> Prompt:
    """Messages as sections: the first system message, turns before the last question as examples, a prefill."""
    messages = data.get("messages") if isinstance(data, dict) else data
    if not isinstance(messages, list) or not all(map(_is_message, messages)):
        raise Unsupported("a prompt whose messages are not plain roles and texts")
    turns = [(message["role"], _template(_content(message))) for message in messages]
    system = turns.pop(0)[1] if turns and turns[0][0] in ("system", "developer") else ""
    prefill = turns.pop()[1] if turns and turns[-1][0] == "assistant" else ""
    roles = [role for role, _ in turns]
    if roles != ["user", "assistant"] * (len(roles) // 2) + ["user"]:
        raise Unsupported("a prompt whose messages are not turns of user and assistant")
    texts = [text for _, text in turns]
    examples = tuple(Example(asked, said) for asked, said in zip(texts[:-1:2], texts[1::2], strict=True))
    return Prompt(system=system, examples=examples, user=texts[-1], prefill=prefill)


def _is_message(message: Any) -> bool:
    match message:
        case {"role": "system" | "developer" | "user" | "assistant", "content": str()}:
            return True
        case {"role": "system" | "developer" | "user" | "assistant", "content": [*parts]}:
            return bool(parts) and all(map(_is_text, parts))
    return False


def _is_text(part: Any) -> bool:
    match part:
        case {"type": "text" | "input_text" | "output_text", "text": str()}:
            return True
    return False


def _content(message: Any) -> str:
    """What a message says; parts that are all texts are lines of one."""
    content = message["content"]
    return content if isinstance(content, str) else "\n".join(part["text"] for part in content)


def _template(text: str) -> str:
    if logic := logic_in(text):
        raise Unsupported(f"template logic in a prompt: {logic}")
    return text


def _first_words(text: str) -> str:
    words = " ".join(text.split())
    return words if len(words) <= 40 else words[:39] + "…"
