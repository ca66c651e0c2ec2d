"""Does a worker ask for cases? As Temporal knows it: it notes who asked for work of a task queue, and when."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

from temporalio.api.enums.v1 import DescribeTaskQueueMode, TaskQueueType
from temporalio.api.taskqueue.v1 import PollerInfo, TaskQueue, TaskQueueVersionSelection
from temporalio.api.workflowservice.v1 import DescribeTaskQueueRequest, DescribeTaskQueueResponse
from temporalio.service import WorkflowService

FRESH = timedelta(minutes=2)
"""A worker that is there asks at least once a minute. One that was there lately may just be starting again."""

WORKFLOW = TaskQueueType.TASK_QUEUE_TYPE_WORKFLOW


async def has_worker(service: WorkflowService, namespace: str, task_queue: str, *, within: timedelta) -> bool:
    """Say whether a worker, of whatever build, has asked for workflow tasks of this queue lately.

    Raises:
        RPCError: Temporal did not answer `within` this time, or cannot say.
    """
    request = DescribeTaskQueueRequest(
        namespace=namespace,
        task_queue=TaskQueue(name=task_queue),
        task_queue_type=WORKFLOW,
        task_queue_types=[WORKFLOW],
        api_mode=DescribeTaskQueueMode.DESCRIBE_TASK_QUEUE_MODE_ENHANCED,
        versions=TaskQueueVersionSelection(all_active=True, unversioned=True),
        report_pollers=True,
    )
    answer = await service.describe_task_queue(request, timeout=within)
    latest = max((poller.last_access_time.ToDatetime(UTC) for poller in _pollers(answer)), default=None)
    return latest is not None and _now() - latest < FRESH


def _pollers(answer: DescribeTaskQueueResponse) -> Iterator[PollerInfo]:
    """Give those of every build, and those that a server without builds tells."""
    yield from answer.pollers
    for version in answer.versions_info.values():
        for kind in version.types_info.values():
            yield from kind.pollers


def _now() -> datetime:
    return datetime.now(UTC)  # noqa: TID251 - Temporal tells by its own clock when it was asked
