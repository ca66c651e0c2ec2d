"""What happens when a message arrives, or is thrown? One delivery per case, kept for its time when nobody waits.

A message id is taken once for good: the case keeps a short digest of it. The innermost open subscription with the
message's name and correlation key gets it, the oldest first; without one the message is buffered until it expires
(docs/decisions/0006).
"""

import base64
import hashlib
from datetime import datetime

from pathways.bpmn.model import Definition, MessageTrigger, parts
from pathways.calendar import working_add
from pathways.feel import compile_expression, to_json
from workflows.engine import catching, work
from workflows.engine.commands import SendMessage
from workflows.engine.errors import EventRejected
from workflows.engine.events import MessageArrived
from workflows.engine.given_up import MessageGivenUp
from workflows.engine.occurring import occur
from workflows.engine.run import Run, Values, thaw
from workflows.engine.state import Activation, BufferedMessage, State, Subscription

_DIGEST_BYTES = 8
"""Of a message id: a case that takes ten messages a day for ten years keeps half a megabyte, and two of its ids are
taken for one another once in 10¹⁰ such cases."""


def arrive(run: Run, event: MessageArrived) -> None:
    """Take a message: ignore a second one with the same id, deliver it, or keep it."""
    about = {"message": event.name, "key": event.correlation_key, "message_id": event.message_id}
    known = known_as(event.message_id)
    if known in run.message_ids:
        run.fact("message_ignored", None, reason="duplicate", **about)
        return
    run.message_ids.append(known)
    expires_at = event.expires_at or _expiry(run, event.ttl)
    message = BufferedMessage(event.name, event.correlation_key, event.message_id, event.variables, expires_at)
    subscription = _subscription(run, message)
    if subscription is not None:
        _deliver(run, subscription, message, actor=event.actor)
        return
    run.buffered.append(message)
    run.fact("message_buffered", None, expires_at=expires_at.isoformat(), actor=event.actor, **about)


def give_up(run: Run, event: MessageGivenUp) -> None:
    """Keep a message no longer; one that is not kept (any more) changes nothing."""
    for message in [each for each in run.buffered if each.message_id == event.message_id]:
        run.buffered.remove(message)
        about = {"message": message.name, "key": message.correlation_key, "message_id": message.message_id}
        run.fact("message_given_up", None, reason=event.reason, actor=event.actor, **about)


def known_as(message_id: str) -> str:
    """Give what a case keeps for good of the id of a message or signal that it has taken."""
    taken = hashlib.blake2b(message_id.encode(), digest_size=_DIGEST_BYTES).digest()
    return base64.b64encode(taken).decode().rstrip("=")


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
        subscription = _subscription(run, message)
        if subscription is not None:
            run.buffered.remove(message)
            _deliver(run, subscription, message, actor="")
            return True
    return False


def send(run: Run, at: Activation) -> bool:
    """Throw the message of an event or task; False when a worker does the sending and the token waits for it."""
    node = run.node(at.element)
    if node.work is not None:
        work.request(run, at, node.work)
        return False
    trigger = next(part for part in parts(node.trigger) if isinstance(part, MessageTrigger))
    key = _key_of_payload(run, trigger, run.visible(at.id)) or catching.expected_key(run, at, node, trigger)
    catching.bind_conversation(run, trigger.conversation, key)
    message_id = f"{run.case_id}:{at.id}"
    run.fact("message_sent", at, message=trigger.name, key=key, message_id=message_id)
    run.commands.append(SendMessage(message_id, trigger.name, key, dict(at.variables)))
    return True


def start_conversation(run: Run, trigger: MessageTrigger, variables: Values) -> None:
    """Fix the key of a case that this message starts."""
    catching.bind_conversation(run, trigger.conversation, _key_of_payload(run, trigger, variables))


def brings_key(definition: Definition, subscription: Subscription, message: MessageArrived) -> bool:
    """Say whether the message's own variables hold the key that this subscription compares (§8.4.2)."""
    trigger = parts(definition.nodes[subscription.node].trigger)[subscription.part]
    return isinstance(trigger, MessageTrigger) and key_in(trigger, message.variables, message.occurred_at) != ""


def _key_of_payload(run: Run, trigger: MessageTrigger, variables: Values) -> str:
    return key_in(trigger, variables, run.now)


def key_in(trigger: MessageTrigger, variables: Values, now: datetime) -> str:
    """Read the correlation key out of a message's own variables; empty when the message has none (§8.4.2)."""
    if trigger.payload_key is None:
        return ""
    value = to_json(compile_expression(trigger.payload_key).evaluate(variables, now=now).value)
    return str(value) if isinstance(value, str | int | float) and not isinstance(value, bool) else ""


def _subscription(run: Run, message: BufferedMessage) -> Subscription | None:
    open_ones = [s for s in run.subscriptions.values() if _matches(run, s, message)]
    return max(open_ones, key=lambda s: sum(1 for _ in run.scopes(s.activation)), default=None)


def waits_for(definition: Definition, state: State, message: MessageArrived) -> Subscription | None:
    """Give the subscription of a case that would take this message; how hosts route messages to cases."""
    run = thaw(definition, state, {}, message.occurred_at)
    about = BufferedMessage(
        message.name, message.correlation_key, message.message_id, message.variables, message.occurred_at
    )
    return _subscription(run, about)


def _matches(run: Run, subscription: Subscription, message: BufferedMessage) -> bool:
    """Say whether name and key fit; a subscription without a key takes any message of its name."""
    if subscription.event != "message" or subscription.name != message.name:
        return False
    if subscription.correlation_key in ("", message.correlation_key):
        return True
    return subscription.correlation_key == _key_of_payload(run, _trigger(run, subscription), message.variables)


def _trigger(run: Run, subscription: Subscription) -> MessageTrigger:
    trigger = parts(run.node(subscription.node).trigger)[subscription.part]
    assert isinstance(trigger, MessageTrigger)
    return trigger


def _deliver(run: Run, subscription: Subscription, message: BufferedMessage, *, actor: str) -> None:
    at = run.activations[subscription.activation]
    trigger = _trigger(run, subscription)
    key = _key_of_payload(run, trigger, message.variables) or message.correlation_key
    catching.bind_conversation(run, trigger.conversation, key)
    run.fact(
        "message_received",
        at,
        message=subscription.name,
        key=subscription.correlation_key,
        message_id=message.message_id,
        node=subscription.node,
        actor=actor,
    )
    occur(run, at, run.node(subscription.node), message.variables, part=subscription.part)
