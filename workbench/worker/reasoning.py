"""Models' own reasoning told from their answers, while they write.

Every family marks it in its own way: tags at the beginning of the answer, a tag that the chat template has already
opened, channels with headers. A `ReasoningFormat` is a table: for each state, the markers that are looked for and
the state that each leads to. `Parting` walks through it. A marker may come in any number of pieces, so that what
could become one is held back until it is decided. Nothing is lost but markers, headers, and the blanks around a
thought.

Pure, and of the standard library only.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from itertools import groupby
from typing import Literal, NamedTuple

State = Literal["begin", "opened", "header", "thought", "after", "answer"]
"""Nothing but blanks yet · the same, in a thought that the prompt has opened · within a header that names what
follows · reasoning · between reasoning and answer · the answer."""

Table = Mapping[State, Mapping[str, State]]

_LONGEST_HEADER = 160
"""What is longer, or goes over a line end, is no header."""

_AFTER_HEADER = "<|message|>"


class Part(NamedTuple):
    """A piece of text, and which of the two it belongs to."""

    text: str
    reasoning: bool = False


@dataclass(frozen=True, slots=True)
class ReasoningFormat:
    """How a family of models marks its reasoning."""

    name: str
    signs: tuple[str, ...]
    """Texts that all stand in the source of a chat template of this format."""
    table: Table
    pairs: Mapping[str, str]
    """Markers that begin a thought, which a prompt may end with, and what ends it in turn."""
    first: State = "begin"
    thoughts: tuple[str, ...] = ()
    """Words of a header that announces reasoning."""

    @property
    def markers(self) -> frozenset[str]:
        """All texts that are looked for."""
        return frozenset(marker for markers in self.table.values() for marker in markers)

    def opened_by(self, prompt: str) -> bool:
        """Whether a prompt leaves a thought open, so that the model begins within it."""
        return prompt.rstrip().endswith(tuple(self.pairs))

    def closed(self, prompt: str) -> str:
        """The prompt with a thought that it leaves open ended, empty."""
        opening = next(filter(prompt.rstrip().endswith, self.pairs), None)
        return prompt + self.pairs[opening] if opening else prompt

    def opening_of(self, text: str) -> str | None:
        """The marker by which a text begins with a thought."""
        return next(filter(text.lstrip().startswith, self.pairs), None)


def _tags(
    name: str,
    pairs: Mapping[str, str],
    *,
    signs: tuple[str, ...] = (),
    frame: tuple[str, ...] = (),
    ends: tuple[str, ...] = (),
) -> ReasoningFormat:
    """A thought between tags before the answer, which may have a frame of its own.

    Tags in the middle of an answer are text: a model may write about them.
    """
    openings: dict[str, State] = dict.fromkeys(pairs, "thought")
    closings: dict[str, State] = dict.fromkeys(pairs.values(), "after")
    framed: dict[str, State] = dict.fromkeys(frame, "after")
    table: Table = {
        "begin": openings | framed,
        "opened": openings | closings,
        "thought": closings,
        "after": framed,
        "answer": dict.fromkeys(ends, "answer"),
    }
    return ReasoningFormat(name, signs or tuple(pairs), table, pairs)


def _channels(
    name: str, *, signs: tuple[str, ...], ends: tuple[str, ...], thoughts: tuple[str, ...]
) -> ReasoningFormat:
    """Messages one after the other, each with a header that says whether it is reasoning."""
    within: dict[str, State] = dict.fromkeys(("<|start|>", "<|channel|>", *ends), "header")
    table: Table = {"header": {**within, _AFTER_HEADER: "answer"}, "thought": within, "answer": within}
    return ReasoningFormat(name, signs, table, {}, first="header", thoughts=thoughts)


THINK_TAGS = _tags("think tags", {"<think>": "</think>", "<thinking>": "</thinking>", "<thought>": "</thought>"})
"""What most reasoning models write; looked for where a template says nothing else."""

FORMATS: tuple[ReasoningFormat, ...] = (
    _channels(
        "harmony",
        signs=("<|channel|>", _AFTER_HEADER),
        ends=("<|end|>", "<|return|>", "<|call|>"),
        thoughts=("analysis",),
    ),
    _channels("recipients", signs=("to=self", _AFTER_HEADER), ends=("<|eom|>",), thoughts=("to=self",)),
    _tags("Gemma", {"<|channel>thought": "<channel|>"}),
    _tags(
        "Kimi sections",
        {"<|open|>think<|sep|>": "<|close|>think<|sep|>"},
        signs=("<|open|>", "<|sep|>"),
        frame=("<|open|>response<|sep|>",),
        ends=("<|close|>response<|sep|>", "<|close|>message<|sep|>"),
    ),
    _tags(
        "Solar",
        {"<|think|>": "<|end|>"},
        signs=("<|think|>", "<|content|>"),
        frame=("<|begin|>assistant", "<|content|>"),
    ),
    _tags(
        "Command",
        {"<|START_THINKING|>": "<|END_THINKING|>"},
        frame=("<|START_RESPONSE|>", "<|START_TEXT|>"),
        ends=("<|END_RESPONSE|>", "<|END_TEXT|>"),
    ),
    _tags("Apertus", {"<|inner_prefix|>": "<|inner_suffix|>"}),
    _tags("Mistral", {"[THINK]": "[/THINK]"}),
    _tags("Seed", {"<seed:think>": "</seed:think>"}),
    _tags("MiniMax", {"<mm:think>": "</mm:think>"}),
    _tags("Kimi-VL", {"◁think▷": "◁/think▷"}),
    _tags(
        "Apriel",
        {"Here are my reasoning steps:": "[BEGIN FINAL RESPONSE]"},
        signs=("[BEGIN FINAL RESPONSE]",),
        ends=("[END FINAL RESPONSE]",),
    ),
    _tags("Granite sentences", {"Here is my thought process:": "Here is my response:"}),
    _tags(
        "Granite",
        {"<think>": "</think>"},
        signs=("<think>", "<response>"),
        frame=("<response>",),
        ends=("</response>",),
    ),
    _tags("Reka", {"<reasoning>": "</reasoning>"}),
)
"""Formats other than `THINK_TAGS`, the more particular ones first."""


def format_of(template: str) -> ReasoningFormat:
    """The format that a chat template's source speaks of."""
    return next((form for form in FORMATS if all(sign in template for sign in form.signs)), THINK_TAGS)


