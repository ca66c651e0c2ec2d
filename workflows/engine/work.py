"""How does the engine ask a worker for work? By task type, with what the task sees, once per activation."""

from pathways.bpmn.model import WorkSpec
from workflows.engine import ladder, lifecycle
from workflows.engine.commands import PerformWork
from workflows.engine.expressions import required_text, value_of
from workflows.engine.run import Run
from workflows.engine.state import Activation

DEFAULT_ATTEMPTS = 3


def request(run: Run, at: Activation, spec: WorkSpec) -> None:
    """Ask for the work of a task or throw event and let its token wait for the result."""
    node = run.node(at.element)
    task_type = required_text(run, at, spec.task_type, f"task type of {node.title!r}")
    retries = value_of(run, at.id, spec.retries)
    at = ladder.open_wait(run, at, node)
    lifecycle.record_wait(run, at, "work", waits_for=task_type)
    run.commands.append(
        PerformWork(
            activation=at.id,
            element=node.id,
            title=node.title,
            task_type=task_type,
            attempts=retries if isinstance(retries, int) and retries > 0 else DEFAULT_ATTEMPTS,
            headers=spec.headers,
            variables=dict(run.visible(at.id)),
        )
    )
