"""What a person does with the prompts of the library: make, rename, copy, archive, take in, hand out."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import Qt

from workbench.core.case import Case
from workbench.core.identifier import new_id
from workbench.core.prompt import Prompt
from workbench.core.starter import StarterPrompt
from workbench.desktop.document import Document
from workbench.desktop.editor.place import Place
from workbench.desktop.taking_in import Taken, take_in
from workbench.store import Store

if TYPE_CHECKING:
    from workbench.desktop.desk import Desk

_UNDO_SECONDS = 12


class Shelving:
    """Changes the library; what it shows follows from the store's own news."""

    def __init__(self, desk: Desk) -> None:
        self._desk = desk

    def new_prompt(self) -> None:
        """A new, empty prompt in a tab of its own."""

        def create(store: Store) -> str:
            return store.create_prompt(store.free_name("New prompt"), Prompt()).id

        self._desk.write(create, lambda prompt_id: self._desk.open(prompt_id, _begin_to_write))

    def rename(self, document: Document, name: str) -> None:
        """Give a prompt another name."""
        self._desk.write(lambda store: store.rename_prompt(document.id, name))

    def duplicate(self, prompt_id: str) -> None:
        """Open a copy of a prompt, made from its newest draft."""
        self._desk.drafts.save()

        def copy(store: Store) -> str:
            return store.duplicate_prompt(prompt_id, store.free_name(store.prompt(prompt_id).name)).id

        self._desk.write(copy, self._desk.open)

    def archive(self, prompt_id: str) -> None:
        """Take a prompt out of the library, with the way back at hand."""
        if (document := self._desk.documents.of(prompt_id)) is not None:
            self._desk.close_document(document)

        def archive(store: Store) -> str:
            store.archive_prompt(prompt_id)
            return store.prompt(prompt_id).name

        def say(name: str) -> None:
            self._desk.messages.show_message(
                f"“{name}” is archived. Its versions and runs stay.",
                action="Undo",
                do=lambda: self._desk.write(lambda store: store.unarchive_prompt(prompt_id)),
                seconds=_UNDO_SECONDS,
            )

        self._desk.write(archive, say)

    def save_case(self, document: Document, values: Mapping[str, str]) -> None:
        """Keep these values as a case of the prompt, in a test set of its own when it had none."""
        case = Case(new_id(), dict(values))

        def save(store: Store) -> int:
            known = store.test_set_for(document.id)
            cases = (*(known.cases if known else ()), case)
            store.save_test_set(known.name if known else document.name, cases, prompt_id=document.id)
            return len(cases)

        self._desk.write(save, lambda number: self._desk.say(f"Saved as case {number}"))

    def export(self, document: Document, path: Path) -> None:
        """Write a prompt with its values, parameters and cases to a file of our own shape."""
        from workbench.interchange.prompt_file import write

        draft, test_set = document.draft(), document.opened.test_set
        whole = StarterPrompt(
            document.name,
            draft.prompt,
            document.opened.record.description,
            draft.values,
            draft.config,
            test_set.cases if test_set else (),
        )
        self._desk.work(
            asyncio.to_thread(write, whole, path), lambda _: self._desk.say(f"{document.name} is in {path}")
        )

    def take_in(self, paths: Sequence[Path]) -> None:
        """Take in files that were opened or dropped: prompts, models, cases."""
        current = self._desk.documents.current()
        store = self._desk.workspace.store
        self._desk.say("Reading files")
        self._desk.work(
            asyncio.to_thread(take_in, tuple(paths), store, current.id if current else None), self._took_in
        )

    def _took_in(self, taken: Sequence[Taken]) -> None:
        for each in taken:
            if each.kind == "prompt":
                self._desk.open(each.id)
            elif each.kind == "model":
                self._desk.use_model(each.id)
        if errors := [each.error for each in taken if each.error]:
            more = f" So were {len(errors) - 1} more files." if len(errors) > 1 else ""
            self._desk.messages.show_message(
                f"{errors[0].message}{more}",
                advice=errors[0].advice,
                details="\n\n".join(f"{error}\n{error.details}".strip() for error in errors),
                tone="bad",
            )
        else:
            self._desk.say(f"Taken in: {', '.join(each.name for each in taken)}")
            self._offer_cases([each for each in taken if each.kind == "cases"])

    def _offer_cases(self, taken: Sequence[Taken]) -> None:
        """Lead on to the test set that a file of cases became."""
        if taken:
            self._desk.messages.show_message(
                f"The cases are in the test set “{taken[-1].name}”.",
                action="Open test set",
                do=lambda: self._desk.pages.open_test_set(taken[-1].id),
                seconds=_UNDO_SECONDS,
            )


def _begin_to_write(document: Document) -> None:
    document.editor.show_tab(0)
    document.editor.compose.field(Place("user")).setFocus(Qt.FocusReason.OtherFocusReason)
