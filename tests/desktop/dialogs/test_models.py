"""Local models are looked into before they are loaded, and their files are never touched."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest
from PySide6.QtCore import QMimeData, QPoint, Qt, QTimer, QUrl
from PySide6.QtGui import QDropEvent
from PySide6.QtWidgets import QAbstractButton, QApplication, QWidget
from pytestqt.qtbot import QtBot

from workbench.desktop.bridge import Bridge
from workbench.desktop.dialogs.model_card import verdict
from workbench.desktop.dialogs.models import ModelsDialog
from workbench.models.memory import MemoryEstimate
from workbench.models.starter import starter_path
from workbench.running import Workspace


@pytest.fixture
def dialog(qtbot: QtBot, workspace: Workspace, bridge: Bridge) -> ModelsDialog:
    made = ModelsDialog(workspace, bridge)
    qtbot.addWidget(made)
    made.show()
    qtbot.waitUntil(lambda: made.list.count() == 1 and bool(made.card.title()), timeout=20_000)
    return made


@pytest.fixture
def copy(tmp_path: Path) -> Path:
    """A model file of the person's own."""
    path = tmp_path / "My model.gguf"
    shutil.copy(starter_path(), path)
    return path


def paths(workspace: Workspace) -> tuple[str, ...]:
    return workspace.store.read(lambda store: store.local_models()).result(10)


def press(text: str) -> None:
    box = QApplication.activeModalWidget()
    assert isinstance(box, QWidget)
    next(b for b in box.findChildren(QAbstractButton) if b.text().replace("&", "") == text).click()


def test_the_starter_shows_its_facts_before_it_is_loaded(dialog: ModelsDialog) -> None:
    assert "mollm2" in dialog.card.title().lower()
    assert dialog.card.verdict().startswith("✓ Fits")
    assert not dialog.remove.isEnabled()
    assert not dialog.unload_button.isEnabled()


def test_a_dropped_file_is_added_and_removed_and_stays_on_the_disk(
    qtbot: QtBot, dialog: ModelsDialog, workspace: Workspace, copy: Path
) -> None:
    data = QMimeData()
    data.setUrls([QUrl.fromLocalFile(str(copy)), QUrl("https://example.com/x.gguf")])
    action, button, modifier = Qt.DropAction.CopyAction, Qt.MouseButton.LeftButton, Qt.KeyboardModifier.NoModifier
    with qtbot.waitSignal(dialog.changed, timeout=20_000):
        dialog.dropEvent(QDropEvent(QPoint(5, 5).toPointF(), action, data, button, modifier))
    qtbot.waitUntil(lambda: dialog.reference() == f"local:{copy}", timeout=10_000)
    assert paths(workspace) == (str(copy),)
    QTimer.singleShot(0, lambda: press("Remove"))
    with qtbot.waitSignal(dialog.changed, timeout=10_000):
        dialog.remove.click()
    assert paths(workspace) == ()
    assert copy.exists()


@pytest.mark.parametrize("content", [b"", b"GGUF", b"not a model at all " * 100])
def test_a_file_that_is_no_model_is_refused_with_the_reason(
    qtbot: QtBot, dialog: ModelsDialog, workspace: Workspace, tmp_path: Path, content: bytes
) -> None:
    bad = tmp_path / "bad.gguf"
    bad.write_bytes(content)
    dialog.add_files([bad])
    qtbot.waitUntil(dialog.error.isVisible, timeout=10_000)
    assert "bad.gguf" in dialog.error.report()
    assert paths(workspace) == ()


def test_a_file_that_is_gone_says_so_and_cannot_be_loaded(
    qtbot: QtBot, dialog: ModelsDialog, workspace: Workspace, copy: Path
) -> None:
    dialog.add_files([copy])
    qtbot.waitUntil(lambda: dialog.reference() == f"local:{copy}", timeout=20_000)
    copy.unlink()
    dialog.list.setCurrentRow(0)
    qtbot.waitUntil(dialog.load_button.isEnabled, timeout=10_000)
    dialog.list.setCurrentRow(1)
    qtbot.waitUntil(dialog.error.isVisible, timeout=10_000)
    assert not dialog.load_button.isEnabled()


def test_options_are_kept_and_the_estimate_follows(
    qtbot: QtBot, dialog: ModelsDialog, workspace: Workspace
) -> None:
    with qtbot.waitSignal(dialog.changed, timeout=10_000):
        dialog.context.setValue(2048)
        dialog.context.editingFinished.emit()
    with qtbot.waitSignal(dialog.changed, timeout=10_000):
        dialog.gpu.setCurrentIndex(dialog.gpu.findData("auto"))
        dialog.gpu.activated.emit(dialog.gpu.currentIndex())
    kept = workspace.loop.submit(workspace.catalog.load_options()).result(10)
    assert (kept.context, kept.gpu_layers) == (2048, "auto")


def test_a_model_is_loaded_and_unloaded(qtbot: QtBot, dialog: ModelsDialog) -> None:
    dialog.load_button.click()
    qtbot.waitUntil(lambda: dialog.state.text().startswith("✓ Loaded"), timeout=60_000)
    dialog.unload_button.click()
    qtbot.waitUntil(lambda: dialog.state.text().startswith("Not loaded"), timeout=20_000)


def test_a_model_that_does_not_fit_says_by_how_much() -> None:
    needed = MemoryEstimate(weights=8_000_000_000, cache=1_000_000_000, compute=0, free=4_000_000_000)
    assert verdict(needed).startswith("✗ 5.0 GB too much")
