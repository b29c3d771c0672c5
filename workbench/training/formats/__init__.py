"""One module a family of trainers; a new format is a new file and a line here."""

from __future__ import annotations

from workbench.training.formats.format import Format
from workbench.training.formats.openai import OPENAI_DPO, OPENAI_SFT
from workbench.training.formats.trl import TRL_PREFERENCE, TRL_PROMPT_COMPLETION

FORMATS: dict[str, Format] = {
    known.name: known for known in (OPENAI_SFT, TRL_PROMPT_COMPLETION, TRL_PREFERENCE, OPENAI_DPO)
}
"""By the name that the command line uses."""

__all__ = ["FORMATS", "Format"]
