"""How many times does a multi-instance activity run? Once per item, or `loopCardinality` times (§10.3.8, §13.3.6).

One activation holds the instances and the items; each instance is an activation of the same element inside it, with
`loopCounter` and the item in its own scope. Boundary events belong to the holder.
"""

import re
from typing import Any, Literal

from pathways.bpmn.model import FlowNode, Loop, MultiInstance, StandardLoop
from pathways.feel import to_json
from workflows.engine import standard_loop
from workflows.engine.expressions import Stopped, copies_all, decides, evaluate, stopped_by, value_of
from workflows.engine.run import Run
from workflows.engine.state import Activation

MOST_INSTANCES = 10_000
"""A cardinality above this is taken for a mistake."""
_VARIABLE = re.compile(r"([^\W\d]\w*)(\.\w+)*")
"""An output element that names a variable or something in it."""


def is_instance(at: Activation) -> bool:
    """Say whether this activation is one instance inside the holder of a multi-instance or looping activity."""
    return at.instance is not None


def open_holder(run: Run, at: Activation, loop: MultiInstance) -> Activation:
    """Evaluate the input collection or the cardinality, once, and keep the items on the holder."""
    items = _items(run, at, loop)
    at = run.change(at, items=tuple(items))
    return run.set_local(at, {loop.output_collection: [None] * len(items)}) if loop.output_collection else at


def _items(run: Run, at: Activation, loop: MultiInstance) -> list[Any]:
    if loop.cardinality is not None:
        given = evaluate(run, at.id, loop.cardinality)
        count = to_json(given.value)
        if isinstance(count, int) and not isinstance(count, bool) and 0 <= count <= MOST_INSTANCES:
            return list(range(1, count + 1))
        needed = f"a whole number from 0 to {MOST_INSTANCES} is needed"
        raise stopped_by("loopCardinality", loop.cardinality, given, needed)
    collection = loop.input_collection or "null"
    copied = {copy.target: value_of(run, at.id, copy.source) for copy in run.node(at.element).data_inputs}
    result = evaluate(run, at.id, collection, copied)
    items = to_json(result.value)
    if isinstance(items, list):
        return items
    raise stopped_by("input collection", collection, result, "a list is needed")


def locals_of(node: FlowNode, holder: Activation, counter: int) -> dict[str, Any]:
    """Give the variables that instance number `counter` (from 1) starts with.

    What a sub-process collects is its own from the start, so that one instance does not write over another's.
    """
    loop, item = node.loop, {"loopCounter": counter}
    if not isinstance(loop, MultiInstance):
        return item
    if loop.input_element and holder.items:
        item = {loop.input_element: holder.items[counter - 1], **item}
    own = _collected_variable(loop) if node.is_scope else None
    return {own: None, **item} if own and own not in {mapping.target for mapping in node.inputs} else item


def _collected_variable(loop: MultiInstance) -> str | None:
    """The variable that is collected, or of which a part is."""
    named = _VARIABLE.fullmatch(loop.output_element or "") if loop.output_collection else None
    return named[1] if named else None


def collects(loop: Loop) -> bool:
    """Say whether results are collected, so that an instance keeps its own result to itself."""
    return isinstance(loop, MultiInstance) and loop.output_collection is not None


def keeps(node: FlowNode, at: Activation, name: str) -> bool:
    """Say whether an output mapping of an instance fills what is collected from it, which does not leave it."""
    return is_instance(at) and isinstance(node.loop, MultiInstance) and name == _collected_variable(node.loop)


def goes_on(run: Run, at: Activation, loop: Loop) -> Literal["next", "wait", "done"]:
    """Say what follows when the instance `at` has completed: another one, the others, or the end of them all."""
    if isinstance(loop, StandardLoop):
        return "next" if standard_loop.again(run, at, loop) else "done"
    _collect(run, at, loop)
    if _is_complete(run, at, loop):
        return "done"
    return "next" if loop.sequential else "wait"


def _collect(run: Run, at: Activation, loop: MultiInstance) -> None:
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


def _is_complete(run: Run, at: Activation, loop: MultiInstance) -> bool:
    """Say whether the activity is done when the instance `at` has completed: all have, or its condition holds."""
    holder = run.activations[at.scope]
    total, active = len(holder.items or ()), len(run.inside[holder.id]) - 1
    completed = (at.instance or 1) if loop.sequential else total - active
    if completed >= total or loop.completion_condition is None:
        return completed >= total
    counts = {
        "numberOfInstances": total,
        "numberOfActiveInstances": active,
        "numberOfCompletedInstances": completed,
        "numberOfTerminatedInstances": 0,
    }
    return decides(run, at, loop.completion_condition, "completion condition", counts)


def result_of(node: FlowNode, holder: Activation) -> dict[str, Any]:
    """Give what the holder writes outward when all is done: its output collection, and where associations copy it."""
    name = node.loop.output_collection if isinstance(node.loop, MultiInstance) else None
    if not name:
        return {}
    collected = holder.variables[name]
    return {name: collected, **{copy.target: collected for copy in node.data_outputs if copies_all(node, copy)}}
