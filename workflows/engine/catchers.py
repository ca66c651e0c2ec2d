"""Who catches an error or an escalation? The nearest catcher outward from the thrower (§10.5.1, §13.5.3, §13.5.4).

Outward means: a boundary event of the throwing activity, an event sub-process of the scope around it, a boundary
event of that scope, and so on. A catcher for the very code wins over one for every code; only one catches.
"""

from collections.abc import Iterator

from pathways.bpmn.model import Definition, ErrorTrigger, EscalationTrigger, FlowNode, parts
from workflows.engine import multi_instance
from workflows.engine.index import index_of
from workflows.engine.run import Run
from workflows.engine.state import Activation


def catcher_of(
    run: Run, thrower: Activation, kind: type[ErrorTrigger | EscalationTrigger], code: str
) -> tuple[Activation, FlowNode, int] | None:
    """Find the listening activation, the event node that catches this code and which of its definitions, or None."""
    for holder, nodes in _outward(run, thrower):
        caught = [
            (trigger.code is None, node, part)
            for node in nodes
            for part, trigger in enumerate(parts(node.trigger))
            if isinstance(trigger, kind) and trigger.code in (code, None)
        ]
        if caught:
            _, node, part = min(caught, key=lambda found: found[0])
            return holder, node, part
    return None


def may_be_caught(definition: Definition, element: str) -> bool:
    """Say whether any event of the diagram catches an error thrown by this element, whatever its code."""
    index, inside, around = index_of(definition), {element}, definition.nodes.get(element)
    while around is not None:
        nodes = list(index.boundary_events.get(around.id, ()))
        for sub in index.event_sub_processes.get(around.scope, ()):
            nodes += index.starts.get(sub.id, ()) if sub.id not in inside else ()
        if any(isinstance(trigger, ErrorTrigger) for node in nodes for trigger in parts(node.trigger)):
            return True
        around = definition.nodes.get(around.scope)
        inside |= {around.id} if around else set()
    return False


def _outward(run: Run, thrower: Activation) -> Iterator[tuple[Activation, list[FlowNode]]]:
    """Give, from inside to outside, each activation with the events that listen on it; none when it is being undone."""
    inside: set[str] = set()
    for at in run.scopes(thrower.id):
        if at.stage == "compensating":
            continue
        if at.id != thrower.id and at.items is None:
            yield at, _event_sub_process_starts(run, at, inside)
        if not multi_instance.is_instance(at):
            yield at, list(run.index.boundary_events.get(at.element, ()))
        inside.add(at.element)


def _event_sub_process_starts(run: Run, at: Activation, inside: set[str]) -> list[FlowNode]:
    """Give the starts that may still catch: not the handler the event comes from, none after an interruption."""
    sub_processes = run.index.event_sub_processes.get(at.element, ())
    starts = [(sub.id, start) for sub in sub_processes for start in run.index.starts.get(sub.id, ())]
    running = {child.element for child in run.children(at.id)}
    if any(start.interrupting and sub in running for sub, start in starts):
        return []
    return [start for sub, start in starts if sub not in inside]
