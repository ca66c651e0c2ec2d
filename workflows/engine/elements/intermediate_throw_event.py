"""Intermediate throw event: throw, then go on; a link jumps to its other end (BPMN 2.0.2 §10.5.4, §13.5.3)."""

from pathways.bpmn.model import LinkTrigger, SequenceFlow
from workflows.engine import lifecycle, throwing
from workflows.engine.run import Arrival, Run, Values
from workflows.engine.state import Activation


def enter(run: Run, at: Activation, _fired: Values | None) -> None:
    """Throw, then go on, unless an interrupting catcher ended this scope."""
    node = run.node(at.element)
    if isinstance(node.trigger, LinkTrigger):
        lifecycle.finish(run, at.id, {})
    else:
        throwing.throw_and_finish(run, at, node)


def select(run: Run, at: Activation) -> list[SequenceFlow]:
    """Go on as any event does; from a link, to its other end instead."""
    node = run.node(at.element)
    if not isinstance(node.trigger, LinkTrigger):
        return lifecycle.select_flows(run, at)
    target = run.index.link_catches[node.scope, node.trigger.name]
    run.agenda.append(Arrival(target, at.scope, fired={}))
    return []
