"""Script task: a FEEL expression, computed in the step itself (BPMN 2.0.2 §10.3.3; zeebe:script)."""

from pathways.bpmn.model import ScriptSpec
from pathways.feel import Evaluation, to_json
from workflows.engine import lifecycle, work
from workflows.engine.expressions import evaluate, stopped_by
from workflows.engine.run import Run, Values
from workflows.engine.state import Activation


def enter(run: Run, at: Activation, _fired: Values | None) -> None:
    """Write the value to the result variable and go on; a worker may run it instead."""
    node = run.node(at.element)
    if node.work is not None:
        work.request(run, at, node.work)
        return
    script = node.script
    assert script is not None
    result = evaluate(run, at.id, script.expression)
    value = to_json(result.value)
    read = {name: to_json(seen) for name, seen in result.reads}
    run.fact("decision", at, what=script.result_variable, expression=script.expression, value=value, read=read)
    lifecycle.finish(run, at.id, _given(script, result))


def _given(script: ScriptSpec, result: Evaluation) -> Values:
    """The value under its name; a standard script names none, so that its context is the result itself."""
    value = to_json(result.value)
    if script.result_variable:
        return {script.result_variable: value}
    if isinstance(value, dict):
        return value
    raise stopped_by("script", script.expression, result, "without a result variable a context is needed")
