"""SQLite: the one file of a workspace, and the only place where SQL is written."""

from workbench.store.records import (
    Changed,
    ExperimentSummary,
    Hit,
    PromptRecord,
    PromptSummary,
    RunFilter,
    RunSummary,
)
from workbench.store.store import Store
from workbench.store.thread import StoreThread

__all__ = [
    "Changed",
    "ExperimentSummary",
    "Hit",
    "PromptRecord",
    "PromptSummary",
    "RunFilter",
    "RunSummary",
    "Store",
    "StoreThread",
]
