"""Business rule task: a DMN decision, computed in the step itself, or work for a worker (BPMN 2.0.2 §10.3.3)."""

from workflows.engine import work
from workflows.engine.expressions import Stopped, required_text
from workflows.engine.run import Run, Values
from workflows.engine.state import Activation


def enter(run: Run, at: Activation, _fired: Values | None) -> None:
    """Evaluate the decision and write its value to the result variable."""
    node = run.node(at.element)
    if node.decision is None:
        assert node.work is not None
        work.request(run, at, node.work)
        return
    name = required_text(run, at, node.decision.decision_id, f"decision of {node.title!r}")
    raise Stopped("expression", f"decision {name!r} was not published with this pathway")
