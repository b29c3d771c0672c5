"""Adapter files, read before native code sees them."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.models.gguf_file import gguf, written
from tests.models.lora_file import write_lora
from workbench.errors import BadFile, NotFound
from workbench.models.adapter import check_belongs, read_adapter
from workbench.models.gguf import read_metadata
from workbench.models.starter import starter_path


def test_an_adapter_tells_what_it_is(tmp_path: Path) -> None:
    path = write_lora(starter_path(), tmp_path / "tuned.gguf", rank=8, general__name="Tuned")
    adapter = read_adapter(path)
    assert (adapter.name, adapter.architecture, adapter.rank, adapter.alpha) == ("Tuned", "llama", 8, 8.0)
    assert adapter.weights == 90
    check_belongs(adapter, read_metadata(starter_path()))


def test_an_adapter_for_another_architecture_is_refused(tmp_path: Path) -> None:
    fields = {"general__architecture": "qwen2", "general__base_model__0__name": "Qwen2 7B"}
    adapter = read_adapter(write_lora(starter_path(), tmp_path / "other.gguf", **fields))
    with pytest.raises(BadFile, match=r"other\.gguf is an adapter for qwen2 \(it was trained on Qwen2 7B\), and "):
        check_belongs(adapter, read_metadata(starter_path()))


def test_what_is_no_adapter_is_refused_with_the_reason(tmp_path: Path) -> None:
    with pytest.raises(NotFound, match="There is no adapter file"):
        read_adapter(tmp_path / "gone.gguf")
    with pytest.raises(BadFile, match="is no adapter but a model"):
        read_adapter(written(tmp_path, gguf()))
    with pytest.raises(BadFile, match="of the kind 'ia3'"):
        read_adapter(write_lora(starter_path(), tmp_path / "odd.gguf", adapter__type="ia3"))
    single = {"general.type": "adapter", "adapter.type": "lora", "general.architecture": "llama"}
    with pytest.raises(BadFile, match="do not come in pairs"):
        read_adapter(written(tmp_path, gguf(single, (("blk.0.attn_q.weight.lora_a", (64, 4), 0),))))


def test_an_adapter_is_no_model(tmp_path: Path) -> None:
    with pytest.raises(BadFile, match=r"tuned\.gguf is a LoRA adapter, no model"):
        read_metadata(write_lora(starter_path(), tmp_path / "tuned.gguf"))


def test_a_cut_off_adapter_is_refused(tmp_path: Path) -> None:
    path = write_lora(starter_path(), tmp_path / "cut.gguf")
    path.write_bytes(path.read_bytes()[:-1000])
    with pytest.raises(BadFile, match="is cut off"):
        read_adapter(path)
