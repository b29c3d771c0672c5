"""Running prompts: the loop, the catalog of models, the scheduler, and the workspace that holds them."""

from workbench.running.catalog import Catalog, ModelChoice
from workbench.running.job import Ended, Job, checked
from workbench.running.loop import Loop
from workbench.running.scheduler import RunHandle, Scheduler
from workbench.running.workspace import Workspace

__all__ = [
    "Catalog",
    "Ended",
    "Job",
    "Loop",
    "ModelChoice",
    "RunHandle",
    "Scheduler",
    "Workspace",
    "checked",
]
