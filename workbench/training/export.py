"""Training files written: every row checked first, all of it or nothing on the disk.

An export is a folder of its own with the data and a manifest. It grows in a temporary folder beside the
target and takes its place in one rename, so a full disk or a lost power supply leaves no half export behind.
"""

from __future__ import annotations

import hashlib
import json
import os
import shutil
import tempfile
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, BinaryIO

from workbench.errors import UserError
from workbench.training.formats import FORMATS, Format
from workbench.training.formats.openai_types import message_check
from workbench.training.formats.shape import turn_fault
from workbench.training.manifest import FILE_NAME, exported_files, manifest_data, row_lineage
from workbench.training.row import Refused, TrainingSet

_LINE_ENDS = {0x85: "\\u0085", 0x2028: "\\u2028", 0x2029: "\\u2029"}
"""Line ends to Unicode, not to JSON: a reader that splits text into lines would cut a row in two."""


@dataclass(frozen=True, slots=True)
class Exported:
    """What an export wrote."""

    folder: Path
    files: tuple[Path, ...]
    """The data, then the manifest."""
    rows: int
    refused: tuple[Refused, ...]
    warnings: tuple[str, ...] = ()
    """What the trainer may object to; sentences for the person."""


def json_line(data: Mapping[str, Any]) -> str:
    """One JSON object as one line without its end, in readable Unicode."""
    return json.dumps(data, ensure_ascii=False, separators=(", ", ": ")).translate(_LINE_ENDS)


def preview(training_set: TrainingSet, wanted: Format | str) -> Iterator[dict[str, Any]]:
    """The rows that an export would write. Raises UserError for a format that is not known."""
    for item, data in known_format(wanted).written(training_set):
        if turn_fault(item) is None:
            yield data


def known_format(wanted: Format | str) -> Format:
    """A format by its name. Raises UserError."""
    if isinstance(wanted, Format):
        return wanted
    if wanted not in FORMATS:
        raise UserError(f"There is no export format {wanted!r}.", advice=f"Known: {', '.join(FORMATS)}.")
    return FORMATS[wanted]


def export(
    training_set: TrainingSet, wanted: Format | str, folder: Path, *, manifest: Mapping[str, Any] | None = None
) -> Exported:
    """Write the rows of a format into a folder, with a manifest that also holds the facts of `manifest`.

    An empty folder is filled and an earlier export is replaced; anything else is left as it is.
    Raises UserError: no row passes, the folder holds other files, the disk is full or not writable.
    """
    wanted, folder = known_format(wanted), folder.expanduser().resolve()
    _check_target(folder)
    try:
        folder.parent.mkdir(parents=True, exist_ok=True)
        growing = Path(tempfile.mkdtemp(prefix=f".{folder.name}.", suffix=".partial", dir=folder.parent))
    except OSError as error:
        raise _cannot_write(folder, error) from error
    try:
        exported = _fill(growing, training_set, wanted, manifest or {})
        _put_in_place(growing, folder)
    except OSError as error:
        raise _cannot_write(folder, error) from error
    finally:
        shutil.rmtree(growing, ignore_errors=True)
    names = (wanted.file_name, FILE_NAME)
    return Exported(
        folder,
        tuple(folder / name for name in names),
        exported.rows,
        exported.refused,
        _warnings(exported, wanted),
    )


@dataclass(frozen=True, slots=True)
class _Filled:
    rows: int
    refused: tuple[Refused, ...]


def _fill(growing: Path, training_set: TrainingSet, wanted: Format, facts: Mapping[str, Any]) -> _Filled:
    """Write data and manifest into the growing folder. Raises UserError when no row passes, OSError."""
    refused = [one for one in training_set.refused if one.kind == wanted.kind]
    with (growing / wanted.file_name).open("wb") as file:
        lineage, digest = _write_rows(file, training_set, wanted, refused)
        _flush(file)
    if not lineage:
        raise _nothing(training_set, wanted, refused)
    files = {wanted.file_name: digest}
    data = manifest_data(training_set, wanted, lineage=lineage, refused=refused, files=files, facts=facts)
    with (growing / FILE_NAME).open("wb") as file:
        file.write(json.dumps(data, ensure_ascii=True, indent=1).encode("ascii"))
        file.write(b"\n")
        _flush(file)
    return _Filled(len(lineage), tuple(refused))


