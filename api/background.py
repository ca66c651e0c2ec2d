"""What goes on after a request was answered? Tasks of the app: kept, ended with it, heard when they fail."""

import asyncio
from collections.abc import Coroutine
from typing import Any

import structlog

logger = structlog.get_logger(__name__)


class Background:
    """The tasks that the app runs beside its requests.

    `stopping`: they should come to an end at their next rest. Cancelling is not enough: Temporal's client answers a
    cancelled call like a lost one.
    """

    def __init__(self) -> None:
        self.stopping = False
        self._tasks: set[asyncio.Task[Any]] = set()

    def start(self, work: Coroutine[Any, Any, Any]) -> None:
        """Begin to do something; nobody waits for it."""
        task = asyncio.create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._ended)

    async def rest(self) -> None:
        """Wait until nothing is under way."""
        while self._tasks:
            await asyncio.wait(self._tasks)

    async def end(self) -> None:
        """Stop everything: at its next rest, or now."""
        self.stopping = True
        for task in self._tasks:
            task.cancel()
        await self.rest()

    def _ended(self, task: asyncio.Task[Any]) -> None:
        self._tasks.discard(task)
        error = None if task.cancelled() else task.exception()
        if error is not None:
            logger.warning("work in the background stopped; the sweep takes it up", error=type(error).__name__)
