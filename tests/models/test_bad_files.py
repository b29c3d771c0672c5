"""A corpus of bad model files: each gets a readable sentence, soon, from our reader and from the real worker."""

from __future__ import annotations

import asyncio
import struct
import time
from collections.abc import Callable, Iterator
from itertools import pairwise
from pathlib import Path

import pytest

from tests.models.gguf_file import FIELDS, TENSORS, gguf, string, value, written
from tests.models.thinned import write_thinned
from workbench.core.completion import GenerationConfig, Message, Request
from workbench.errors import BadFile, WorkbenchError
from workbench.models.gguf import read_metadata
from workbench.models.starter import starter_path
from workbench.providers.llamacpp import LlamaCpp, LoadOptions

SOON = 5.0

SMALL = {**FIELDS, "tokenizer.ggml.tokens": ["a", "b"]}


def borders(fields: dict[str, object]) -> Iterator[int]:
    """Where every element of the file begins and ends: magic, counts, keys, types, values, tensors, padding."""
    at = 4
    yield at
    for length in (4, 8, 8):
        at += length
        yield at
    for key, item in fields.items():
        for length in (8, len(key.encode()), 4, len(value(item)) - 4):
            at += length
            yield at
    for name, shape, _ in TENSORS:
        for length in (8, len(name.encode()), 4, 8 * len(shape), 4, 8):
            at += length
            yield at
    yield -(-at // 32) * 32


def within(tmp_path: Path, data: bytes) -> str:
    """What the reader says of this file; fails when it takes too long or accepts it."""
    path = written(tmp_path, data)
    began = time.thread_time()
    with pytest.raises(BadFile) as refused:
        read_metadata(path)
    assert time.thread_time() - began < SOON
    return str(refused.value)


def is_readable(text: str) -> bool:
    return text.startswith("model.gguf ") and text.endswith(".") and "Traceback" not in text and len(text) < 300


def test_a_file_cut_at_every_border_of_its_header_is_refused_in_words(tmp_path: Path) -> None:
    whole = gguf(SMALL)
    places = [0, *borders(SMALL)]
    assert places[-1] < len(whole)  # the borders are those of the file
    for place in places:
        for kept in (place - 1, place, place + 1):
            if kept >= 0:
                assert is_readable(within(tmp_path, whole[:kept])), kept


def test_a_file_cut_inside_and_between_its_tensors_says_how_much_is_missing(tmp_path: Path) -> None:
    whole = gguf(SMALL)
    starts = [list(borders(SMALL))[-1], len(whole)]
    for start, end in pairwise(starts):
        for kept in (start, start + 1, (start + end) // 2, end - 300):
            assert "cut off: it should have at least" in within(tmp_path, whole[:kept])


_COUNTS = (2**31, 2**32, 2**63 - 1, 2**63, 2**64 - 1)


@pytest.mark.parametrize("count", _COUNTS)
@pytest.mark.parametrize("where", ["tensors", "fields", "key", "text", "texts", "numbers", "dimension", "offset"])
def test_counts_beyond_all_bounds_cost_a_sentence(tmp_path: Path, where: str, count: int) -> None:
    huge = struct.pack("<Q", count)
    start = b"GGUF" + struct.pack("<I", 3)
    one = start + struct.pack("<QQ", 0, 1)
    tensor = start + struct.pack("<QQ", 1, 1) + string("general.architecture") + value("llama") + string("t")
    data = {
        "tensors": start + huge + struct.pack("<Q", 1),
        "fields": start + struct.pack("<Q", 1) + huge,
        "key": one + huge,
        "text": one + string("key") + struct.pack("<I", 8) + huge,
        "texts": one + string("key") + struct.pack("<II", 9, 8) + huge,
        "numbers": one + string("key") + struct.pack("<II", 9, 4) + huge,
        "dimension": tensor + struct.pack("<I", 2) + huge * 2 + struct.pack("<IQ", 0, 0),
        "offset": tensor + struct.pack("<IQIQ", 1, 32, 0, count),
    }[where]
    assert is_readable(within(tmp_path, data + bytes(4096)))


def test_a_field_that_stands_twice_is_named(tmp_path: Path) -> None:
    pair = string("general.name") + value("x")
    data = b"GGUF" + struct.pack("<IQQ", 3, 0, 2) + pair * 2 + bytes(64)
    assert "the field 'general.name' stands in it twice" in within(tmp_path, data)


def test_a_name_full_of_control_characters_is_shown_harmlessly(tmp_path: Path) -> None:
    pair = string("\x1b[31m\n" * 1000) + value("x")
    said = within(tmp_path, b"GGUF" + struct.pack("<IQQ", 3, 0, 2) + pair * 2 + bytes(64))
    assert is_readable(said)
    assert "\x1b" not in said
    assert "\n" not in said


def test_arrays_within_arrays_end(tmp_path: Path) -> None:
    nested = string("key") + struct.pack("<I", 9) + struct.pack("<IQ", 9, 1) * 5000
    assert is_readable(within(tmp_path, b"GGUF" + struct.pack("<IQQ", 3, 0, 1) + nested + bytes(64)))


# The real worker: each of these passes our reader or is given to llama.cpp directly, in a process that may die.


async def _asked(path: Path) -> str:
    """What running this file says; fails when that takes too long or when it answers."""
    provider = LlamaCpp(path, options=LoadOptions(context=256))
    config = GenerationConfig(max_tokens=4)
    try:
        async with asyncio.timeout(60):
            async for _ in provider.complete(Request("", (Message("user", "Hello"),), config)):
                pass
    except WorkbenchError as error:
        return str(error)
    finally:
        await provider.close()
    raise AssertionError("it was accepted")


def _with_template(data: bytes, template: str) -> bytes:
    """The model with another chat template of the same length."""
    at = data.index(string("tokenizer.chat_template")) + len(string("tokenizer.chat_template")) + 4
    (length,) = struct.unpack("<Q", data[at : at + 8])
    assert len(template) <= length
    return data[: at + 8] + template.ljust(length).encode() + data[at + 8 + length :]


def _without_tensor(data: bytes) -> bytes:
    """The model with one tensor under another name."""
    return data.replace(b"blk.0.attn_q.weight", b"blk.0.attn_z.weight", 1)


def _with_layers(data: bytes, count: int) -> bytes:
    key = string("llama.block_count")
    at = data.index(key) + len(key) + 4
    return data[:at] + struct.pack("<I", count) + data[at + 4 :]


_LOOP = "{% for a in range(99999) %}{% for b in range(99999) %}{% endfor %}{% endfor %}"
_WORKER_CASES: dict[str, Callable[[bytes], bytes]] = {
    "empty": lambda data: b"",
    "cut in its header": lambda data: data[:100_000],
    "cut in its tensors": lambda data: data[: len(data) // 2],
    "a tensor is missing": _without_tensor,
    "two thousand million layers": lambda data: _with_layers(data, 2**31),
    "no layers": lambda data: _with_layers(data, 0),
    "endless template": lambda data: _with_template(data, _LOOP),
    "template that raises": lambda data: _with_template(data, "{{ raise_exception('no') }}"),
    "template that is none": lambda data: _with_template(data, "{% if %}"),
    "template that reaches out": lambda data: _with_template(data, "{{ ''.__class__.__mro__ }}"),
}


@pytest.fixture(scope="module")
def thin(tmp_path_factory: pytest.TempPathFactory) -> bytes:
    """A real model, small."""
    return write_thinned(starter_path(), tmp_path_factory.mktemp("thin") / "thin.gguf", layers=1).read_bytes()


@pytest.mark.parametrize("name", _WORKER_CASES)
def test_the_worker_refuses_it_in_words_and_soon(tmp_path: Path, thin: bytes, name: str) -> None:
    path = written(tmp_path, _WORKER_CASES[name](thin), "bad.gguf")
    began = time.monotonic()
    said = asyncio.run(_asked(path))
    assert time.monotonic() - began < 4 * SOON  # the process has to start first, on a machine that may be busy
    assert "Traceback" not in said
    assert len(said) > 20
