"""Model files: what they say, and what broken and foreign ones get."""

from __future__ import annotations

import contextlib
import struct
import time
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.models.gguf_file import FIELDS, TENSORS, gguf, string, written
from workbench.errors import BadFile
from workbench.models.gguf import read_metadata
from workbench.models.starter import starter_path


def test_the_starter_model_is_read() -> None:
    metadata = read_metadata(starter_path())
    assert (metadata.architecture, metadata.quantisation, metadata.licence) == ("llama", "Q4_1", "apache-2.0")
    assert (metadata.context, metadata.layers, metadata.tensor_count) == (8192, 30, 272)
    assert metadata.parameters == 134_515_008
    assert metadata.chat_template is not None
    assert "<|im_start|>" in metadata.chat_template
    assert metadata.weight_bytes < metadata.size_bytes == starter_path().stat().st_size


def test_fields_of_a_small_file_are_read(tmp_path: Path) -> None:
    metadata = read_metadata(written(tmp_path, gguf()))
    assert (metadata.name, metadata.quantisation, metadata.context, metadata.layers) == ("Tiny", "Q8_0", 2048, 2)
    assert metadata.parameters == 64 * 100 + 64 * 64 + 64
    assert metadata.fields["tokenizer.ggml.tokens"] is None  # long arrays are passed over
    assert metadata.number("attention.head_count_kv") == 2


def test_a_missing_file_type_is_told_from_the_weights(tmp_path: Path) -> None:
    fields = {key: item for key, item in FIELDS.items() if key not in ("general.file_type", "general.name")}
    metadata = read_metadata(written(tmp_path, gguf(fields), "Nameless.gguf"))
    assert (metadata.quantisation, metadata.name) == ("Q8_0", "Nameless")


@pytest.mark.parametrize("kept", [1, 3, 4, 7, 8, 15, 16, 23, 24, 40, 100, 400])
def test_a_file_cut_off_in_its_header_is_refused(tmp_path: Path, kept: int) -> None:
    with pytest.raises(BadFile, match=r"model\.gguf is (not a GGUF file|cut off|damaged or cut off)"):
        read_metadata(written(tmp_path, gguf()[:kept]))


def test_every_border_of_the_header_is_a_readable_refusal(tmp_path: Path) -> None:
    fields = {key: item for key, item in FIELDS.items() if key != "tokenizer.ggml.tokens"}
    whole = gguf(fields)
    for kept in range(1, len(whole), 7):
        with pytest.raises(BadFile) as refusal:
            read_metadata(written(tmp_path, whole[:kept]))
        assert refusal.value.advice, "a next step"
    read_metadata(written(tmp_path, whole))


def test_a_file_cut_off_in_its_tensors_says_how_much_is_missing(tmp_path: Path) -> None:
    data = gguf()
    with pytest.raises(
        BadFile, match=r"should have at least [\d,]+ bytes and has [\d,]+\. Download it again"
    ) as refusal:
        read_metadata(written(tmp_path, data[:-5000]))
    assert f"{len(data) - 5000:,}" in str(refusal.value)


@pytest.mark.parametrize(
    ("data", "words"),
    [
        (b"", "is empty"),
        (b"PK\x03\x04rest of an archive", "is a ZIP archive"),
        (b"\x1f\x8b\x08rest", "is a gzip archive"),
        (b"<!DOCTYPE html><title>404</title>", "is an HTML page"),
        (b"\n <html>", "is an HTML page"),
        (struct.pack("<Q", 2) + b'{}{"a": 1}', "is a safetensors file"),
        (b"lmgg" + bytes(60), "before GGUF"),
        (b"tjgg" + bytes(60), "before GGUF"),
        (b"version https://git-lfs.github.com/spec/v1\noid sha256:0", "is a Git LFS pointer"),
        (b"%PDF-1.7 ...", "is a PDF document"),
        (b"GGUF" + struct.pack(">IQQ", 3, 1, 1) + bytes(64), "is a big-endian GGUF file"),
        (b"GGUF" + struct.pack("<IQQ", 9, 1, 1) + bytes(64), "is GGUF of version 9"),
        (b"anything else at all", "is not a GGUF file"),
    ],
)
def test_a_foreign_file_is_called_by_its_name(tmp_path: Path, data: bytes, words: str) -> None:
    with pytest.raises(BadFile, match=words) as refusal:
        read_metadata(written(tmp_path, data))
    assert refusal.value.advice, "a next step"


def _header(tensors: int, fields: int, rest: bytes = b"") -> bytes:
    return b"GGUF" + struct.pack("<IQQ", 3, tensors, fields) + rest + bytes(200)


