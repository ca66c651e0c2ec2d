"""Start event: the scope's first token, or the event that started it (BPMN 2.0.2 §10.5.2, §13.5.1)."""

from workflows.engine import lifecycle
from workflows.engine.run import Run, Values
from workflows.engine.state import Activation


def enter(run: Run, at: Activation, fired: Values | None) -> None:
    """Pass the token on; what the trigger brought is written outward."""
    lifecycle.finish(run, at.id, fired or {})
