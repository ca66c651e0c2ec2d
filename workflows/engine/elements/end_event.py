"""End event: consume a token, and throw what the event says (BPMN 2.0.2 §10.5.3, §13.5.6)."""

from workflows.engine import throwing
from workflows.engine.run import Run, Values
from workflows.engine.state import Activation


def enter(run: Run, at: Activation, _fired: Values | None) -> None:
    """End this branch; only this scope when it terminates (§13.5.6)."""
    throwing.throw_and_finish(run, at, run.node(at.element))
