"""How does the engine ask a worker for work? By task type, with what the task sees, once per activation.

And how it calls off what is no longer wanted.
"""

import re

from pathways.bpmn.model import WorkSpec
from workflows.engine import ladder, lifecycle
from workflows.engine.commands import CancelCalledProcess, CancelWork, PerformWork, WithdrawUserTask
from workflows.engine.expressions import Stopped, is_drawn, required_text, value_of
from workflows.engine.run import Run
from workflows.engine.state import Activation

DEFAULT_ATTEMPTS = 3
_NAME = re.compile(r"[a-z]\w*(?:[.:/-]\w+)*", re.ASCII)


def request(run: Run, at: Activation, spec: WorkSpec) -> None:
    """Ask for the work of a task or throw event and let its token wait for the result."""
    node = run.node(at.element)
    task_type = task_type_of(run, at, spec, f"task type of {node.title!r}")
    at = ladder.open_wait(run, at, node)
    lifecycle.record_wait(run, at, "work", waits_for=task_type)
    run.commands.append(
        PerformWork(
            activation=at.id,
            element=node.id,
            title=node.title,
            task_type=task_type,
            attempts=attempts_of(run, at, spec),
            headers=spec.headers,
            variables=dict(run.visible(at.id)),
        )
    )


def task_type_of(run: Run, at: Activation, spec: WorkSpec, what: str) -> str:
    """Give the task type. A computed one has to look like a name: administrators read it, so it is no patient's value.

    Raises:
        Stopped: it does not.
    """
    name = required_text(run, at, spec.task_type, what)
    if is_drawn(spec.task_type, name) or _NAME.fullmatch(name):
        return name
    raise Stopped("expression", f"{what} `{spec.task_type}` gave a text that is no name such as send_letter")


def attempts_of(run: Run, at: Activation, spec: WorkSpec) -> int:
    """Give how often the work is tried before it is an incident."""
    retries = value_of(run, at.id, spec.retries)
    return retries if isinstance(retries, int) and retries > 0 else DEFAULT_ATTEMPTS


def withdraw(run: Run, at: Activation) -> None:
    """Tell the world that an activation's work, task or called process is no longer wanted."""
    if at.stage == "entering":
        return
    node = run.definition.nodes.get(at.element)
    if node is None or at.items is not None:
        return
    if node.type == "userTask":
        run.commands.append(WithdrawUserTask(at.id))
    elif node.type == "callActivity":
        run.commands.append(CancelCalledProcess(at.id))
    elif node.work is not None:
        run.commands.append(CancelWork(at.id))
