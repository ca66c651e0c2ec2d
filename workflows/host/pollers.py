"""Does a worker ask for cases? As Temporal knows it: it notes who asked for work of a task queue, and when."""

from datetime import UTC, datetime, timedelta

from temporalio.api.enums.v1 import TaskQueueType
from temporalio.api.taskqueue.v1 import TaskQueue
from temporalio.api.workflowservice.v1 import DescribeTaskQueueRequest
from temporalio.client import Client

FRESH = timedelta(minutes=2)
"""A worker that is there asks at least once a minute. One that was there lately may just be starting again."""


async def has_worker(client: Client, task_queue: str, *, within: timedelta) -> bool:
    """Say whether a worker has asked for workflow tasks of this queue lately.

    Raises:
        RPCError: Temporal did not answer `within` this time, or cannot say.
    """
    request = DescribeTaskQueueRequest(
        namespace=client.namespace,
        task_queue=TaskQueue(name=task_queue),
        task_queue_type=TaskQueueType.TASK_QUEUE_TYPE_WORKFLOW,
    )
    answer = await client.workflow_service.describe_task_queue(request, timeout=within)
    latest = max((poller.last_access_time.ToDatetime(UTC) for poller in answer.pollers), default=None)
    return latest is not None and _now() - latest < FRESH


def _now() -> datetime:
    return datetime.now(UTC)  # noqa: TID251 - Temporal tells by its own clock when it was asked