@pytest.mark.parametrize(
    "data",
    [
        _header(2**63, 1),
        _header(1, 2**63),
        _header(2**64 - 1, 2**64 - 1),
        _header(0, 1, struct.pack("<Q", 2**62) + b"key"),
        _header(0, 1, string("key") + struct.pack("<IQ", 8, 2**60)),
        _header(0, 1, string("key") + struct.pack("<IIQ", 9, 8, 2**61)),
        _header(0, 1, string("key") + struct.pack("<IIQ", 9, 0, 2**61)),
        _header(0, 1, string("key") + struct.pack("<IIQ", 9, 9, 2)),
        _header(0, 1, string("key") + struct.pack("<I", 77)),
        _header(0, 1, string("key") + struct.pack("<IIQ", 9, 9, 1) * 6),
        _header(0, 2, (string("key") + struct.pack("<II", 4, 1)) * 2),
        _header(1, 0, string("t") + struct.pack("<I", 2**31)),
    ],
    ids=lambda data: data[8:48].hex(),
)
def test_a_lying_header_costs_a_sentence_and_no_time(tmp_path: Path, data: bytes) -> None:
    began = time.thread_time()
    with pytest.raises(BadFile) as refusal:
        read_metadata(written(tmp_path, data))
    assert refusal.value.advice, "a next step"
    assert time.thread_time() - began < 5


def test_a_huge_sparse_file_of_empty_texts_is_given_up_soon(tmp_path: Path) -> None:
    path = written(tmp_path, _header(0, 1, string("key") + struct.pack("<IIQ", 9, 8, 2**33)))
    with path.open("r+b") as file:
        file.truncate(2**37)
    began = time.thread_time()
    with pytest.raises(BadFile, match="claims 8589934592 array values"):
        read_metadata(path)
    assert time.thread_time() - began < 5


def test_a_tensor_of_impossible_size_is_refused(tmp_path: Path) -> None:
    data = bytearray(gguf(tensors=TENSORS[:1]))
    at = data.index(b"token_embd.weight") + len(b"token_embd.weight") + 4
    data[at : at + 16] = struct.pack("<QQ", 2**63, 2**63)
    with pytest.raises(BadFile, match="impossible size"):
        read_metadata(written(tmp_path, bytes(data)))


@pytest.mark.parametrize("alignment", [0, 7, 2**31])
def test_an_alignment_that_cannot_be_is_refused(tmp_path: Path, alignment: int) -> None:
    with pytest.raises(BadFile, match=f"alignment is {alignment}"):
        read_metadata(written(tmp_path, gguf({**FIELDS, "general.alignment": alignment})))


def test_a_vocabulary_is_no_model(tmp_path: Path) -> None:
    with pytest.raises(BadFile, match="holds a vocabulary only"):
        read_metadata(written(tmp_path, gguf(tensors=())))


def test_a_file_without_architecture_is_no_model(tmp_path: Path) -> None:
    with pytest.raises(BadFile, match="does not say which architecture"):
        read_metadata(written(tmp_path, gguf({"general.name": "x"})))


def test_a_missing_file_and_a_folder_are_refused(tmp_path: Path) -> None:
    with pytest.raises(BadFile, match="cannot be read: No such file"):
        read_metadata(tmp_path / "none.gguf")
    with pytest.raises(BadFile, match="cannot be read"):
        read_metadata(tmp_path)


def test_a_split_model_is_one(tmp_path: Path) -> None:
    first = written(tmp_path, gguf(tensors=TENSORS[:2]), "big-00001-of-00002.gguf")
    second = written(tmp_path, gguf({"split.no": 1}, TENSORS[2:]), "big-00002-of-00002.gguf")
    for path in (first, second):
        metadata = read_metadata(path)
        assert metadata.parts == (first, second)
        assert metadata.tensor_count == 3
        assert metadata.size_bytes == first.stat().st_size + second.stat().st_size
    second.unlink()
    with pytest.raises(BadFile, match=r"one of 2 files, and big-00002-of-00002\.gguf is missing"):
        read_metadata(first)


@settings(max_examples=300, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(st.tuples(st.integers(4, 1_000), st.integers(0, 255)), min_size=1, max_size=12))
def test_flipped_bytes_never_do_more_than_refuse(tmp_path: Path, changes: list[tuple[int, int]]) -> None:
    data = bytearray(gguf())
    for at, byte in changes:
        data[at] = byte
    with contextlib.suppress(BadFile):
        read_metadata(written(tmp_path, bytes(data)))
