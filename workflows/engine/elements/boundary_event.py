"""Boundary event: what leaves an activity from its border when its event occurred (BPMN 2.0.2 §10.5.4, §13.5.3).

Who interrupts whom is decided where the event occurs (`triggers/`, `throwing`); here the token only goes on.
"""

from workflows.engine import lifecycle
from workflows.engine.run import Run, Values
from workflows.engine.state import Activation


def enter(run: Run, at: Activation, fired: Values | None) -> None:
    """Pass the token on; what the event brought is written outward."""
    lifecycle.finish(run, at.id, fired or {})
