"""Service, send and business rule task: work for a worker, or a message to send (BPMN 2.0.2 §10.3.3, §13.3.3)."""

from workflows.engine import lifecycle
from workflows.engine.run import Run, Values
from workflows.engine.state import Activation
from workflows.engine.triggers import message


def enter(run: Run, at: Activation, _fired: Values | None) -> None:
    """Ask for the work and wait for its result; a send task without a task definition only sends its message."""
    if message.send(run, at):
        lifecycle.finish(run, at.id, {})
