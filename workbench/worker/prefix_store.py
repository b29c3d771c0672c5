"""Beginnings of prompts on disk, with what the cache held of them, so that tomorrow's first run starts warm.

A file is one beginning: its tokens and llama.cpp's state of a sequence of them. Its folder is named by everything
that the state depends on: the model file, the version of llama.cpp, how the context was made; its kind by the
adapters. Its contents are hashed, because native code reads them without doubting: whatever does not agree is
deleted and decoded afresh. Files come whole or not at all, and the least recently used go when all together take
more than the limit, so that several processes may share the folder.
"""

from __future__ import annotations

import hashlib
import json
import os
import tempfile
import time
from array import array
from collections.abc import Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any, BinaryIO

from workbench.worker.cache import shared_length

LEAST = 64
"""Tokens that are worth a file, and worth reading one."""

_MAGIC = b"workbench beginning 1\n"
_SUFFIX = ".beginning"
_UNFINISHED = ".writing-"
_UNFINISHED_SECONDS = 3600.0
"""Older than this, a file is one whose process was killed while it wrote."""
_LONGEST_HEADER = 4096


@dataclass(frozen=True, slots=True)
class Kept:
    """A beginning that is on disk."""

    path: Path
    kind: str
    tokens: list[int]


class PrefixStore:
    """The beginnings of one model's prompts."""

    def __init__(self, root: Path, identity: str, *, limit: int) -> None:
        """`limit` is in bytes, for all models together."""
        self._root = root
        self._folder = root / hashlib.sha256(identity.encode()).hexdigest()[:24]
        self._limit = limit
        self._kept = {kept.path: kept for kept in self._found()}

    def find(self, tokens: list[int], kind: str) -> tuple[Kept | None, int]:
        """The one that begins most like these tokens, and for how long it does."""
        best: Kept | None = None
        longest = 0
        for kept in self._kept.values():
            if kept.kind == kind and (length := shared_length(tokens, kept.tokens, len(tokens))) > longest:
                best, longest = kept, length
        return best, longest

    def read(self, kept: Kept) -> bytearray | None:
        """Its state; None when the file is gone or not what it was, and then it is no more."""
        try:
            with kept.path.open("rb") as file:
                header = _header(file)
                rest = bytearray(file.read())
        except (OSError, ValueError):
            header, rest = None, bytearray()
        if header is None or hashlib.sha256(rest).hexdigest() != header["sha256"]:
            self.delete(kept)
            return None
        with suppress(OSError):
            os.utime(kept.path)
        del rest[: 4 * header["tokens"]]
        return rest

    def keep(self, tokens: list[int], kind: str, state: bytes | bytearray) -> None:
        """Write a beginning. A disk that is full or not writable costs nothing but the warm start."""
        numbers = array("i", tokens).tobytes()
        hashed = hashlib.sha256(numbers)
        hashed.update(state)
        header = {"kind": kind, "tokens": len(tokens), "sha256": hashed.hexdigest()}
        head = _MAGIC + json.dumps(header).encode("ascii") + b"\n"
        if len(head) + len(numbers) + len(state) > self._limit:
            return
        name = hashlib.sha256(kind.encode() + b"\0" + numbers).hexdigest()[:24] + _SUFFIX
        try:
            self._make_room(len(head) + len(numbers) + len(state))
            _write(self._folder / name, head, numbers, state)
        except OSError:
            return
        self._kept[self._folder / name] = Kept(self._folder / name, kind, list(tokens))

    def delete(self, kept: Kept) -> None:
        """Forget one for good."""
        self._kept.pop(kept.path, None)
        with suppress(OSError):
            kept.path.unlink()

    def _make_room(self, size: int) -> None:
        """Delete the least recently used, of any model, until so many bytes more are within the limit."""
        files = sorted(self._sizes(), key=lambda file: file[0])
        total = sum(length for _, length, _ in files)
        for _, length, path in files:
            if total + size <= self._limit:
                return
            total -= length
            self._kept.pop(path, None)
            with suppress(OSError):
                path.unlink()

    def _sizes(self) -> Iterator[tuple[int, int, Path]]:
        for path in self._root.glob(f"*/*{_SUFFIX}"):
            with suppress(OSError):  # another process deleted it just now
                file = path.stat()
                yield file.st_mtime_ns, file.st_size, path

    def _found(self) -> Iterator[Kept]:
        for path in self._folder.glob(f"{_UNFINISHED}*"):
            with suppress(OSError):
                if time.time() - path.stat().st_mtime > _UNFINISHED_SECONDS:
                    path.unlink()
        for path in self._folder.glob(f"*{_SUFFIX}"):
            try:
                with path.open("rb") as file:
                    header = _header(file)
                    numbers = array("i", file.read(4 * header["tokens"]))
                if len(numbers) != header["tokens"]:
                    raise ValueError("cut off")
            except (OSError, ValueError):
                with suppress(OSError):
                    path.unlink()
                continue
            yield Kept(path, header["kind"], numbers.tolist())


def worth_keeping(prompts: Sequence[list[int]]) -> list[list[int]]:
    """What of these prompts may come again: the beginning that several share, or all of one that shares none.

    A beginning counts as shared when it is at least half of the shortest prompt that has it.
    """
    groups: list[list[int]] = []
    for prompt in sorted(prompts):
        shared = shared_length(groups[-1], prompt, len(prompt)) if groups else 0
        if shared >= max(LEAST, min(len(prompt), len(groups[-1]) if groups else 0) // 2):
            groups[-1] = groups[-1][:shared]
        else:
            groups.append(prompt)
    return [tokens for tokens in groups if len(tokens) >= LEAST]


def _header(file: BinaryIO) -> dict[str, Any]:
    """Raises ValueError for what is none of ours."""
    if file.read(len(_MAGIC)) != _MAGIC:
        raise ValueError("no beginning")
    header = json.loads(file.readline(_LONGEST_HEADER))
    match header:
        case {"kind": str(), "tokens": int(tokens), "sha256": str()} if 0 < tokens < 1 << 31:
            return dict(header)
    raise ValueError("no header")


def _write(path: Path, *pieces: bytes | bytearray) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    handle, name = tempfile.mkstemp(dir=path.parent, prefix=_UNFINISHED)
    try:
        with os.fdopen(handle, "wb") as file:
            for piece in pieces:
                file.write(piece)
        Path(name).replace(path)
    except BaseException:
        Path(name).unlink(missing_ok=True)
        raise
