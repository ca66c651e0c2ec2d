"""How many times does a multi-instance activity run? Once per item of its input collection (§10.3.8, §13.3.6).

One activation holds the instances and the items; each instance is an activation of the same element inside it, with
`loopCounter` and the item in its own scope. Boundary events belong to the holder.
"""

from typing import Any

from pathways.bpmn.model import FlowNode, MultiInstance
from pathways.feel import to_json
from workflows.engine.expressions import Stopped, evaluate, value_of
from workflows.engine.run import Run
from workflows.engine.state import Activation


def is_instance(run: Run, at: Activation) -> bool:
    """Say whether this activation is one instance inside a multi-instance holder."""
    holder = run.activations.get(at.scope)
    return holder is not None and holder.element == at.element


def open_holder(run: Run, at: Activation, loop: MultiInstance) -> Activation:
    """Evaluate the input collection, once, and keep it on the holder."""
    result = evaluate(run, at.id, loop.input_collection)
    items = to_json(result.value)
    if not isinstance(items, list):
        reason = f"input collection `{loop.input_collection}` gave {items!r}, a list is needed"
        raise Stopped("expression", "; ".join((reason, *result.warnings)))
    at = run.change(at, items=tuple(items))
    return run.set_local(at, {loop.output_collection: [None] * len(items)}) if loop.output_collection else at


def locals_of(loop: MultiInstance, holder: Activation, counter: int) -> dict[str, Any]:
    """Give the variables that instance number `counter` (from 1) starts with."""
    item = {loop.input_element: holder.items[counter - 1]} if loop.input_element and holder.items else {}
    return {**item, "loopCounter": counter}


def collect(run: Run, at: Activation, loop: MultiInstance) -> None:
    """Put the output element of an instance that completes at its place in the output collection."""
    if not (loop.output_collection and loop.output_element):
        return
    holder = run.activations[at.scope]
    collected, place = holder.variables[loop.output_collection], (at.instance or 1) - 1
    if not isinstance(collected, list) or len(collected) <= place:
        reason = f"output collection {loop.output_collection!r} was overwritten and has no place {place + 1}"
        raise Stopped("expression", reason)
    element = value_of(run, at.id, loop.output_element)
    run.set_local(holder, {loop.output_collection: [*collected[:place], element, *collected[place + 1 :]]})


def is_complete(run: Run, at: Activation, loop: MultiInstance) -> bool:
    """Say whether the activity is done when the instance `at` has completed: all have, or its condition holds."""
    holder = run.activations[at.scope]
    total, active = len(holder.items or ()), len(run.children(holder.id)) - 1
    completed = (at.instance or 1) if loop.sequential else total - active
    return completed >= total or _holds_early(run, holder, loop, total, active, completed)


def _holds_early(run: Run, holder: Activation, loop: MultiInstance, total: int, active: int, completed: int) -> bool:
    if loop.completion_condition is None:
        return False
    counts = {
        "numberOfInstances": total,
        "numberOfActiveInstances": active,
        "numberOfCompletedInstances": completed,
        "numberOfTerminatedInstances": 0,
    }
    value = value_of(run, holder.id, loop.completion_condition, counts)
    if not isinstance(value, bool):
        reason = f"completion condition `{loop.completion_condition}` gave {value!r}, not true or false"
        raise Stopped("expression", reason)
    return value


def result_of(node: FlowNode, holder: Activation) -> dict[str, Any]:
    """Give what the holder writes outward when all is done: its output collection."""
    name = node.loop.output_collection if node.loop else None
    return {name: holder.variables[name]} if name else {}