class Parting:
    """One answer while it grows."""

    def __init__(
        self, form: ReasoningFormat = THINK_TAGS, *, thinking: bool = False, begun: str | None = None
    ) -> None:
        """`thinking`: the prompt has opened a thought. `begun`: it ends with this beginning of an answer."""
        self._form = form
        self._state: State = "opened" if thinking else form.first
        self._held = ""
        self._header = ""
        self._in_frame = False
        """Whether a header was begun by a marker."""
        self._blanks = ""
        """What parts the next words of a thought from those before; dropped when none follow."""
        self._fresh = True
        """Whether this thought has had no word yet."""
        self._thought = False
        """Whether any has."""
        self._firsts = frozenset(marker[0] for marker in form.table["answer"])
        if begun is not None:
            self._begin_with(begun)

    @property
    def thinking(self) -> bool:
        """Whether what comes next belongs to the reasoning, as far as is known."""
        return self._state in ("thought", "opened")

    def push(self, text: str) -> tuple[Part, ...]:
        """Take more text; returns what is certain now."""
        if self._state == "answer" and not self._held and self._firsts.isdisjoint(text):
            return (Part(text),) if text else ()  # nearly every token: no marker can begin in it
        self._held += text
        return _joined(self._walk())

    def finish(self) -> tuple[Part, ...]:
        """What was held back, when the answer has ended: it has become no marker."""
        if self._state == "header" and not self._in_frame:
            self._give_up_header()
        rest, self._held = self._held, ""
        match self._state:
            case "thought" | "opened":
                return _joined(self._thoughts(rest))
            case "after":
                rest = rest.lstrip()
            case "header":
                rest = ""
        return (Part(rest),) if rest else ()

    def _begin_with(self, text: str) -> None:
        """Go to where a text leads that is no part of what the model writes."""
        if self._form.opening_of(text) is not None:
            self._state = "begin"
            self.push(text)
        else:
            self._state = "answer"
        self._held, self._blanks, self._fresh, self._thought = "", "", True, False

    def _walk(self) -> Iterator[Part]:
        going_on = True
        while going_on and self._held:
            match self._state:
                case "begin" | "opened" | "after":
                    going_on = self._pass_edge()
                case "header":
                    going_on = self._pass_header()
                case _:
                    text, going_on = self._pass_text()
                    yield from text

    def _pass_edge(self) -> bool:
        """Only blanks may stand before a marker here; with anything else, what is expected begins without one."""
        text, markers = self._held.lstrip(), self._form.table[self._state]
        if found := max(filter(text.startswith, markers), key=len, default=""):
            self._held = text[len(found) :]
            self._enter(markers[found])
            return True
        if not text or any(marker.startswith(text) for marker in markers):
            return False
        if self._state == "after":
            self._held = text
        self._enter("thought" if self._state == "opened" else "answer")
        return True

    def _pass_header(self) -> bool:
        """Gather a header; when it is none, it is text of the answer."""
        markers = self._form.table["header"]
        text, marker, rest = _at_first(markers, self._held)
        self._header += text
        self._held = rest
        if len(self._header) > _LONGEST_HEADER or "\n" in self._header.strip():
            self._held = marker + rest
            self._give_up_header()
            return True
        if marker == _AFTER_HEADER:
            thought = any(word in self._header for word in self._form.thoughts)
            self._enter("thought" if thought else "answer")
        elif marker:
            self._in_frame = True
        return bool(marker)

    def _give_up_header(self) -> None:
        self._held, self._header, self._state = self._header + self._held, "", "answer"

    def _pass_text(self) -> tuple[Iterable[Part], bool]:
        markers = self._form.table[self._state]
        text, marker, self._held = _at_first(markers, self._held)
        parts = self._thoughts(text) if self._state == "thought" else [Part(text)] if text else []
        if marker:
            self._enter(markers[marker])
        return parts, bool(marker)

    def _enter(self, state: State) -> None:
        if state == "header":
            self._header, self._in_frame = "", True
        elif state == "thought":
            self._fresh = True
        self._state = state

    def _thoughts(self, text: str) -> list[Part]:
        """The words of a thought; blanks at its ends are dropped, two thoughts are parted by a blank line."""
        if self._fresh:
            text = text.lstrip()
            if not text:
                return []
            self._blanks, self._fresh = "\n\n" if self._thought else "", False
        words = text.rstrip()
        if not words:
            self._blanks += text
            return []
        before, self._blanks, self._thought = self._blanks, text[len(words) :], True
        return [Part(before + words, reasoning=True)]


def _at_first(markers: Mapping[str, State], text: str) -> tuple[str, str, str]:
    """A text before its first marker, that marker, and what follows.

    Without one, the text that is certain to be none, "", and the end that may become one.
    """
    found = [(at, -len(marker), marker) for marker in markers if (at := text.find(marker)) >= 0]
    if found:
        at, _, marker = min(found)
        return text[:at], marker, text[at + len(marker) :]
    keep = _unsure(markers, text)
    return text[: len(text) - keep], "", text[len(text) - keep :]


def _unsure(markers: Iterable[str], text: str) -> int:
    """Length of the longest end of the text that a marker begins with."""
    longest = max(map(len, markers), default=0)
    for length in range(min(longest - 1, len(text)), 0, -1):
        if any(marker.startswith(text[-length:]) for marker in markers):
            return length
    return 0


def _joined(parts: Iterable[Part]) -> tuple[Part, ...]:
    """Neighbours of one kind as one."""
    return tuple(
        Part("".join(part.text for part in group), reasoning)
        for reasoning, group in groupby(parts, key=lambda part: part.reasoning)
    )
