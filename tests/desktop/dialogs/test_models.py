"""Local models are looked into before they are loaded, and their files are never touched."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest
from PySide6.QtCore import QMimeData, QPoint, Qt, QTimer, QUrl
from PySide6.QtGui import QDropEvent
from PySide6.QtWidgets import QAbstractButton, QApplication, QWidget
from pytestqt.qtbot import QtBot

from tests.models.lora_file import write_lora
from workbench.desktop.bridge import Bridge
from workbench.desktop.dialogs.adapter_dialog import AdapterDialog
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
        dialog.loading.context.setValue(2048)
        dialog.loading.context.editingFinished.emit()
    with qtbot.waitSignal(dialog.changed, timeout=10_000):
        dialog.loading.gpu.setCurrentIndex(dialog.loading.gpu.findData("auto"))
        dialog.loading.gpu.activated.emit(dialog.loading.gpu.currentIndex())
    with qtbot.waitSignal(dialog.changed, timeout=10_000):
        dialog.loading.disk_cache.setValue(500)
        dialog.loading.disk_cache.editingFinished.emit()
    dialog.loading.unload_after.setValue(0)
    dialog.loading.unload_after.editingFinished.emit()
    kept = workspace.loop.submit(workspace.catalog.load_options()).result(10)
    assert (kept.context, kept.gpu_layers, kept.disk_cache) == (2048, "auto", 500)
    qtbot.waitUntil(lambda: workspace.loop.submit(workspace.catalog.unload_after()).result(10) == 0)


def test_a_model_with_an_adapter_is_offered_beside_the_model(
    qtbot: QtBot, dialog: ModelsDialog, workspace: Workspace, bridge: Bridge, tmp_path: Path
) -> None:
    asking = AdapterDialog("starter", workspace, bridge, dialog)
    qtbot.addWidget(asking)
    asking.show()
    asking.path.setText(str(starter_path()))
    qtbot.waitUntil(asking.error.isVisible, timeout=10_000)
    assert "is no adapter but a model" in asking.error.report()
    assert not asking.add.isEnabled()
    adapter = write_lora(starter_path(), tmp_path / "tuned.gguf")
    asking.path.setText(str(adapter))
    qtbot.waitUntil(asking.add.isEnabled, timeout=10_000)
    assert "rank 4, changes 90 weights" in asking.facts.text()
    asking.scale.setValue(0.8)
    asking.added.connect(dialog._listed)
    with qtbot.waitSignal(dialog.changed, timeout=10_000):
        asking.add.click()
    reference = f"starter+lora:{adapter}@0.8"
    qtbot.waitUntil(lambda: dialog.reference() == reference, timeout=10_000)
    offered = workspace.catalog.references().result(10)
    assert [(one.reference, one.title) for one in offered][1] == (reference, "SmolLM2 + tuned × 0.8")
    QTimer.singleShot(0, lambda: press("Remove"))
    with qtbot.waitSignal(dialog.changed, timeout=10_000):
        dialog.remove.click()
    assert len(workspace.catalog.references().result(10)) == 1
    assert adapter.exists()


def test_a_model_is_loaded_and_unloaded(qtbot: QtBot, dialog: ModelsDialog) -> None:
    dialog.load_button.click()
    qtbot.waitUntil(lambda: dialog.state.text().startswith("✓ Loaded"), timeout=60_000)
    dialog.unload_button.click()
    qtbot.waitUntil(lambda: dialog.state.text().startswith("Not loaded"), timeout=20_000)


def test_a_model_that_does_not_fit_says_by_how_much() -> None:
    needed = MemoryEstimate(weights=8_000_000_000, cache=1_000_000_000, compute=0, free=4_000_000_000)
    assert verdict(needed).startswith("✗ 5.0 GB too much")
