"""The ways of cases into a test set and out of it: files, a model, the split into its two parts."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtWidgets import QDialog

from workbench.desktop import file_choice
from workbench.desktop.computation import compute
from workbench.desktop.test_sets import edits

if TYPE_CHECKING:
    from workbench.desktop.test_sets.page import TestSetPage
    from workbench.interchange.cases import CaseFile

_CASES = "Test cases (*.csv *.tsv *.jsonl *.ndjson *.json *.parquet *.yaml *.yml);;All files (*)"
_KINDS = "CSV (*.csv);;JSON Lines (*.jsonl)"


class Doors:
    """Opens the dialogs of a page and does what comes of them, each as one step that can be undone."""

    def __init__(self, page: TestSetPage) -> None:
        self._page = page

    def bring(self) -> None:
        """Ask for a file of cases."""
        name = file_choice.open_file(self._page, "Import cases", choices=_CASES)
        if name:
            self.bring_file(Path(name))

    def bring_file(self, path: Path) -> None:
        """Read a file, then ask what becomes of it."""
        from workbench.interchange.cases import read_file

        page = self._page
        page.status.emit(f"Reading {path.name} …")
        page.bridge.when(
            compute(lambda: read_file(path)),
            lambda file: self._ask_import(file, path.name),
            lambda error: page.message.show_error(error, doing="Nothing was imported."),
            owner=page,
        )

    def _ask_import(self, file: CaseFile, name: str) -> None:
        from workbench.desktop.test_sets.import_dialog import ImportDialog

        page = self._page
        page.status.emit("")
        dialog = ImportDialog(file, name, page.model.cases, page.model.columns, page)
        dialog.accepted.connect(lambda: self._import(dialog, name))
        _open(dialog)

    def _import(self, dialog: QDialog, name: str) -> None:
        from workbench.desktop.test_sets.import_dialog import ImportDialog

        assert isinstance(dialog, ImportDialog)  # noqa: S101 - for the type checker
        cases = dialog.cases()
        if dialog.replaces():
            edits.replace_all(self._page.model, cases, words=f"import of {name}")
        else:
            edits.add_with_columns(self._page.model, cases, words=f"import of {name}")
        self._page.status.emit(f"{len(cases):,} cases imported from {name}. Ctrl+Z takes them out again.")

    def generate(self) -> None:
        """Ask a model for cases."""
        from workbench.desktop.test_sets.generate_dialog import GenerateDialog

        page = self._page
        dialog = GenerateDialog(
            page.workspace,
            page.bridge,
            page,
            cases=page.model.cases,
            columns=page.model.columns,
            prompt_id=page.prompt_id,
        )
        dialog.accepted.connect(
            lambda: edits.add_with_columns(page.model, dialog.cases(), words="generated cases")
        )
        _open(dialog)

    def split(self) -> None:
        """Ask which share is held out."""
        from workbench.desktop.test_sets.split_dialog import SplitDialog

        page = self._page
        dialog = SplitDialog(page.model.cases, page)
        dialog.accepted.connect(lambda: edits.put_all(page.model, dialog.cases(), words="split"))
        _open(dialog)

    def send(self) -> None:
        """Ask where the cases are written to."""
        page = self._page
        name, kind = file_choice.save_file(page, "Export cases", f"{page.title}.csv", _KINDS)
        if name:
            path = Path(name)
            suffix = ".jsonl" if "jsonl" in kind else ".csv"
            self.send_file(path if path.suffix else path.with_suffix(suffix))

    def send_file(self, path: Path) -> None:
        """Write the cases to a file."""
        from workbench.interchange.case_file import write

        page = self._page
        cases, columns = tuple(page.model.cases), tuple(page.model.columns)
        page.bridge.when(
            compute(lambda: write(path, cases, columns)),
            lambda _none: page.status.emit(f"{len(cases):,} cases written to {path}."),
            lambda error: page.message.show_error(error, doing="Nothing was exported."),
            owner=page,
        )


def _open(dialog: QDialog) -> None:
    """Show a dialog over its page; it goes when it is closed."""
    dialog.finished.connect(dialog.deleteLater)
    dialog.open()
