"""Call activity: run another published process and go on with what it gives back (BPMN 2.0.2 §10.3.6, §13.3.4)."""

from pathways.bpmn.model import CallSpec
from workflows.engine import ladder, lifecycle
from workflows.engine.commands import CallProcess
from workflows.engine.expressions import Stopped, named, required_text
from workflows.engine.run import Run, Values
from workflows.engine.state import Activation


def enter(run: Run, at: Activation, _fired: Values | None) -> None:
    """Start the called process, pinned to the version published with this one; `detached` does not wait."""
    node = run.node(at.element)
    call = node.call
    assert call is not None
    process_id = _process_of(run, at, call)
    sha256 = run.definition.calls.get(process_id)
    if sha256 is None:
        called = named(call.process_expression, process_id, "process")
        raise Stopped("call-failed", f"{called} was not published with this pathway")
    at = ladder.open_wait(run, at, node)
    variables = run.visible(at.id) if call.propagate_all_parent_variables else at.variables
    run.fact("called", at, process_id=process_id, sha256=sha256, detached=call.detached)
    run.commands.append(CallProcess(at.id, node.id, node.title, process_id, sha256, dict(variables), call.detached))
    if call.detached:
        lifecycle.finish(run, at.id, {})
    else:
        lifecycle.record_wait(run, at, "call", waits_for=process_id)


def _process_of(run: Run, at: Activation, call: CallSpec) -> str:
    """The process that is called: by its id, or computed when the call is made."""
    if call.process_expression is None:
        return call.process_id
    return required_text(run, at, call.process_expression, "the process that is called,")
