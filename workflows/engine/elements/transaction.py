"""Transaction: a sub-process that completes as a whole or is undone (BPMN 2.0.2 §10.3.5, §13.3.4)."""

from workflows.engine import lifecycle
from workflows.engine.run import Run, Values
from workflows.engine.state import Activation
from workflows.engine.triggers import cancel


def enter(run: Run, at: Activation, _fired: Values | None) -> None:
    """Open the scope."""
    lifecycle.open_scope(run, at)


def emptied(run: Run, at: Activation) -> bool:
    """Complete; a transaction that was called off is now undone and its cancel event occurs instead."""
    if at.stage != "cancelling":
        return True
    cancel.cancelled(run, at)
    return False
