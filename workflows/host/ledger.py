"""How do facts reach the read model? All that gathered during one workflow task, in one local activity, in order.

The database being down stops no case: the batch is tried again without end, and only answers wait for it.
"""

import asyncio
from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime, timedelta

from temporalio import workflow
from temporalio.common import RetryPolicy

from workflows.contract import names
from workflows.contract.requests import CaseFacts, StartCase
from workflows.engine.facts import Fact
from workflows.host import leaving, recollection

_WITHOUT_END = RetryPolicy(initial_interval=timedelta(milliseconds=100), maximum_interval=timedelta(seconds=15))

_LONGEST_PAUSE_WITHIN_A_TASK = timedelta(seconds=1)
"""Before longer pauses the workflow task ends: while it is open no timer of the case fires."""


class Ledger:
    """The facts of one case on their way to the read model; `projected` is the last number that is there.

    `unsettled`: facts were projected since the case last let its workflow task end.
    """

    def __init__(self, case: StartCase, carried: Sequence[Fact] = ()) -> None:
        self._case = replace(case, variables={}, state=None, signal_ids=())
        self._gathered: list[Fact] = []
        self._under_way: tuple[Fact, ...] = ()
        self._since: datetime | None = None
        self.unsettled = False
        self._sending: asyncio.Task[None] | None = None
        self.projected = (case.state.seq if case.state else 0) - len(carried)
        self.fault: BaseException | None = None
        self.add(tuple(carried))

    @property
    def empty(self) -> bool:
        """Whether every fact is in the read model."""
        return not self._gathered and self._sending is None

    @property
    def unprojected(self) -> tuple[Fact, ...]:
        """The facts that are not known to be in the read model; projecting them twice changes nothing."""
        return (*self._under_way, *self._gathered)

    @property
    def stalled(self) -> bool:
        """Whether the read model could not be written for so long that nobody should wait for it."""
        return self._since is not None and workflow.now() - self._since >= leaving.PATIENCE

    def add(self, facts: tuple[Fact, ...]) -> None:
        """Take the facts of one step; they leave with all others of this workflow task."""
        self._gathered.extend(facts)
        recollection.note(self._case, facts)
        if self._gathered and self._sending is None:
            self._sending = asyncio.create_task(self._send_all())
            self._sending.add_done_callback(self._note_fault)

    def _note_fault(self, sending: asyncio.Task[None]) -> None:
        if not sending.cancelled():
            self.fault = sending.exception()

    async def _send_all(self) -> None:
        while self._gathered:
            batch, self._gathered = tuple(self._gathered), []
            self._under_way, self._since = batch, workflow.now()
            await self._project(batch)
            self.unsettled = True
            self.projected, self._under_way, self._since = batch[-1].seq, (), None
        self._sending = None

    async def _project(self, batch: tuple[Fact, ...]) -> None:
        await workflow.execute_local_activity(
            names.PROJECT_FACTS,
            CaseFacts(self._case, batch),
            start_to_close_timeout=timedelta(seconds=30),
            retry_policy=_WITHOUT_END,
            local_retry_threshold=_LONGEST_PAUSE_WITHIN_A_TASK,
        )
