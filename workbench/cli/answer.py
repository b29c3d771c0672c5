"""An answer on its way to the terminal: its text to standard output, everything about it to standard error."""

from __future__ import annotations

import sys
from dataclasses import dataclass
from queue import SimpleQueue

from workbench.cli.output import Progress, note, print_text
from workbench.cli.run_data import short
from workbench.core.completion import Delta, Event, Finished, Notice, ReasoningDelta
from workbench.core.money import estimated
from workbench.core.run import Run
from workbench.running import Ended, Job, Workspace

_EXIT_CODES = {"input": 2, "model": 3, "program": 1}


@dataclass
class Answer:
    """A job that is run for the person at the terminal."""

    workspace: Workspace
    job: Job
    streamed: bool
    """Whether its text is printed as it comes."""

    def wait(self) -> tuple[Run, bool]:
        """Show what comes until the run has ended; Ctrl+C stops it and keeps what there is."""
        events: SimpleQueue[Event | Ended] = SimpleQueue()
        handle = self.workspace.scheduler.start(self.job, lambda _, event: events.put(event))
        progress, interrupted = Progress(), False
        while True:
            try:
                event = events.get()
                if isinstance(event, Ended):
                    progress.clear()
                    self._end_line(event.run)
                    return event.run, interrupted
                self._show(event, progress)
            except (KeyboardInterrupt, BrokenPipeError) as stop:
                handle.cancel()
                if isinstance(stop, BrokenPipeError) or interrupted:
                    raise
                interrupted = True

    def _show(self, event: Event, progress: Progress) -> None:
        match event:
            case Notice(text, fraction):
                progress.show(text if fraction is None else f"{text} {fraction:.0%}")
                if not progress.visible and fraction is None:
                    note(text)
            case Delta(text) if self.streamed:
                progress.clear()
                print_text(text, end="")
            case ReasoningDelta() if self.streamed:
                progress.show("thinking …")
            case Finished() | Delta() | ReasoningDelta():
                pass

    def _end_line(self, run: Run) -> None:
        if run.text and self.streamed:
            print_text("", end="" if run.text.endswith("\n") else "\n")


def report(run: Run) -> None:
    """What a person should know about the run, on standard error."""
    if not_sent := run.details.get("not_sent"):
        note(f"Not taken by {run.model}, so left out: {', '.join(not_sent)}.")
    if "not_stored" in run.details:
        note(f"The run is not in the history: {run.details['not_stored']}")
    if run.error:
        note(f"workbench: {run.error}".replace("\n", " "))
    elif run.stop_reason == "truncated":
        note(f"workbench: The answer broke off. {run.details.get('broken_off', '')}".rstrip())
    elif run.stop_reason == "content_filter":
        note("workbench: The server withheld the rest of the answer.")
    elif sys.stderr.isatty():
        note(_figures(run))


def _figures(run: Run) -> str:
    timings = run.timings
    parts = [
        run.stop_reason,
        f"{run.usage.prompt_tokens} tokens in, {run.usage.completion_tokens} out" if run.usage else "",
        f"first after {timings.ttft_ms:.0f} ms" if timings.ttft_ms is not None else "",
        f"{timings.tokens_per_second:.1f} tokens/s" if timings.tokens_per_second else "",
        estimated(run.cost, run.details.get("price_as_of", "")) if run.cost else "",
        f"run {short(run.id)}",
    ]
    return " · ".join(filter(None, parts))


def exit_code(run: Run) -> int:
    """0 for an answer, whole or cut at its limit, that the history has; otherwise whose fault it is."""
    if run.stop_reason == "error":
        return _EXIT_CODES[run.details["error"]["by"]]
    return 3 if run.stop_reason == "truncated" or "not_stored" in run.details else 0
