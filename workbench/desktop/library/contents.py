"""What the workspace holds, as rows of the library. Asked on the store's reader thread, so without Qt."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from workbench.core.case import Case, TestSet
from workbench.desktop.library.tree import Item
from workbench.running import ModelChoice
from workbench.store import Hit, PromptSummary, Store

_LONGEST = 80


@dataclass(frozen=True, slots=True)
class Contents:
    """The groups of the library that the store knows."""

    prompts: tuple[Item, ...]
    test_sets: tuple[Item, ...]


def read_contents(store: Store) -> Contents:
    """Prompts and test sets as rows."""
    return Contents(
        prompts=tuple(prompt_item(prompt) for prompt in store.prompts()) or (_NO_PROMPT,),
        test_sets=tuple(test_set_item(test_set) for test_set in store.test_sets()) or (_NO_TEST_SET,),
    )


_NO_PROMPT = Item(
    "hint", "new_prompt", "Write the first prompt", tip="No prompt is in this workspace yet.", icon="add"
)
_NO_TEST_SET = Item(
    "hint",
    "import",
    "Import cases from a file",
    tip="A test set holds values for a prompt's variables, with the answers that are expected: CSV or JSONL.",
    icon="import",
)


def prompt_item(prompt: PromptSummary) -> Item:
    """A prompt with its label and the number of its newest version."""
    version = f"v{prompt.versions}" if prompt.versions else "draft"
    note = f"{prompt.label} · {version}" if prompt.label else version
    return Item("prompt", prompt.id, prompt.name, note, prompt.description or prompt.name)


def test_set_item(test_set: TestSet) -> Item:
    """A test set with its cases."""
    cases = tuple(case_item(number, case) for number, case in enumerate(test_set.cases, 1))
    return Item("test_set", test_set.id, test_set.name, f"{len(cases):,}", children=cases)


def case_item(number: int, case: Case) -> Item:
    """A case by its name, or by what it holds."""
    shown = case.name or " · ".join(case.values.values()) or "no values"
    tip = "\n".join(f"{name}: {value[:200]}" for name, value in case.values.items())
    return Item("case", case.id, f"{number}  {one_line(shown)}", "", tip)


def model_items(choices: Sequence[ModelChoice]) -> tuple[Item, ...]:
    """The models on offer, local ones first, and the ways to more."""
    return (
        *(
            Item(
                "model",
                choice.reference,
                choice.title,
                _PLACES.get(choice.place, ""),
                choice.note or choice.reference,
            )
            for choice in choices
        ),
        Item("hint", "models", "Add a local model…", tip="Open or drop a .gguf file", icon="add"),
        Item("hint", "servers", "Add a server…", tip="Any OpenAI-compatible server", icon="add"),
    )


_PLACES = {"starter": "built in", "local": "local", "profile": "cloud"}


def hit_item(hit: Hit) -> Item:
    """Something that a search found in a text."""
    return Item("found", f"{hit.kind}:{hit.owner or hit.id}:{hit.id}", one_line(hit.title), hit.kind, hit.excerpt)


def one_line(text: str) -> str:
    """The first words of a text, for a row."""
    line = " ".join(text[: 4 * _LONGEST].split())
    return line if len(line) <= _LONGEST else f"{line[:_LONGEST]}…"
