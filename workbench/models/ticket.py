"""What is being downloaded, written beside the unfinished files so that it can go on after any kind of end.

Of a model `big.gguf`, the folder holds `big.gguf.download` (this ticket) and `big.gguf.part` (what has come)
until the whole file is verified and renamed. Only then a name ends in .gguf, so no list ever shows half a model.
"""

from __future__ import annotations

import json
import os
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import asdict, dataclass, field, replace
from pathlib import Path
from typing import Any

from workbench.errors import BadFile, UserError
from workbench.models.hub import HubFile, checked_endpoint, checked_path, checked_repository

SUFFIX = ".download"
PART = ".part"
DAMAGED = ".damaged"
_DEEPEST = "*/*/**/*"


@dataclass(frozen=True, slots=True)
class Mark:
    """What the server called the content whose beginning lies in the part file."""

    identity: str = ""
    """Its tag at the hub; empty where the hub gives none."""
    validator: str = ""
    """What `If-Range` is asked with; empty where there is no strong tag."""


@dataclass(frozen=True, slots=True)
class Ticket:
    """One model to be downloaded: where from, which files, where to."""

    endpoint: str
    repository: str
    revision: str
    files: tuple[HubFile, ...]
    folder: Path
    """The folder of this repository's files."""
    marks: dict[str, Mark] = field(default_factory=dict)
    """By file path; of files that have begun."""
    finished: tuple[str, ...] = ()
    """Paths of the files that this download brought."""

    @property
    def path(self) -> Path:
        """Where the model will lie: its first file."""
        return self.target(self.files[0])

    @property
    def size_bytes(self) -> int:
        """Of all files together."""
        return sum(file.size_bytes for file in self.files)

    def target(self, file: HubFile) -> Path:
        """Where a file will lie."""
        return self.folder.joinpath(*file.path.split("/"))

    def part(self, file: HubFile) -> Path:
        """Where it grows."""
        target = self.target(file)
        return target.with_name(target.name + PART)

    def received(self) -> int:
        """Bytes on the disk already, finished or not."""
        return sum(_length(self.target(file)) or _length(self.part(file)) for file in self.files)


def ticket_path(ticket: Ticket) -> Path:
    """Where a ticket lies."""
    return ticket.path.with_name(ticket.path.name + SUFFIX)


def make_ticket(
    endpoint: str, repository: str, files: tuple[HubFile, ...], library: Path, *, revision: str = "main"
) -> Ticket:
    """A ticket for these files, into the repository's folder of a library. Raises UserError."""
    name = checked_repository(repository)
    if not files:
        raise UserError("There is no file to download.")
    for file in files:
        checked_path(file.path)
    return Ticket(checked_endpoint(endpoint), name, revision, files, library.joinpath(*name.split("/")))


def begun(wanted: Ticket, library: Path) -> Ticket:
    """The ticket of an earlier start of this download, if it was for the same files; else this one, anew."""
    try:
        earlier = read_ticket(ticket_path(wanted), library)
    except BadFile:
        return wanted
    if replace(earlier, marks={}, finished=()) == wanted:
        return earlier
    for file in wanted.files:
        wanted.part(file).unlink(missing_ok=True)
    return wanted


def write_ticket(ticket: Ticket) -> None:
    """Keep a ticket, in place of an older one, whole at any time. Raises UserError."""
    path = ticket_path(ticket)
    growing = path.with_name(path.name + ".new")
    data = asdict(replace(ticket, folder=Path())) | {"folder": None}
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        growing.write_text(json.dumps(data, indent=1), "utf-8")
        growing.replace(path)
    except OSError as error:
        raise UserError(f"{path.parent} cannot be written: {error.strerror or error}.") from error


def read_ticket(path: Path, library: Path) -> Ticket:
    """A ticket of a library. Raises BadFile."""
    try:
        data: dict[str, Any] = json.loads(path.read_text("utf-8"))
        files = tuple(HubFile(one["path"], int(one["size_bytes"]), one["sha256"]) for one in data["files"])
        made = make_ticket(data["endpoint"], data["repository"], files, library, revision=str(data["revision"]))
        marks = {str(name): Mark(**mark) for name, mark in data["marks"].items()}
        ticket = replace(made, marks=marks, finished=tuple(map(str, data["finished"])))
    except (OSError, ValueError, KeyError, TypeError, AttributeError, UserError) as error:
        raise BadFile(f"{path} is not a download that can go on.", advice="Delete it and start again.") from error
    if ticket_path(ticket) != path:
        raise BadFile(f"{path} was moved; its download cannot go on.", advice="Delete it and start again.")
    return ticket


def unfinished(library: Path) -> Iterator[Ticket]:
    """The downloads of a library that can go on; damaged tickets are passed over."""
    for path in sorted(library.glob(_DEEPEST + SUFFIX)):
        with suppress(BadFile):
            yield read_ticket(path, library)


def discard(ticket: Ticket) -> None:
    """Remove a download and what came of it; a file that was there before stays."""
    for file in ticket.files:
        ticket.part(file).unlink(missing_ok=True)
        if file.path in ticket.finished:
            ticket.target(file).unlink(missing_ok=True)
    path = ticket_path(ticket)
    path.unlink(missing_ok=True)
    with suppress(OSError):  # other files lie there
        for folder in (path.parent, *path.parent.parents):
            if folder == ticket.folder.parent.parent:
                break
            folder.rmdir()


def close_ticket(ticket: Ticket) -> None:
    """The download is complete."""
    ticket_path(ticket).unlink(missing_ok=True)


def sync_folder(folder: Path) -> None:
    """Have the disk know the names in a folder, where the system can."""
    if os.name == "posix":
        handle = os.open(folder, os.O_RDONLY)
        try:
            os.fsync(handle)
        finally:
            os.close(handle)


def _length(path: Path) -> int:
    try:
        return path.stat().st_size
    except OSError:
        return 0
