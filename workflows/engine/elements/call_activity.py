"""Call activity: run another published process and go on with what it gives back (BPMN 2.0.2 §10.3.6, §13.3.4)."""

from workflows.engine import ladder, lifecycle
from workflows.engine.commands import CallProcess
from workflows.engine.expressions import Stopped
from workflows.engine.run import Run, Values
from workflows.engine.state import Activation


def enter(run: Run, at: Activation, _fired: Values | None) -> None:
    """Start the called process, pinned to the version published with this one; `detached` does not wait."""
    node = run.node(at.element)
    assert node.call is not None
    sha256 = run.definition.calls.get(node.call.process_id)
    if sha256 is None:
        raise Stopped("call-failed", f"process {node.call.process_id!r} was not published with this pathway")
    at = ladder.open_wait(run, at, node)
    variables = run.visible(at.id) if node.call.propagate_all_parent_variables else at.variables
    detached = node.call.detached
    run.fact("called", at, process_id=node.call.process_id, sha256=sha256, detached=detached)
    run.commands.append(
        CallProcess(at.id, node.id, node.title, node.call.process_id, sha256, dict(variables), detached)
    )
    if detached:
        lifecycle.finish(run, at.id, {})
    else:
        lifecycle.record_wait(run, at, "call", waits_for=node.call.process_id)
