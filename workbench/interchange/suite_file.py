"""Suite files, ours and promptfoo's."""

from __future__ import annotations

from pathlib import Path

from workbench.errors import BadFile
from workbench.interchange import own_suite, promptfoo, yaml_file
from workbench.interchange.suite import Suite


def read(path: Path, *, judge: str = "") -> Suite:
    """The suite of a file, ours or promptfoo's, of which the judge grades what a model has to. Raises BadFile."""
    data = yaml_file.read(path)
    if own_suite.is_ours(data):
        return own_suite.from_data(data, path.parent, name=path.name)
    if promptfoo.is_suite(data):
        return promptfoo.from_data(data, path.parent, name=path.name, judge=judge)
    raise BadFile(
        f"{path.name} is no suite of experiments.",
        advice=f"Ours begins with format: {own_suite.FORMAT}; promptfoo's has prompts.",
    )
