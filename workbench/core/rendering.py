"""From a prompt and values to the messages that are sent, with the place of every section in them.

The system message carries system, context, chain of thought and output format, in this order and parted by
blank lines; examples are turns of user and assistant, so that the model sees its answers in its own voice.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from workbench.core.completion import GenerationConfig, Message, Request, Role
from workbench.core.prompt import VARIABLE, ChainOfThought, Effort, Example, Prompt, Section, variables
from workbench.errors import MissingVariables, UserError

_ESCAPED = re.compile(r"\\(\{\{\s*[A-Za-z_][A-Za-z0-9_.\-]*\s*\}\})")
_ANSWER_TAGS = re.compile(r"<answer>(.*?)(?:</answer>|\Z)", re.DOTALL)
_THINK_TAGS = re.compile(r"\A\s*<think(?:ing)?>(.*?)(?:</think(?:ing)?>|\Z)", re.DOTALL)


@dataclass(frozen=True, slots=True)
class Span:
    """Where a section stands in the rendered messages."""

    section: Section
    message: int
    """Index into the messages."""
    start: int
    end: int
    """Half-open range of characters in that message's content."""
    example: int | None = None
    """Index into the prompt's examples, for the few-shot section."""


@dataclass(frozen=True, slots=True)
class Rendered:
    """The messages as sent; the spans together cover every character that came from a section."""

    messages: tuple[Message, ...]
    spans: tuple[Span, ...]


def fill(text: str, values: Mapping[str, str]) -> str:
    """The text with its `{{variables}}` replaced; values are not read for variables again.

    Raises MissingVariables.
    """
    missing = tuple(dict.fromkeys(name for name in VARIABLE.findall(text) if name not in values))
    if missing:
        raise MissingVariables(missing)
    pieces, at = [], 0
    for match in VARIABLE.finditer(text):
        pieces += [_unescape(text[at : match.start()]), values[match.group(1)]]
        at = match.end()
    return "".join([*pieces, _unescape(text[at:])])


def _unescape(text: str) -> str:
    return _ESCAPED.sub(r"\1", text)


def render(prompt: Prompt, values: Mapping[str, str]) -> Rendered:
    """The messages of a prompt.

    Raises MissingVariables (all that are missing at once) and UserError when there is nothing to send.
    """
    if missing := tuple(name for name in variables(prompt) if name not in values):
        raise MissingVariables(missing)
    building, chain = _Building(), prompt.chain_of_thought
    system: list[tuple[Section, str]] = [
        ("system", fill(prompt.system, values)),
        ("context", fill(prompt.context, values)),
    ]
    if chain.mode in ("instruction", "examples"):
        system.append(("chain_of_thought", _asked(chain, fill(chain.instruction, values))))
    if prompt.output_format.kind == "json":
        system.append(("output_format", _format_asked(prompt)))
    building.add("system", [(section, text, None) for section, text in system])
    for index, example in enumerate(prompt.examples):
        if example.enabled:
            building.add("user", [("examples", fill(example.input, values), index)])
            building.add("assistant", [("examples", _shown(example, chain, values), index)])
    building.add("user", [("user", fill(prompt.user, values), None)])
    building.add("assistant", [("prefill", fill(prompt.prefill, values), None)])
    if not any(message.role == "user" for message in building.messages):
        raise UserError("The prompt has nothing to send.", advice="Write something in the user section.")
    return Rendered(tuple(building.messages), tuple(building.spans))


class _Building:
    """Messages and spans while they grow."""

    def __init__(self) -> None:
        self.messages: list[Message] = []
        self.spans: list[Span] = []

    def add(self, role: Role, parts: list[tuple[Section, str, int | None]]) -> None:
        content = ""
        for section, text, example in parts:
            if not text.strip():
                continue
            content += "\n\n" if content else ""
            self.spans.append(Span(section, len(self.messages), len(content), len(content) + len(text), example))
            content += text
        if content:
            self.messages.append(Message(role, content))


def _asked(chain: ChainOfThought, instruction: str) -> str:
    """The instruction, with a sentence that says how to part the answer from the steps."""
    match chain.parting:
        case "marker":
            how = f"Then write the final answer after “{chain.marker}” on a line of its own."
        case "tags":
            how = "Then write the final answer between <answer> and </answer>."
        case _:
            how = ""
    return f"{instruction} {how}".strip()


def _shown(example: Example, chain: ChainOfThought, values: Mapping[str, str]) -> str:
    """An example's answer as the model would have written it. The marker is literal, `part` looks for it so."""
    output = fill(example.output, values)
    if chain.mode not in ("instruction", "examples"):
        return output
    match chain.parting:
        case "marker":
            answer = f"{chain.marker} {output}"
        case "tags":
            answer = f"<answer>{output}</answer>"
        case _:
            answer = output
    reasoning = fill(example.reasoning, values).strip() if chain.mode == "examples" else ""
    return f"{reasoning}\n\n{answer}" if reasoning else answer


def _format_asked(prompt: Prompt) -> str:
    schema = prompt.output_format.schema.strip()
    return f"Reply with JSON only, following this schema:\n{schema}" if schema else "Reply with JSON only."


def json_schema(prompt: Prompt) -> dict[str, Any] | None:
    """The schema a provider is asked to keep to; {} means any JSON, None free text.

    Raises UserError when the schema is not a JSON object.
    """
    if prompt.output_format.kind != "json":
        return None
    if not prompt.output_format.schema.strip():
        return {}
    try:
        schema = json.loads(prompt.output_format.schema)
    except (ValueError, RecursionError) as error:
        raise UserError(f"The JSON schema of the output format is not valid JSON: {error}.") from error
    if not isinstance(schema, dict):
        raise UserError("The JSON schema of the output format must be a JSON object.")
    return schema


def request(prompt: Prompt, values: Mapping[str, str], *, model: str, config: GenerationConfig) -> Request:
    """The request that running this prompt on a model sends. Raises as `render` and `json_schema` do."""
    chain = prompt.chain_of_thought
    effort: Effort | None = chain.effort if chain.mode == "model" else None
    return Request(
        model=model,
        messages=render(prompt, values).messages,
        config=config,
        json_schema=json_schema(prompt),
        effort=effort,
    )


@dataclass(frozen=True, slots=True)
class Parted:
    """A model's text, the answer told from the reasoning."""

    reasoning: str
    answer: str
    found: bool
    """False when the text should have had a marker or tags and had none; the answer is then the whole text."""


def part(chain: ChainOfThought, text: str) -> Parted:
    """Part a model's text as the chain of thought asks for it.

    A leading `<think>` block is reasoning in every mode: local reasoning models write it into their text.
    """
    thought = ""
    if match := _THINK_TAGS.match(text):
        thought, text = match.group(1).strip(), text[match.end() :].lstrip()
    if chain.mode in ("off", "model") or chain.parting == "none":
        return Parted(thought, text, found=True)
    reasoning, answer, found = _by_marker(chain.marker, text) if chain.parting == "marker" else _by_tags(text)
    return Parted("\n\n".join(piece for piece in (thought, reasoning) if piece), answer, found)


def _by_marker(marker: str, text: str) -> tuple[str, str, bool]:
    before, found, after = text.rpartition(marker) if marker else ("", "", text)
    return (before.strip(), after.strip(), True) if found else ("", text, False)


def _by_tags(text: str) -> tuple[str, str, bool]:
    matches = list(_ANSWER_TAGS.finditer(text))
    if not matches:
        return "", text, False
    last = matches[-1]
    return text[: last.start()].strip(), last.group(1).strip(), True
