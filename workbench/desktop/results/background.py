"""Work that needs neither the store nor a socket, off the UI thread: parsing, comparing, checking."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from concurrent.futures import Future
from typing import TypeVar

from workbench.running import Workspace

T = TypeVar("T")


def compute(workspace: Workspace, do: Callable[[], T]) -> Future[T]:
    """Run a pure function on the loop's worker threads; `Bridge.when` delivers what it returns."""
    return workspace.loop.submit(asyncio.to_thread(do))
