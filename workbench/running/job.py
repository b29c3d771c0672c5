"""A job: one prompt with its values for one model; and how it ends."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from workbench.core import completion, rendering
from workbench.core.completion import GenerationConfig, Request
from workbench.core.model_reference import parse
from workbench.core.prompt import Prompt
from workbench.core.run import Run
from workbench.running.backoff import MOST_RETRIES


@dataclass(frozen=True, slots=True)
class Job:
    """What is to be run; it becomes exactly one `Run`."""

    prompt: Prompt
    values: Mapping[str, str]
    model: str
    """A model reference: `starter`, `local:PATH`, `PROFILE:MODEL`."""
    config: GenerationConfig = field(default_factory=GenerationConfig)
    prompt_id: str | None = None
    prompt_name: str = ""
    case_id: str | None = None
    patience: int = MOST_RETRIES
    """How often a server that is at its limit is asked again."""
    one_of_many: bool = False
    """Whether nobody waits for it by itself."""


@dataclass(frozen=True, slots=True)
class Ended:
    """The last event of every job, also of one that failed or was cancelled."""

    run: Run


def checked(job: Job) -> Request:
    """The request of a job, if everything in it is well formed; nothing is sent or written.

    What can be wrong here is the person's own input, so it is raised at once instead of becoming a failed run:
    MissingVariables, and UserError for a bad reference, parameter or JSON schema or an empty prompt.
    """
    parse(job.model)
    completion.checked(job.config)
    return rendering.request(job.prompt, job.values, model=job.model, config=job.config)
