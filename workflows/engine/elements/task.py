"""Undefined and manual task: nothing an engine can do, so the token passes through (BPMN 2.0.2 §10.3.3, §13.3.3)."""

from workflows.engine import lifecycle
from workflows.engine.run import Run, Values
from workflows.engine.state import Activation


def enter(run: Run, at: Activation, _fired: Values | None) -> None:
    """Complete at once."""
    lifecycle.finish(run, at.id, {})
