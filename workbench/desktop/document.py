"""A prompt that is open: what the store knows of it, and what the person has done since."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from workbench.core.case import TestSet
from workbench.core.completion import GenerationConfig
from workbench.core.prompt import Prompt
from workbench.core.version import PromptVersion, content_id
from workbench.store import PromptRecord, Store

if TYPE_CHECKING:
    from workbench.desktop.editor.prompt_editor import PromptEditor


@dataclass(frozen=True, slots=True)
class Opened:
    """Everything that a tab needs, of one moment of the store."""

    record: PromptRecord
    versions: tuple[PromptVersion, ...]
    test_set: TestSet | None
    content: str
    """The content id of the draft."""


def read_document(store: Store, prompt_id: str) -> Opened:
    """A prompt with its versions and cases. Raises NotFound."""
    record = store.prompt(prompt_id)
    return Opened(record, store.versions(record.id), store.test_set_for(record.id), content_id(record.prompt))


@dataclass(frozen=True, slots=True)
class Draft:
    """What is autosaved."""

    prompt: Prompt
    values: Mapping[str, str]
    config: GenerationConfig
    base: str | None
    """The version that it goes on from; None when that did not change."""


@dataclass(eq=False)
class Document:
    """An open prompt; the editor holds its text, this the rest."""

    opened: Opened
    editor: PromptEditor
    values: dict[str, str] = field(default_factory=dict)
    """Of all variables it ever had, so that a name that comes back finds its value."""
    config: GenerationConfig = field(default_factory=GenerationConfig)
    case_id: str | None = None
    content: str = ""
    """The content id of the last draft that was saved."""
    base: str | None = None
    """The version that was restored into the editor, until that is saved."""

    def __post_init__(self) -> None:
        self.take(self.opened)

    @property
    def id(self) -> str:
        """The prompt's id."""
        return self.opened.record.id

    @property
    def name(self) -> str:
        """The prompt's name."""
        return self.opened.record.name

    def take(self, opened: Opened) -> None:
        """Everything as the store has it."""
        self.opened = opened
        self.values = dict(opened.record.values)
        self.config = opened.record.config
        self.content = opened.content

    def draft(self) -> Draft:
        """What would be saved now."""
        return Draft(self.editor.prompt(), dict(self.values), self.config, self.base)

    def differs(self) -> bool:
        """Whether the draft says something that no version keeps."""
        return all(version.id != self.content for version in self.opened.versions)
