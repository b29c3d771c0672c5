"""The manifest of an export: what is in it, where every row comes from, and what was left out and why."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import workbench
from workbench.core.model_reference import named
from workbench.training.formats import Format
from workbench.training.recipe import as_data
from workbench.training.row import Pair, Refused, Row, TrainingSet

FILE_NAME = "manifest.json"
KIND = "prompt-workbench/training-export"


def row_lineage(line: int, item: Row | Pair) -> dict[str, Any]:
    """Where the row in a line of the file comes from."""
    data: dict[str, Any] = {"line": line, "runs": list(item.run_ids), "version": item.version, "model": item.model}
    if (called := named(item.model)) != item.model:
        data["model_name"] = called
    if isinstance(item, Pair):
        return {**data, "origin": item.origin}
    return {**data, "golden": item.golden}


def manifest_data(
    training_set: TrainingSet,
    wanted: Format,
    *,
    lineage: Sequence[Mapping[str, Any]],
    refused: Sequence[Refused],
    files: Mapping[str, str],
    facts: Mapping[str, Any],
) -> dict[str, Any]:
    """The manifest as JSON data.

    `files` maps file names to their SHA-256; `facts` are more things worth knowing about the export, such as
    the workspace's name.
    """
    return {
        "kind": KIND,
        "version": 1,
        "program": f"prompt-workbench {workbench.__version__}",
        "created_at": datetime.now(UTC).isoformat(timespec="seconds"),
        "format": wanted.name,
        "recipe": as_data(training_set.recipe),
        "counts": {"rows": len(lineage), "refused": len(refused), "not_good": training_set.not_good},
        "versions": sorted({str(row["version"]) for row in lineage}),
        "files": [{"name": name, "sha256": digest} for name, digest in files.items()],
        "facts": dict(facts),
        "refused": [{"run": one.run_id, "reason": one.reason} for one in refused],
        "rows": list(lineage),
    }


def exported_files(folder: Path) -> frozenset[str] | None:
    """The names that an earlier export put into a folder, its manifest included; None when none did."""
    try:
        data = json.loads((folder / FILE_NAME).read_text("utf-8"))
        if data["kind"] != KIND:
            return None
        return frozenset({FILE_NAME, *(str(entry["name"]) for entry in data["files"])})
    except (OSError, ValueError, TypeError, KeyError, RecursionError):
        return None
