"""Which Temporal worker runs our cases? One dynamic workflow in the sandbox, and the activities it is given."""

from collections.abc import Callable, Sequence
from datetime import timedelta
from typing import Any

from temporalio import activity
from temporalio.client import Client
from temporalio.common import RawValue
from temporalio.exceptions import ApplicationError
from temporalio.worker import Worker
from temporalio.worker.workflow_sandbox import SandboxedWorkflowRunner, SandboxRestrictions

from workflows.host.case import Case

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
            "definitions",
            "dispatch",
            "intake",
            "ledger",
            "patience",
            "public",
            "receipt",
            "recollection",
            "visibility",
            "waits",
        )
    ),
)
"""Passed through the sandbox: pure by contract (import-linter), or without state of their own.

Only `workflows.host.case` is imported anew for every run; importing all would cost a fifth more CPU per case.
"""


def sandbox() -> SandboxedWorkflowRunner:
    """Give the workflow sandbox in which cases run."""
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


def case_worker(client: Client, task_queue: str, activities: Sequence[Callable[..., Any]], **options: Any) -> Worker:
    """Make the worker of cases; `activities` are the concerns outside, `options` go to Temporal's `Worker`."""
    return Worker(
        client,
        task_queue=task_queue,
        workflows=[Case],
        activities=[*activities, unknown_task_type],
        workflow_runner=sandbox(),
        graceful_shutdown_timeout=timedelta(seconds=10),
        **options,
    )
