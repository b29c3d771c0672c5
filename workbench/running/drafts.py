"""The last answers of this session: drafts for the next run of the same case after its prompt was edited."""

from __future__ import annotations

from workbench.core.run import Run
from workbench.running.job import Job

_MOST = 2_000
_LONGEST = 50_000
"""Characters; longer answers are rare, and would be kept for nothing."""


class Drafts:
    """One answer for each prompt, model and values. Belongs to the loop's thread."""

    def __init__(self) -> None:
        self._texts: dict[object, str] = {}  # the oldest first

    def find(self, job: Job) -> str:
        """What was answered last time; empty when nothing was."""
        return self._texts.get(_key(job), "")

    def keep(self, run: Run) -> None:
        """Remember an answer that came to its end."""
        if run.stop_reason not in ("stop", "length") or not 0 < len(run.text) <= _LONGEST:
            return
        key = _key(run)
        self._texts.pop(key, None)
        self._texts[key] = run.text
        if len(self._texts) > _MOST:
            del self._texts[next(iter(self._texts))]


def _key(one: Job | Run) -> object:
    return one.prompt_id, one.prompt_name, one.model, frozenset(one.values.items())
