"""The prompts of a promptfoo suite: text, chat messages as JSON or YAML, files of either."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from workbench.core.prompt import Example, Prompt
from workbench.interchange.promptfoo_files import DATA, TABLES, TEXTS, Folder, Unsupported, as_json, is_program
from workbench.interchange.suite import SuitePrompt

_PARTED = re.compile(r"^---\s*$", re.MULTILINE)
_LOGIC = re.compile(r"\{%|\{\{[^}]*[|(\[][^}]*\}\}")
"""Nunjucks beyond variables: tags, filters, calls, indexes."""
_FILE = re.compile(r"[^\n{}]+\.(txt|md|j2|njk|json|yaml|yml)")


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
    suffix = path.suffix.lower()
    if suffix in DATA:
        data = folder.data(str(path))
        yield SuitePrompt(label or path.name, _chat(data))
        return
    if suffix not in TEXTS or suffix in TABLES:
        raise Unsupported(f"the prompt file {path.name}: not a text")
    texts = [text.strip() for text in _PARTED.split(folder.text(str(path)))]
    kept = [text for text in texts if text]
    for number, text in enumerate(kept, 1):
        name = label or path.stem
        yield _prompt(text, f"{name} {number}" if len(kept) > 1 else name)


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
    turns = [(message["role"], _template(message["content"])) for message in messages]
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
    return False


def _template(text: str) -> str:
    if match := _LOGIC.search(text):
        raise Unsupported(f"template logic in a prompt: {text[match.start() : match.start() + 40].strip()}")
    return text


def _first_words(text: str) -> str:
    words = " ".join(text.split())
    return words if len(words) <= 40 else words[:39] + "…"
