"""What listens while an activation lives? Boundary events, event sub-processes and events behind a gateway.

Errors, escalations, compensation and cancel need no listener: who catches them is found in the diagram when they are
thrown.
"""

from dataclasses import replace
from typing import Literal

from pathways.bpmn.model import (
    ConditionalTrigger,
    FlowNode,
    MessageTrigger,
    SignalTrigger,
    SingleTrigger,
    TimerTrigger,
    parts,
)
from workflows.engine import timers
from workflows.engine.commands import Subscribe, Unsubscribe
from workflows.engine.expressions import required_text
from workflows.engine.run import Run
from workflows.engine.state import Activation, Subscription


def listen(run: Run, at: Activation, node: FlowNode, *, but: int | None = None) -> None:
    """Wait, on behalf of an activation, for what `node` catches; not for its event definition number `but`."""
    for part, trigger in enumerate(parts(node.trigger)):
        if part != but:
            listen_for(run, at, node, trigger, part=part)


def listen_for(run: Run, at: Activation, node: FlowNode, trigger: SingleTrigger, *, part: int = 0) -> None:
    """Wait for one event definition of a node."""
    match trigger:
        case TimerTrigger():
            timers.arm_timer(run, at, node, trigger, part=part)
        case MessageTrigger():
            _subscribe(run, at, node, trigger, part)
        case SignalTrigger():
            _open(run, at, Subscription(run.number("subscription"), at.id, node.id, trigger.name, "", "signal", part))
        case ConditionalTrigger():
            run.hold(Subscription(run.number("subscription"), at.id, node.id, "", "", "condition", part))
            run.conditions_due = True


def _subscribe(run: Run, at: Activation, node: FlowNode, trigger: MessageTrigger, part: int) -> None:
    """Open a message subscription; its correlation key is evaluated now and stays (§8.4.2, docs/decisions/0006)."""
    key = expected_key(run, at, node, trigger)
    _open(run, at, Subscription(run.number("subscription"), at.id, node.id, trigger.name, key, "message", part))


def expected_key(run: Run, at: Activation, node: FlowNode, trigger: MessageTrigger) -> str:
    """Give the key that a message must have: of the case's conversation, else evaluated; empty when there is none."""
    if trigger.correlation_key is not None:
        return required_text(run, at, trigger.correlation_key, f"correlation key of {node.title!r}")
    return run.conversations.get(trigger.conversation or "", "")


def _open(run: Run, at: Activation, subscription: Subscription) -> None:
    run.hold(subscription)
    about = {subscription.event: subscription.name, "key": subscription.correlation_key}
    run.fact("subscribed", at, subscription=subscription.id, node=subscription.node, **about)
    event: Literal["message", "signal"] = "signal" if subscription.event == "signal" else "message"
    run.commands.append(Subscribe(subscription.id, subscription.name, subscription.correlation_key, event))


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
    for subscription in run.subscriptions_of(activation):
        close(run, subscription)


def stop_own_wait(run: Run, at: Activation) -> None:
    """Cancel what an activation itself waits for, before it waits again; its boundary events and rungs stay."""
    for timer in run.timers_of(at.id):
        if timer.rung is None and run.node(timer.node).attached_to is None:
            timers.cancel(run, timer)
    for subscription in run.subscriptions_of(at.id):
        if run.node(subscription.node).attached_to is None:
            close(run, subscription)


def stop_event_sub_processes(run: Run, at: Activation) -> None:
    """Stop the event sub-processes of a scope that one of them has interrupted; its boundary events stay."""
    inner = {
        start.id for sub in run.index.event_sub_processes.get(at.element, ()) for start in run.index.starts[sub.id]
    }
    for timer in run.timers_of(at.id):
        if timer.node in inner:
            timers.cancel(run, timer)
    for subscription in run.subscriptions_of(at.id):
        if subscription.node in inner:
            close(run, subscription)


def is_interrupted(run: Run, at: Activation) -> bool:
    """Say whether an event sub-process runs in a scope that has ended all else in it: its others listen no more."""
    children = (run.definition.nodes[child.element] for child in run.children(at.id))
    return any(_interrupts(run, node) for node in children if node.triggered_by_event)


def _interrupts(run: Run, sub_process: FlowNode) -> bool:
    return any(start.interrupting for start in run.index.starts.get(sub_process.id, ()))


def stop_part(run: Run, at: Activation, node: FlowNode, part: int) -> None:
    """Stop waiting for one event definition of a parallel multiple event: it has occurred."""
    for timer in run.timers_of(at.id):
        if (timer.node, timer.part, timer.rung) == (node.id, part, None):
            timers.cancel(run, timer)
    for subscription in run.subscriptions_of(at.id):
        if (subscription.node, subscription.part) == (node.id, part):
            close(run, subscription)


def bind_conversation(run: Run, conversation: str | None, key: str) -> None:
    """Let the first message of a conversation fix its key for this case and everything that waits for it (§8.4.2)."""
    if not conversation or not key or conversation in run.conversations:
        return
    run.conversations[conversation] = key
    for subscription in list(run.subscriptions.values()):
        trigger = parts(run.node(subscription.node).trigger)[subscription.part]
        if isinstance(trigger, MessageTrigger) and trigger.conversation == conversation:
            _bind(run, replace(subscription, correlation_key=subscription.correlation_key or key))


def _bind(run: Run, subscription: Subscription) -> None:
    run.subscriptions[subscription.id] = subscription
    about = {"message": subscription.name, "key": subscription.correlation_key, "node": subscription.node}
    run.fact("subscribed", run.activations[subscription.activation], subscription=subscription.id, **about)
    run.commands.append(Subscribe(subscription.id, subscription.name, subscription.correlation_key))


def close(run: Run, subscription: Subscription) -> None:
    """End a wait for a message, signal or condition."""
    run.release(subscription)
    if subscription.event == "condition":
        return
    run.fact("unsubscribed", run.activations.get(subscription.activation), subscription=subscription.id)
    run.commands.append(Unsubscribe(subscription.id))
