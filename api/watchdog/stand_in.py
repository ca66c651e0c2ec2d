"""How is a case found by `Stuck` that cannot set it itself? By a stand-in: a workflow that does nothing but carry it.

Temporal takes search attributes from a workflow task that succeeds only; a case whose workflow task fails has none. Its
stand-in bears them from the moment at which it is asked for, and no worker has to run it: it would begin in ten years.
"""

from collections.abc import Mapping
from datetime import timedelta
from functools import partial

from temporalio.client import Client
from temporalio.common import SearchAttributePair, TypedSearchAttributes, WorkflowIDConflictPolicy
from temporalio.service import RPCError, RPCStatusCode

from api.turns import few_at_once
from workflows.host.public import PublicText
from workflows.host.visibility import search_key

STAND_IN = "Stuck"
"""The workflow type: queries that count cases leave it out."""

NEVER = timedelta(days=3650)
MOST_AT_ONCE = 20
REASON = 120
"""Characters of a reason, as cases show it themselves."""
_PREFIX = "stuck/"
_OVER = "Its case goes on again."


class StandIns:
    """The stand-ins of the cases of one task queue."""

    def __init__(self, client: Client, task_queue: str) -> None:
        self._client = client
        self._queue = f"{task_queue}-stuck"

    async def agree(self, failing: Mapping[str, str]) -> None:
        """Let each of these cases have a stand-in, and no other. `failing`: why, by case.

        Raises:
            RPCError: Temporal does not answer.
        """
        standing = await self._standing()
        begins = [partial(self._begin, name, why) for name, why in failing.items() if name not in standing]
        ends = [partial(self._end, name) for name in standing - failing.keys()]
        await few_at_once([*begins, *ends], most=MOST_AT_ONCE)

    async def _standing(self) -> set[str]:
        query = f"TaskQueue = '{self._queue}' AND ExecutionStatus = 'Running'"
        return {each.id.removeprefix(_PREFIX) async for each in self._client.list_workflows(query)}

    async def _begin(self, case_id: str, why: str) -> None:
        reason = SearchAttributePair(search_key("StuckReason"), why[:REASON])
        shown = TypedSearchAttributes([SearchAttributePair(search_key("Stuck"), True), reason])
        await self._client.start_workflow(
            STAND_IN,
            id=f"{_PREFIX}{case_id}",
            task_queue=self._queue,
            start_delay=NEVER,
            id_conflict_policy=WorkflowIDConflictPolicy.USE_EXISTING,
            search_attributes=shown,
            static_summary=PublicText.label(f"{case_id}: {why}"),
        )

    async def _end(self, case_id: str) -> None:
        try:
            await self._client.get_workflow_handle(f"{_PREFIX}{case_id}").terminate(_OVER)
        except RPCError as error:  # the list lags: it was ended before
            if error.status is not RPCStatusCode.NOT_FOUND:
                raise
