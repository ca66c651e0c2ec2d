"""Where does a case begin? At a start event, or at a receive task or event-based gateway that starts cases (§13.2).

What started the case is named by the event; without a name the none start events begin, else everything that nothing
leads to. A process that begins with one event alone may also be called: the call then stands for that event.
"""

from collections.abc import Iterator
from datetime import datetime

from pathways.bpmn.model import (
    Definition,
    FlowNode,
    MessageTrigger,
    MultipleTrigger,
    SingleTrigger,
    TimerTrigger,
    parts,
)
from workflows.engine import catching, lifecycle, listeners, timers
from workflows.engine.errors import EventRejected
from workflows.engine.events import Started
from workflows.engine.expressions import Stopped
from workflows.engine.index import index_of
from workflows.engine.occurring import occur
from workflows.engine.run import Arrival, Run, Values
from workflows.engine.state import Activation, Listening
from workflows.engine.triggers import message


def begin(run: Run, root: Activation, event: Started) -> None:
    """Begin the process, when those have answered who listen for its start."""
    if not chosen(run, event) and run.index.starts.get(run.process):
        raise EventRejected("invalid", f"process {run.process!r} has no start event for this way of starting")
    if not listeners.begin(run, root, Listening("start", started=event)):
        open_process(run, root, event)


def open_process(run: Run, root: Activation, event: Started) -> None:
    """Give the token to the named start event, the one for the message, or the none start event (§13.2)."""
    listen_for_event_sub_processes(run)
    run.dirty_scopes[root.id] = None
    for node in chosen(run, event):
        start_at(run, root, node, event)


def listen_for_event_sub_processes(run: Run) -> None:
    """Let the event sub-processes of the process listen; one that cannot is an incident, and its case goes on."""
    root = run.activations[run.root]
    catching.stop_own_wait(run, root)
    try:
        catching.listen_for_event_sub_processes(run, root)
        run.change(root, stage="active")
    except Stopped as stop:
        lifecycle.raise_incident(run, run.root, stop)


def chosen(run: Run, event: Started) -> list[FlowNode]:
    """Give the nodes at which the case begins; none when the process cannot begin this way."""
    starts = run.index.starts.get(run.process, ())
    if event.start_event is not None:
        named = run.definition.nodes.get(event.start_event)
        return [named] if named and named.scope == run.process else []
    if event.message is not None:
        found = entries(run.definition, run.process)
        return [node for node, _, trigger in found if _is_message(trigger, event.message)][:1]
    return plain_starts(run.definition, run.process) or (list(starts) if len(starts) == 1 else [])


def plain_starts(definition: Definition, process: str) -> list[FlowNode]:
    """Give where a process begins when it is simply started: its none start events, else what nothing leads to."""
    starts = index_of(definition).starts.get(process, ())
    return [node for node in starts if not node.instantiate and not (node.type == "startEvent" and node.trigger)]


def entries(definition: Definition, process: str) -> Iterator[tuple[FlowNode, int, SingleTrigger]]:
    """Give every event definition that may start a case of this process: node, number of the definition, trigger."""
    for node in _entry_nodes(definition, process):
        for part, trigger in enumerate(parts(node.trigger)):
            yield node, part, trigger


def _entry_nodes(definition: Definition, process: str) -> Iterator[FlowNode]:
    """Start events, receive tasks, and the events behind a gateway that starts cases."""
    for node in index_of(definition).starts.get(process, ()):
        if node.instantiate and node.type == "eventBasedGateway":
            yield from (definition.nodes[definition.flows[flow].target] for flow in node.outgoing)
        elif node.instantiate or node.type == "startEvent":
            yield node
    for node in definition.nodes.values():
        mixed = node.scope == process and node.instantiate and not node.incoming
        if mixed and node not in index_of(definition).starts.get(process, ()):
            yield node


def first_due(
    definition: Definition, node: FlowNode, trigger: TimerTrigger, *, now: datetime, variables: Values
) -> timers.Plan:
    """Give when a timer start event starts its first case, the interval of its cycle, and how many starts follow.

    Raises:
        EventRejected: the timer gives no time.
    """
    run = Run(definition, {}, now, "", node.scope, called=False, semantics=0, seq=0)
    root = run.add(Activation(run.number(node.scope), node.scope, "", now, variables=dict(variables)))
    try:
        return timers.schedule(run, root, node, trigger)
    except Stopped as stop:
        raise EventRejected("invalid", stop.reason) from stop


def _is_message(trigger: SingleTrigger, name: str) -> bool:
    return isinstance(trigger, MessageTrigger) and trigger.name == name


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
    try:
        catching.listen(run, at, node, but=part)
    except Stopped as stop:
        lifecycle.raise_incident(run, run.root, stop)
    lifecycle.record_wait(run, at, "event")