def _write_rows(
    file: BinaryIO, training_set: TrainingSet, wanted: Format, refused: list[Refused]
) -> tuple[list[dict[str, Any]], str]:
    """Write what passes, add what does not to `refused`; the rows' lineage and the file's SHA-256."""
    messages_fault, digest = message_check(), hashlib.sha256()
    lineage: list[dict[str, Any]] = []
    for item, data in wanted.written(training_set):
        if fault := turn_fault(item) or messages_fault(_all_messages(data)):
            refused.append(Refused(item.run_ids[-1], fault, wanted.kind))
            continue
        line = json_line(data).encode() + b"\n"
        file.write(line)
        digest.update(line)
        lineage.append(row_lineage(len(lineage) + 1, item))
    return lineage, digest.hexdigest()


def _all_messages(data: Any) -> list[dict[str, Any]]:
    """Every message in a row's data, whatever its format calls the lists."""
    parts = data.values() if isinstance(data, dict) else data
    found: list[dict[str, Any]] = []
    for part in parts:
        if isinstance(part, dict) and "role" in part:
            found.append(part)
        elif isinstance(part, dict | list):
            found += _all_messages(part)
    return found


def _check_target(folder: Path) -> None:
    """Raises UserError unless the folder is missing, empty, or holds nothing but an earlier export."""
    if not folder.exists():
        return
    if not folder.is_dir():
        raise UserError(f"{folder} is a file.", advice="Choose a folder for the export.")
    try:
        names = {entry.name for entry in folder.iterdir()}
    except OSError as error:
        raise _cannot_write(folder, error) from error
    foreign = sorted(names - (exported_files(folder) or frozenset()))
    if foreign:
        raise UserError(
            f"{folder} already holds {foreign[0]}, which no export wrote.",
            advice="Choose an empty or a new folder.",
        )


def _put_in_place(growing: Path, folder: Path) -> None:
    """Rename the finished folder to its name; an earlier export goes only after the new one is there."""
    growing.chmod(0o755)  # mkdtemp makes it private
    _flush_folder(growing)
    if folder.exists():
        _replace(folder, growing)
    else:
        growing.rename(folder)
    _flush_folder(folder.parent)


def _replace(folder: Path, growing: Path) -> None:
    aside = Path(tempfile.mkdtemp(prefix=f".{folder.name}.", suffix=".old", dir=folder.parent))
    old = folder.rename(aside / folder.name)
    try:
        growing.rename(folder)
    except OSError:
        old.rename(folder)
        raise
    finally:
        shutil.rmtree(aside, ignore_errors=True)


def _flush(file: BinaryIO) -> None:
    file.flush()
    os.fsync(file.fileno())


def _flush_folder(folder: Path) -> None:
    """Make renames in a folder durable, where the system lets a folder be opened."""
    if os.name == "nt":
        return
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def _cannot_write(folder: Path, error: OSError) -> UserError:
    place = f" ({error.filename})" if error.filename else ""
    return UserError(
        f"The export to {folder} failed: {error.strerror or error}{place}.",
        advice="Choose another folder or free some space.",
    )


def _nothing(training_set: TrainingSet, wanted: Format, refused: Sequence[Refused]) -> UserError:
    """Why there is nothing to write, with the commonest reason."""
    if refused:
        reason, times = Counter(one.reason for one in refused).most_common(1)[0]
        more = f" ({times} of {len(refused)})" if len(refused) > 1 else ""
        return UserError(f"No row can be exported. {reason}{more}", advice="Nothing was written.")
    if wanted.kind == "preference":
        advice = "Edit an answer, or rate two runs of one input differently."
        return UserError("There is no pair of a better and a worse answer.", advice=advice)
    return UserError(f"None of {training_set.not_good} rated runs is rated good.", advice="Rate a run good first.")


def _warnings(filled: _Filled, wanted: Format) -> tuple[str, ...]:
    if filled.rows >= wanted.fewest:
        return ()
    return (f"{wanted.title} needs at least {wanted.fewest} rows; this file has {filled.rows}.",)
