"""Suite files, ours and promptfoo's."""

from __future__ import annotations

from pathlib import Path

from workbench.errors import BadFile
from workbench.interchange import own_suite, promptfoo, promptfoo_checks, yaml_file
from workbench.interchange.suite import Suite


def read(path: Path, *, judge: str = "", embedding: str = "") -> Suite:
    """The suite of a file, ours or promptfoo's. Raises BadFile.

    What a model has to grade in one of promptfoo's is given to the judge, what vectors have to compare to the
    local model `embedding`; where there is none, such checks are listed as not supported.
    """
    data = yaml_file.read(path)
    if own_suite.is_ours(data):
        return own_suite.from_data(data, path.parent, name=path.name)
    if promptfoo.is_suite(data):
        graders = promptfoo_checks.Graders(judge, embedding)
        return promptfoo.from_data(data, path.parent, name=path.name, graders=graders)
    if own_suite.looks_like_ours(data):
        raise BadFile(
            f"{path.name} does not say what it is.",
            advice=f"A suite of ours has the lines format: {own_suite.FORMAT} and version: {own_suite.VERSION}.",
        )
    raise BadFile(
        f"{path.name} is no suite of experiments.",
        advice=f"Ours begins with format: {own_suite.FORMAT}; promptfoo's has prompts and tests.",
    )
