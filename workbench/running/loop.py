"""The one asyncio loop of the program, in one thread: every socket and every worker pipe is read there.

Threading rules
- `start`, `stop`, `submit` and `call` may be used from any thread; coroutines and callbacks run on the loop's.
- Nothing on the loop blocks: files and keyrings are asked through `asyncio.to_thread`, the store through its
  own threads.
- Nobody else starts a loop or a thread for I/O.
"""

from __future__ import annotations

import asyncio
import logging
import threading
from collections.abc import Callable, Coroutine
from concurrent.futures import Future
from typing import Any, TypeVar

T = TypeVar("T")

TELLINGS = 3
"""How often a task is told to end before the loop ends without it."""
BETWEEN_TELLINGS = 5.0
"""Seconds that it has each time."""

_log = logging.getLogger(__name__)


class Loop:
    """An asyncio loop that lives in a thread of its own from `start` to `stop`."""

    def __init__(self) -> None:
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._live, name="workbench-loop", daemon=True)

    def start(self) -> None:
        """Start the thread; a second call does nothing."""
        if not self._thread.is_alive() and not self._loop.is_closed():
            self._thread.start()

    def submit(self, coroutine: Coroutine[Any, Any, T]) -> Future[T]:
        """Run a coroutine on the loop; its result, error or cancellation comes through the future."""
        if self._loop.is_closed():
            coroutine.close()
            gone: Future[T] = Future()
            gone.cancel()
            return gone
        return asyncio.run_coroutine_threadsafe(coroutine, self._loop)

    def call(self, do: Callable[..., object], *arguments: Any) -> None:
        """Call a function on the loop's thread, soon and in the order of the calls; after `stop`, never."""
        try:
            self._loop.call_soon_threadsafe(do, *arguments)
        except RuntimeError:
            if not self._loop.is_closed():
                raise

    def stop(self) -> None:
        """Cancel what still runs, let it clean up, and end the thread; a second call does nothing."""
        if self._loop.is_closed():
            return
        if self._thread.is_alive():
            self._loop.call_soon_threadsafe(self._loop.stop)
            self._thread.join()
        else:
            self._loop.close()

    def _live(self) -> None:
        asyncio.set_event_loop(self._loop)
        try:
            self._loop.run_forever()
            self._loop.run_until_complete(_cancel_all())
            self._loop.run_until_complete(self._loop.shutdown_asyncgens())
            self._loop.run_until_complete(self._loop.shutdown_default_executor())
        finally:
            self._loop.close()


async def _cancel_all() -> None:
    """Cancel every task but this one and wait until each has cleaned up, though not for ever.

    A task can miss one cancellation, as `asyncio.wait_for` of Python 3.11 does when what it waits for comes in the
    same moment; therefore each is told again while it goes on.
    """
    for _ in range(TELLINGS):
        others = asyncio.all_tasks() - {asyncio.current_task()}
        if not others:
            return
        for task in others:
            task.cancel()
        ended, _ = await asyncio.wait(others, timeout=BETWEEN_TELLINGS)
        await asyncio.gather(*ended, return_exceptions=True)  # or their errors would be called unheard
    left = sorted(str(task.get_coro()) for task in asyncio.all_tasks() - {asyncio.current_task()})
    _log.error("These do not end, although they were cancelled: %s", left)
