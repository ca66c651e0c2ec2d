"""What does Temporal know of the cases? Which run, which it cannot carry on with, how one ended."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from temporalio.api.common.v1 import WorkflowExecution
from temporalio.api.workflow.v1 import PendingActivityInfo
from temporalio.api.workflowservice.v1 import (
    DescribeWorkflowExecutionRequest,
    GetWorkflowExecutionHistoryReverseRequest,
)
from temporalio.client import Client, WorkflowExecutionStatus, WorkflowHistoryEventFilterType
from temporalio.service import RPCError, RPCStatusCode

from workflows.host.signs import Signs

PROBLEMS = "TemporalReportedProblems"
"""Search attribute that the server sets by itself when the workflow task of a case fails again and again."""

PAGE = 1000
ANSWER_WITHIN = timedelta(seconds=10)
NEAR_THE_END = 20
"""Events in which a failed workflow task is looked for: while it is tried again, Temporal writes none."""


@dataclass(frozen=True, slots=True)
class RunningCase:
    """A running case as the visibility store lists it; `problems` as the server words them."""

    case_id: str
    started_at: datetime
    problems: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Failing:
    """An activity that fails again and again: its type, how often it was tried, the kind of its last failure."""

    activity: str
    attempt: int
    failure: str


@dataclass(frozen=True, slots=True)
class Underway:
    """What Temporal itself does for a running case: activities, called processes, a workflow task."""

    activities: tuple[Failing, ...]
    called: int
    task_attempt: int

    @property
    def is_at_work(self) -> bool:
        """Whether only activities are under way: Temporal tells how they go."""
        return bool(self.activities) and self.task_attempt == 0

    @property
    def may_fail(self) -> bool:
        """Whether an activity or a workflow task is under way, which may fail without a word of the case."""
        return bool(self.activities) or self.task_attempt > 0

    @property
    def busy(self) -> bool:
        """Whether anything is under way."""
        return self.may_fail or self.called > 0


@dataclass(frozen=True, slots=True)
class Closed:
    """How a case ended in Temporal. `reason`: what whoever ended it wrote there; `run`: its first run."""

    status: WorkflowExecutionStatus
    at: datetime
    reason: str
    run: str = ""


class TemporalView:
    """What the watchdog asks of Temporal; it changes nothing there."""

    def __init__(self, client: Client, task_queue: str) -> None:
        self._client = client
        self._queue = task_queue
        self._signs = Signs(client, task_queue)

    async def running(self) -> dict[str, RunningCase]:
        """Give every running case of our task queue."""
        query = f"TaskQueue = '{self._queue}' AND ExecutionStatus = 'Running'"
        found = self._client.list_workflows(query, page_size=PAGE)
        return {
            each.id: RunningCase(each.id, each.start_time, _words(each.search_attributes.get(PROBLEMS, ())))
            async for each in found
        }

    async def polled(self) -> bool:
        """Say whether a worker lives: by its signs of life, of which the second round misses one."""
        return await self._signs.of_life(within=ANSWER_WITHIN)

    async def look(self, case_id: str) -> Underway | Closed | None:
        """Say what is under way for a case, or how it ended; None when Temporal does not know it."""
        request = DescribeWorkflowExecutionRequest(
            namespace=self._client.namespace, execution=WorkflowExecution(workflow_id=case_id)
        )
        service = self._client.workflow_service
        try:
            answer = await service.describe_workflow_execution(request, timeout=ANSWER_WITHIN)
        except RPCError as error:
            if error.status is RPCStatusCode.NOT_FOUND:
                return None
            raise
        info = answer.workflow_execution_info
        status = WorkflowExecutionStatus(info.status)
        if status is not WorkflowExecutionStatus.RUNNING:
            return Closed(status, info.close_time.ToDatetime(UTC), await self._reason(case_id), info.first_run_id)
        return Underway(
            activities=tuple(_failing(activity) for activity in answer.pending_activities),
            called=len(answer.pending_children),
            task_attempt=answer.pending_workflow_task.attempt,
        )

    async def failure(self, case_id: str) -> str:
        """Give the kind of failure with which the last workflow task of a case failed, "" when none is to be seen."""
        request = GetWorkflowExecutionHistoryReverseRequest(
            namespace=self._client.namespace,
            execution=WorkflowExecution(workflow_id=case_id),
            maximum_page_size=NEAR_THE_END,
        )
        service = self._client.workflow_service
        answer = await service.get_workflow_execution_history_reverse(request, timeout=ANSWER_WITHIN)
        failed = (event.workflow_task_failed_event_attributes.failure for event in answer.history.events)
        return next((each.application_failure_info.type for each in failed if each.application_failure_info.type), "")

    async def _reason(self, case_id: str) -> str:
        """Give what the administrator wrote who terminated it."""
        handle = self._client.get_workflow_handle(case_id)
        history = await handle.fetch_history(event_filter_type=WorkflowHistoryEventFilterType.CLOSE_EVENT)
        return history.events[-1].workflow_execution_terminated_event_attributes.reason if history.events else ""


def _failing(activity: PendingActivityInfo) -> Failing:
    """Of the failure only its kind: what it says may carry patient data."""
    failure = activity.last_failure
    kind = failure.application_failure_info.type or failure.WhichOneof("failure_info") or ""
    return Failing(activity.activity_type.name, activity.attempt, kind if activity.HasField("last_failure") else "")


def _words(value: Sequence[Any]) -> tuple[str, ...]:
    return tuple(str(each) for each in value)
