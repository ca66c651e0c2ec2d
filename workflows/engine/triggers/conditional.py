"""When does a conditional event occur? Whenever its condition becomes true (BPMN 2.0.2 §10.5.5).

A condition that is true already when its scope opens occurs at once; afterwards it must become false before it can
occur again. A condition that is neither true nor false (nothing known yet) has not occurred.
"""

from dataclasses import replace

from pathways.bpmn.model import ConditionalTrigger, parts
from pathways.feel import to_json
from workflows.engine.expressions import evaluate
from workflows.engine.occurring import occur, urgency
from workflows.engine.run import Run
from workflows.engine.state import Subscription


def check(run: Run) -> None:
    """Read every awaited condition again; those that became true occur, interrupting ones of outer scopes first."""
    run.conditions_due = False
    awaited = [s for s in run.subscriptions.values() if s.event == "condition"]
    for subscription in sorted(awaited, key=lambda s: urgency(run, run.node(s.node), s.activation)):
        if subscription.id in run.subscriptions:
            _read(run, run.subscriptions[subscription.id])


def _read(run: Run, subscription: Subscription) -> None:
    node = run.node(subscription.node)
    trigger = parts(node.trigger)[subscription.part]
    assert isinstance(trigger, ConditionalTrigger)
    result = evaluate(run, subscription.activation, trigger.condition)
    holds = result.value is True
    if holds == subscription.met:
        return
    run.subscriptions[subscription.id] = replace(subscription, met=holds)
    if holds:
        at = run.activations[subscription.activation]
        read = {name: to_json(value) for name, value in result.reads}
        run.fact("condition_met", at, condition=trigger.condition, node=node.id, read=read)
        occur(run, at, node, {}, part=subscription.part)
