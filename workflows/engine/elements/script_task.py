"""Script task: a FEEL expression, computed in the step itself (BPMN 2.0.2 §10.3.3; zeebe:script)."""

from pathways.feel import to_json
from workflows.engine import lifecycle
from workflows.engine.expressions import evaluate
from workflows.engine.run import Run, Values
from workflows.engine.state import Activation


def enter(run: Run, at: Activation, _fired: Values | None) -> None:
    """Write the value to the result variable and go on."""
    script = run.node(at.element).script
    assert script is not None
    result = evaluate(run, at.id, script.expression)
    value = to_json(result.value)
    read = {name: to_json(seen) for name, seen in result.reads}
    run.fact("decision", at, what=script.result_variable, expression=script.expression, value=value, read=read)
    lifecycle.finish(run, at.id, {script.result_variable: value})
