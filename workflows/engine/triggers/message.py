"""What happens when a message arrives, or is thrown? One delivery per case, kept for its time when nobody waits.

A message id is taken once for good. The innermost open subscription with the message's name and correlation key
gets it, the oldest first; without one the message is buffered until it expires (bpmn.md, messages).
"""

from datetime import datetime

from pathways.bpmn.model import MessageTrigger
from pathways.calendar import working_add
from workflows.engine import work
from workflows.engine.commands import SendMessage
from workflows.engine.errors import EventRejected
from workflows.engine.events import MessageArrived
from workflows.engine.expressions import required_text
from workflows.engine.occurring import occur
from workflows.engine.run import Run, Values
from workflows.engine.state import Activation, BufferedMessage, Subscription


def arrive(run: Run, event: MessageArrived) -> None:
    """Take a message: ignore a second one with the same id, deliver it, or keep it."""
    about = {"message": event.name, "key": event.correlation_key, "message_id": event.message_id}
    if event.message_id in run.message_ids:
        run.fact("message_ignored", None, reason="duplicate", **about)
        return
    run.message_ids.append(event.message_id)
    subscription = _subscription(run, event.name, event.correlation_key)
    if subscription is not None:
        _deliver(run, subscription, event.message_id, event.variables, actor=event.actor)
        return
    expires_at = _expiry(run, event.ttl)
    run.buffered.append(
        BufferedMessage(event.name, event.correlation_key, event.message_id, event.variables, expires_at)
    )
    run.fact("message_buffered", None, expires_at=expires_at.isoformat(), actor=event.actor, **about)


def _expiry(run: Run, ttl: str) -> datetime:
    try:
        return working_add(run.now, ttl, None)
    except (ValueError, OverflowError) as error:
        raise EventRejected("invalid", f"the time to live of a message is an ISO 8601 duration: {error}") from error


def deliver_buffered(run: Run) -> bool:
    """Give one kept message to a subscription that has opened; drop the expired. Say whether one was delivered."""
    for message in list(run.buffered):
        about = {"message": message.name, "key": message.correlation_key, "message_id": message.message_id}
        if message.expires_at <= run.now:
            run.buffered.remove(message)
            run.fact("message_expired", None, **about)
            continue
        subscription = _subscription(run, message.name, message.correlation_key)
        if subscription is not None:
            run.buffered.remove(message)
            _deliver(run, subscription, message.message_id, message.variables, actor="")
            return True
    return False


def send(run: Run, at: Activation) -> bool:
    """Throw the message of an event or task; False when a worker does the sending and the token waits for it."""
    node = run.node(at.element)
    if node.work is not None:
        work.request(run, at, node.work)
        return False
    assert isinstance(node.trigger, MessageTrigger)
    key = required_text(run, at, node.trigger.correlation_key or "null", f"correlation key of {node.title!r}")
    message_id = f"{run.case_id}:{at.id}"
    run.fact("message_sent", at, message=node.trigger.name, key=key, message_id=message_id)
    run.commands.append(SendMessage(message_id, node.trigger.name, key, dict(at.variables)))
    return True


def _subscription(run: Run, name: str, key: str) -> Subscription | None:
    open_ones = [s for s in run.subscriptions.values() if s.name == name and s.correlation_key == key]
    return max(open_ones, key=lambda s: sum(1 for _ in run.scopes(s.activation)), default=None)


def _deliver(run: Run, subscription: Subscription, message_id: str, variables: Values, *, actor: str) -> None:
    at = run.activations[subscription.activation]
    run.fact(
        "message_received",
        at,
        message=subscription.name,
        key=subscription.correlation_key,
        message_id=message_id,
        node=subscription.node,
        actor=actor,
    )
    occur(run, at, run.node(subscription.node), variables)
