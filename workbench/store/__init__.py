"""SQLite: the one file of a workspace, and the only place where SQL is written."""

from workbench.store import lean_import  # noqa: F401 - first: before anything here imports sqlite-utils
from workbench.store.pass_history import PassCounts
from workbench.store.records import (
    Changed,
    ExperimentSummary,
    Hit,
    PlanSummary,
    PromptRecord,
    PromptSummary,
    RunFilter,
    RunSummary,
    TestSetSummary,
)
from workbench.store.store import Store
from workbench.store.thread import StoreThread

__all__ = [
    "Changed",
    "ExperimentSummary",
    "Hit",
    "PassCounts",
    "PlanSummary",
    "PromptRecord",
    "PromptSummary",
    "RunFilter",
    "RunSummary",
    "Store",
    "StoreThread",
    "TestSetSummary",
]
