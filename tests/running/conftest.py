"""An open workspace, and jobs run in it to their end."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from queue import SimpleQueue
from typing import Any

import pytest

from tests.loopback import LoopbackServer
from workbench.core.completion import Event, GenerationConfig
from workbench.core.profile import Profile
from workbench.core.prompt import Prompt
from workbench.core.run import Run
from workbench.running import Ended, Job, RunHandle, Workspace
from workbench.running.backoff import Backoff


@dataclass
class Runner:
    """A workspace with a profile `lab` at a loopback server."""

    workspace: Workspace
    server: LoopbackServer
    events: SimpleQueue[Event | Ended] = field(default_factory=SimpleQueue)

    def start(self, text: str = "Hello there", model: str = "lab:tiny", **config: Any) -> RunHandle:
        job = Job(Prompt(user=text), {}, model, GenerationConfig(**config))
        return self.workspace.scheduler.start(job, lambda _, event: self.events.put(event))

    def wait_for(self, kind: type[Event] | type[Ended]) -> Any:
        """The next event of a kind; those before it are dropped."""
        while not isinstance(event := self.events.get(timeout=30), kind):
            pass
        return event

    def all_events(self) -> list[Event | Ended]:
        """Every event up to and including `Ended`."""
        events = [self.events.get(timeout=30)]
        while not isinstance(events[-1], Ended):
            events.append(self.events.get(timeout=30))
        return events

    def ended(self) -> Run:
        """The run, once it has ended."""
        run: Run = self.wait_for(Ended).run
        return run

    def stored(self, run_id: str) -> Run:
        """The run as the store has it."""
        return self.workspace.store.read(lambda store: store.run(run_id)).result(10).run


@pytest.fixture
def server() -> Iterator[LoopbackServer]:
    with LoopbackServer() as server:
        yield server


@pytest.fixture
def workspace(home: Path) -> Iterator[Workspace]:
    workspace = Workspace(home / "workspace.db", backoff=Backoff(first=0.01))
    workspace.start().result(30)
    yield workspace
    workspace.close()


@pytest.fixture
def runner(workspace: Workspace, server: LoopbackServer) -> Runner:
    profile = Profile("lab", server.base_url)
    workspace.store.write(lambda store: store.save_profile(profile)).result(10)
    return Runner(workspace, server)
