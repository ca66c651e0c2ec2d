"""What listens while an activation lives? Boundary events, event sub-processes and events behind a gateway.

Errors and escalations need no listener: who catches them is found in the diagram when they are thrown.
"""

from pathways.bpmn.model import FlowNode, MessageTrigger, TimerTrigger
from workflows.engine import timers
from workflows.engine.commands import Subscribe, Unsubscribe
from workflows.engine.expressions import required_text
from workflows.engine.run import Run
from workflows.engine.state import Activation, Subscription


def listen(run: Run, at: Activation, node: FlowNode) -> None:
    """Wait, on behalf of an activation, for the event that `node` catches."""
    if isinstance(node.trigger, TimerTrigger):
        timers.arm_timer(run, at, node, node.trigger)
    elif isinstance(node.trigger, MessageTrigger):
        subscribe(run, at, node, node.trigger)


def subscribe(run: Run, at: Activation, node: FlowNode, trigger: MessageTrigger) -> None:
    """Open a message subscription; its correlation key is evaluated now and stays (§8.4.2, bpmn.md)."""
    key = required_text(run, at, trigger.correlation_key or "null", f"correlation key of {node.title!r}")
    subscription = Subscription(run.number("subscription"), at.id, node.id, trigger.name, key)
    run.subscriptions[subscription.id] = subscription
    run.fact("subscribed", at, subscription=subscription.id, message=trigger.name, key=key, node=node.id)
    run.commands.append(Subscribe(subscription.id, trigger.name, key))


def listen_at_boundary(run: Run, at: Activation, node: FlowNode) -> None:
    """Arm the boundary events of an activity that begins."""
    for boundary in run.index.boundary_events.get(node.id, ()):
        listen(run, at, boundary)


def listen_for_event_sub_processes(run: Run, at: Activation) -> None:
    """Arm the start events of the event sub-processes of a scope that opens."""
    for sub_process in run.index.event_sub_processes.get(at.element, ()):
        for start in run.index.starts.get(sub_process.id, ()):
            listen(run, at, start)


def stop_listening(run: Run, activation: str) -> None:
    """Cancel every timer and subscription held on behalf of an activation."""
    timers.cancel_timers(run, activation)
    for subscription in [s for s in run.subscriptions.values() if s.activation == activation]:
        _close(run, subscription)


def stop_own_wait(run: Run, at: Activation) -> None:
    """Cancel what an activation itself waits for, before it waits again; its boundary events and rungs stay."""
    for timer in [t for t in run.timers.values() if t.activation == at.id and t.rung is None]:
        if run.node(timer.node).attached_to is None:
            timers.cancel(run, timer)
    for subscription in [s for s in run.subscriptions.values() if s.activation == at.id]:
        if run.node(subscription.node).attached_to is None:
            _close(run, subscription)


def stop_event_sub_processes(run: Run, at: Activation) -> None:
    """Stop the event sub-processes of a scope that one of them has interrupted; its boundary events stay."""
    inner = {
        start.id for sub in run.index.event_sub_processes.get(at.element, ()) for start in run.index.starts[sub.id]
    }
    for timer in [t for t in run.timers.values() if t.activation == at.id and t.node in inner]:
        timers.cancel(run, timer)
    for subscription in [s for s in run.subscriptions.values() if s.activation == at.id and s.node in inner]:
        _close(run, subscription)


def _close(run: Run, subscription: Subscription) -> None:
    del run.subscriptions[subscription.id]
    run.fact("unsubscribed", run.activations.get(subscription.activation), subscription=subscription.id)
    run.commands.append(Unsubscribe(subscription.id))
