"""What can go wrong, as one tree.

    WorkbenchError
    ├── UserError                the person can mend it: show the message, exit code 2
    │   ├── MissingVariables     a value for a {{variable}} is not given
    │   ├── NotFound             a name or id that the workspace does not have
    │   ├── BadFile              an input file that cannot be read as what it should be
    │   └── StoreError           the workspace file cannot be used (newer, damaged, not writable, full)
    └── ModelError               the model or its server failed: exit code 3
        ├── ContextOverflow      the prompt is longer than the model's context
        ├── ModelLoadError       a GGUF cannot be loaded
        ├── WorkerDied           the child process ended in the middle of an answer
        └── ServerError          an OpenAI-compatible server failed; may be worth a retry

Anything else that is raised is a bug: it is reported, not shown as advice.
A message says what failed, with which value, and what to do next. A key never stands in one.
"""

from __future__ import annotations


class WorkbenchError(Exception):
    """The root: an error with a sentence for the person in front of the screen."""

    def __init__(self, message: str, *, advice: str = "", details: str = "") -> None:
        super().__init__(message)
        self.message = message
        self.advice = advice
        """What to do next; one sentence or empty."""
        self.details = details
        """Text worth copying into a report: log lines, a server's answer. Never a key."""

    def __str__(self) -> str:
        return f"{self.message} {self.advice}".strip()


class UserError(WorkbenchError):
    """The person can mend this: bad input, a missing file, a full disk."""


class MissingVariables(UserError):
    """Some {{variables}} of a prompt have no value."""

    def __init__(self, names: tuple[str, ...]) -> None:
        shown = ", ".join(f"{{{{{name}}}}}" for name in names)
        super().__init__(f"No value for {shown}.", advice="Fill in the variable or choose a case.")
        self.names = names


class NotFound(UserError):
    """A name or id is not in this workspace."""


class BadFile(UserError):
    """A file cannot be read as what it should be."""


class StoreError(UserError):
    """The workspace file cannot be used as it is."""


class ModelError(WorkbenchError):
    """The model, its process or its server failed."""


class ContextOverflow(ModelError):
    """The prompt and the asked-for tokens do not fit into the model's context."""


class ModelLoadError(ModelError):
    """A model file cannot be loaded."""


class WorkerDied(ModelError):
    """The process that owns a local model ended in the middle of an answer."""


class ServerError(ModelError):
    """A model server answered with an error, with nonsense, or not at all."""

    def __init__(
        self,
        message: str,
        *,
        advice: str = "",
        details: str = "",
        status: int | None = None,
        retryable: bool = False,
        retry_after: float | None = None,
        untaken: str = "",
    ) -> None:
        super().__init__(message, advice=advice, details=details)
        self.status = status
        """The HTTP status, or None when the server never answered."""
        self.retryable = retryable
        """Whether the same request may succeed a little later."""
        self.retry_after = retry_after
        """Seconds that the server asked us to wait, if it said so."""
        self.untaken = untaken
        """The parameter that the model does not take at all, where the server refused the request for it."""
