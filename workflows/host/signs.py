"""Does a worker still live? Each gives a sign of life every few seconds; one that was killed gives no new one.

When it was given, a sign says by the clock of its worker, which may be wrong. What counts is when we first saw it.
"""

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from temporalio.api.worker.v1 import WorkerHeartbeat
from temporalio.api.workflowservice.v1 import ListWorkersRequest
from temporalio.client import Client
from temporalio.service import RPCError, RPCStatusCode

from workflows.host.pollers import FRESH, has_worker

EVERY = timedelta(seconds=5)
"""So often our workers give a sign of life."""

MISSED = 2.5
"""After so many intervals without a new sign a worker counts as dead. Till then it may be starting again."""


@dataclass(frozen=True, slots=True)
class _Sign:
    """A sign of life. `until`: seconds of our clock; then there should have been another."""

    given: datetime
    until: float


class Signs:
    """What one process has seen of the workers of a task queue. `clock`: seconds, rising."""

    def __init__(self, client: Client, task_queue: str, clock: Callable[[], float] = time.monotonic) -> None:
        self._client = client
        self._queue = task_queue
        self._clock = clock
        self._seen: dict[str, _Sign] = {}

    async def of_life(self, *, within: timedelta) -> bool:
        """Say whether a worker lives, or was there so lately that it may be starting again.

        A server that knows of no signs is asked who polls: then a worker counts as there for two minutes.

        Raises:
            RPCError: Temporal did not answer `within` this time.
        """
        given = await self._given(within)
        if not given:
            return await has_worker(self._client.workflow_service, self._client.namespace, self._queue, within=within)
        now, before = self._clock(), self._seen
        self._seen = {each.worker_instance_key: _noted(each, before, now) for each in given}
        return any(sign.until > now for sign in self._seen.values())

    async def _given(self, within: timedelta) -> Sequence[WorkerHeartbeat]:
        request = ListWorkersRequest(namespace=self._client.namespace, query=f"TaskQueue = '{self._queue}'")
        try:
            answer = await self._client.workflow_service.list_workers(request, timeout=within)
        except RPCError as error:
            if error.status is not RPCStatusCode.UNIMPLEMENTED:
                raise
            return ()
        return [each.worker_heartbeat for each in answer.workers_info]


def _noted(sign: WorkerHeartbeat, seen: dict[str, _Sign], now: float) -> _Sign:
    """Note when a sign was first seen; the first of a worker does not say yet how often it gives one."""
    given, known = sign.heartbeat_time.ToDatetime(UTC), seen.get(sign.worker_instance_key)
    if known is not None and known.given == given:
        return known
    if known is None and _wall_clock() - given > FRESH:
        return _Sign(given, until=now)
    every = max(sign.elapsed_since_last_heartbeat.ToTimedelta(), EVERY)
    patience = MISSED * every if sign.HasField("elapsed_since_last_heartbeat") else FRESH
    return _Sign(given, until=now + min(patience, FRESH).total_seconds())


def _wall_clock() -> datetime:
    return datetime.now(UTC)  # noqa: TID251 - workers tell by their own clocks when they gave a sign
