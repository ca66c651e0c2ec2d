"""Which Temporal worker runs our cases? One dynamic workflow, and the activities it is given."""

import os
from collections.abc import Callable, Mapping, Sequence
from datetime import timedelta
from typing import Any

from temporalio import activity
from temporalio.client import Client
from temporalio.common import RawValue
from temporalio.exceptions import ApplicationError
from temporalio.worker import UnsandboxedWorkflowRunner, Worker
from temporalio.worker.workflow_sandbox import SandboxedWorkflowRunner, SandboxRestrictions

from workflows.host.case import Case
from workflows.host.results import BoundedResults

PURE = (
    "pathways",
    "workflows.contract",
    "workflows.engine",
    "pydantic",
    "pydantic_core",
    "msgspec",
    *(
        f"workflows.host.{module}"
        for module in (
            "alarm",
            "answering",
            "asking",
            "calls",
            "definitions",
            "dispatch",
            "errands",
            "foresight",
            "intake",
            "leaving",
            "ledger",
            "patience",
            "public",
            "receipt",
            "sizes",
            "turns",
            "versions",
            "recollection",
            "visibility",
            "waits",
        )
    ),
)
"""Passed through the sandbox: pure by contract (import-linter), or without state of their own.

Only `workflows.host.case` is imported anew for every run.
"""


def sandbox() -> SandboxedWorkflowRunner:
    """Give Temporal's workflow sandbox, in which histories are replayed: it refuses what is not deterministic.

    A worker runs without it: of our code it would guard one file, at a sixth of the CPU (an `exec` per payload).
    """
    return SandboxedWorkflowRunner(SandboxRestrictions.default.with_passthrough_modules(*PURE))


@activity.defn(dynamic=True)
async def unknown_task_type(_args: Sequence[RawValue]) -> None:
    """Fail work that no activity serves at once, so that it becomes an incident instead of trying for ever.

    Raises:
        ApplicationError: always; its type names the task type.
    """
    name = activity.info().activity_type
    raise ApplicationError(
        f"No activity serves task type '{name}': register one, or correct the diagram.",
        type=f"no activity serves task type {name}",
        non_retryable=True,
    )


AT_ONCE = 8 * (os.cpu_count() or 1)
"""Workflow tasks at once: more than the cores can answer within ten seconds would all be started over."""

NOTHING_ELSEWHERE: Mapping[str, Any] = {"max_workflow_task_external_storage_concurrency": 1}
"""No payload is kept outside of Temporal; by default the SDK makes a task for each, only to find that out."""


def case_worker(client: Client, task_queue: str, activities: Sequence[Callable[..., Any]], **options: Any) -> Worker:
    """Make the worker of cases; `activities` are the concerns outside, `options` go to Temporal's `Worker`."""
    interceptors = (*options.pop("interceptors", ()), BoundedResults())
    options = {"max_concurrent_workflow_tasks": AT_ONCE, **NOTHING_ELSEWHERE, **options}
    return Worker(
        client,
        task_queue=task_queue,
        workflows=[Case],
        activities=[*activities, unknown_task_type],
        workflow_runner=UnsandboxedWorkflowRunner(),
        interceptors=interceptors,
        graceful_shutdown_timeout=timedelta(seconds=10),
        **options,
    )
