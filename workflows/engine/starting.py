"""Where does a case begin? At a start event, or at a receive task or event-based gateway that starts cases (§13.2).

What started the case is named by the event; without a name the none start events begin, else everything that nothing
leads to. A process that begins with one event alone may also be called: the call then stands for that event.
"""

from pathways.bpmn.model import FlowNode, MessageTrigger, MultipleTrigger, parts
from workflows.engine import catching, lifecycle
from workflows.engine.events import Started
from workflows.engine.occurring import occur
from workflows.engine.run import Arrival, Run
from workflows.engine.state import Activation
from workflows.engine.triggers import message


def chosen(run: Run, event: Started) -> list[FlowNode]:
    """Give the nodes at which the case begins; none when the process cannot begin this way."""
    starts = run.index.starts.get(run.process, ())
    if event.start_event is not None:
        named = run.definition.nodes.get(event.start_event)
        return [named] if named and named.scope == run.process else []
    if event.message is not None:
        return [node for node in _entries(run, starts) if _has_message(node, event.message)][:1]
    plain = [node for node in starts if not parts(node.trigger)]
    return plain or (list(starts) if len(starts) == 1 else [])


def _entries(run: Run, starts: tuple[FlowNode, ...]) -> list[FlowNode]:
    """Give what a message may start: start events, receive tasks, and the events behind a gateway that starts cases."""
    gateways = [node for node in starts if node.type == "eventBasedGateway" and node.instantiate]
    behind = [run.node(run.flow(flow).target) for gateway in gateways for flow in gateway.outgoing]
    return [*(node for node in run.definition.nodes.values() if _starts(run, node)), *behind]


def _starts(run: Run, node: FlowNode) -> bool:
    return node.scope == run.process and (node.type == "startEvent" or (node.instantiate and not node.incoming))


def _has_message(node: FlowNode, name: str) -> bool:
    return any(isinstance(part, MessageTrigger) and part.name == name for part in parts(node.trigger))


def start_at(run: Run, root: Activation, node: FlowNode, event: Started) -> None:
    """Let the case begin at this node; what the event brought is in the variables of the process already."""
    for part in parts(node.trigger):
        if isinstance(part, MessageTrigger):
            message.start_conversation(run, part, event.variables)
    gateway = _gateway_before(run, node)
    if gateway is not None:
        at = lifecycle.activate(run, gateway, root.id)
        occur(run, at, node, {}, part=event.part)
    elif isinstance(node.trigger, MultipleTrigger) and node.trigger.parallel:
        _wait_for_the_rest(run, root, node, event.part)
    else:
        run.agenda.append(Arrival(node, root.id, fired={}))


def _gateway_before(run: Run, node: FlowNode) -> FlowNode | None:
    before = [run.node(run.flow(flow).source) for flow in node.incoming]
    return next((gateway for gateway in before if gateway.instantiate), None)


def _wait_for_the_rest(run: Run, root: Activation, node: FlowNode, part: int) -> None:
    """Keep a parallel multiple start event open until its other events have occurred too (§10.5.2)."""
    at = lifecycle.create(run, node, root.id)
    at = run.change(at, stage="active", arrived=(f"{node.id}:{part}",))
    catching.listen(run, at, node, but=part)
    lifecycle.record_wait(run, at, "event")
