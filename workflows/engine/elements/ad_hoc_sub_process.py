"""Ad-hoc sub-process: its activities run in any order until its condition holds (BPMN 2.0.2 §10.3.5, §13.3.5).

Those that `activeElementsCollection` names start, else all that nothing leads to: together, or one after the other in
the order of the list or of the drawing.
"""

from pathways.bpmn.model import AdHoc, FlowNode
from pathways.feel import to_json
from workflows.engine import catching, lifecycle
from workflows.engine.expressions import Stopped, decides, evaluate, stopped_by
from workflows.engine.run import Arrival, Run, Values
from workflows.engine.state import Activation

CONDITION = "completion condition"


def enter(run: Run, at: Activation, _fired: Values | None) -> None:
    """Open the scope and start its activities."""
    at = run.set_local(at, dict.fromkeys(run.node(at.element).data_objects))
    catching.listen_for_event_sub_processes(run, at)
    spec = _spec(run, at)
    names = _chosen(run, at, spec)
    first = names[:1] if spec.sequential else names
    at = run.change(run.activations[at.id], pending=tuple(names[len(first) :]), arrived=())
    run.dirty_scopes[at.id] = None
    _start(run, at, first)


def _spec(run: Run, at: Activation) -> AdHoc:
    return run.node(at.element).ad_hoc or AdHoc()


def _chosen(run: Run, at: Activation, spec: AdHoc) -> list[str]:
    if spec.active_elements is None:
        starts = run.index.starts.get(at.element, ())
        return [node.id for node in sorted(starts, key=lambda node: (node.line, node.id))]
    given = evaluate(run, at.id, spec.active_elements)
    names = to_json(given.value)
    inside = {node.id for node in run.definition.nodes.values() if node.scope == at.element and _may_start(node)}
    if isinstance(names, list) and all(isinstance(name, str) and name in inside for name in names):
        return [str(name) for name in names]
    needed = f"a list of ids of activities in {at.element} is needed"
    raise stopped_by("activeElementsCollection", spec.active_elements, given, needed)


def _may_start(node: FlowNode) -> bool:
    return not (node.attached_to or node.triggered_by_event or node.for_compensation)


def _start(run: Run, at: Activation, names: list[str]) -> None:
    for name in names:
        run.agenda.append(Arrival(run.node(name), at.id))


def left(run: Run, at: Activation, inner: Activation) -> None:
    """Read the completion condition when an activity inside has completed (§13.3.5)."""
    spec = _spec(run, at)
    if spec.completion_condition is None or not run.node(inner.element).is_activity or at.arrived:
        return
    if decides(run, at, spec.completion_condition, CONDITION):
        run.change(at, pending=(), arrived=(CONDITION,))
        if spec.cancel_remaining:
            lifecycle.empty_scope(run, at.id)


def emptied(run: Run, at: Activation) -> bool:
    """Start the next activity of a sequence; without one, all is done if the condition does not say otherwise."""
    if at.pending:
        run.change(at, pending=at.pending[1:])
        _start(run, at, [at.pending[0]])
        return False
    condition = _spec(run, at).completion_condition
    if condition is None or at.arrived or decides(run, at, condition, CONDITION):
        return True
    reason = f"all activities of {run.node(at.element).title!r} are done, but its condition `{condition}` is false"
    raise Stopped("no-flow", reason)
