"""What does an activity do? (BPMN 2.0.2 §10.3)."""

from dataclasses import replace

from pathways.bpmn.model import FlowNode, MultiInstance
from pathways.bpmn.reading.attributes import check_attributes, flag
from pathways.bpmn.reading.events import message_trigger
from pathways.bpmn.reading.extensions import (
    Extensions,
    call_spec,
    read_extensions,
    script_spec,
    user_spec,
    work_spec,
)
from pathways.bpmn.reading.source import Source, literal
from pathways.bpmn.reading.xml import Element, bpmn_children, text_of


def read_plain_task(_element: Element, base: FlowNode, _extensions: Extensions, _source: Source) -> FlowNode:
    """An undefined or manual task: passes through."""
    return base


def read_user_task(_element: Element, base: FlowNode, extensions: Extensions, source: Source) -> FlowNode:
    """A user task; nobody named means the role of its lane."""
    user = user_spec(extensions, source)
    lane = source.lanes.get(base.id)
    if lane and not (user.assignee or user.candidate_groups or user.candidate_users):
        user = replace(user, candidate_groups=literal(lane.role))
    return replace(base, user=user)


def read_service_task(element: Element, base: FlowNode, extensions: Extensions, source: Source) -> FlowNode:
    """A service or business rule task: work for a worker."""
    work = work_spec(extensions, source)
    if work is None:
        message = "Nobody would do this task: it has no zeebe:taskDefinition."
        source.error("task-type", element, message, "Name the type of work.")
    return replace(base, work=work)


def read_send_task(element: Element, base: FlowNode, extensions: Extensions, source: Source) -> FlowNode:
    """A send task: hands its message to a worker, or throws the message that it refers to."""
    work = work_spec(extensions, source)
    refers = element.get("messageRef") is not None
    if work is None and not refers:
        source.error("task-type", element, "What is sent? Neither a task type nor a message is named.", "Name one.")
    return replace(base, work=work, trigger=message_trigger(element, source) if refers else None)


def read_receive_task(element: Element, base: FlowNode, _extensions: Extensions, source: Source) -> FlowNode:
    """A receive task: waits for its message."""
    if element.get("instantiate", "false") in ("true", "1"):
        source.incomplete = True
    return replace(base, trigger=message_trigger(element, source))


def read_script_task(element: Element, base: FlowNode, extensions: Extensions, source: Source) -> FlowNode:
    """A script task: a FEEL expression (zeebe:script)."""
    script = script_spec(extensions, source)
    if script is None or bpmn_children(element, "script"):
        message = "A script task runs FEEL in zeebe:script, and no other script."
        source.error("script-missing", element, message, "Write a FEEL expression, or draw a service task.")
    return replace(base, script=script)


def read_call_activity(element: Element, base: FlowNode, extensions: Extensions, source: Source) -> FlowNode:
    """A call activity: another process runs as a part of this one."""
    return replace(base, call=call_spec(element, extensions, source))


def read_sub_process(element: Element, base: FlowNode, _extensions: Extensions, source: Source) -> FlowNode:
    """An embedded or event sub-process; its content is read by `scopes`."""
    return replace(base, triggered_by_event=flag(element, "triggeredByEvent", source, default=False))


def read_loop(element: Element, source: Source) -> MultiInstance | None:
    """The multi-instance characteristics of an activity (§10.3.8)."""
    found = bpmn_children(element, "multiInstanceLoopCharacteristics")
    if not found:
        return None
    check_attributes(found[0], source)
    zeebe = read_extensions(found[0], "multiInstanceLoopCharacteristics", source).get("loopCharacteristics")
    if zeebe is None:
        message = "Which items does this multi-instance activity run for?"
        source.error("loop-collection", found[0], message, "Set the input collection (zeebe:loopCharacteristics).")
        return None
    _refuse_other_parts(found[0], source)
    return _multi_instance(found[0], zeebe, source)


_LOOP_PARTS = (
    "loopCardinality",
    "loopDataInputRef",
    "loopDataOutputRef",
    "inputDataItem",
    "outputDataItem",
    "complexBehaviorDefinition",
)


def _refuse_other_parts(loop: Element, source: Source) -> None:
    for part in _LOOP_PARTS:
        for element in bpmn_children(loop, part):
            message = f"{part} of a multi-instance activity is not executed by this build."
            source.error("unsupported-element", element, message, "Use zeebe:loopCharacteristics inputCollection.")


def _multi_instance(loop: Element, zeebe: Element, source: Source) -> MultiInstance:
    collection = source.feel(zeebe, zeebe.get("inputCollection"), what="inputCollection")
    if collection is None:
        source.error("loop-collection", zeebe, "zeebe:loopCharacteristics has no inputCollection.", "Name the list.")
    conditions = [condition for condition in bpmn_children(loop, "completionCondition") if text_of(condition)]
    return MultiInstance(
        sequential=flag(loop, "isSequential", source, default=False),
        input_collection=collection or "null",
        input_element=zeebe.get("inputElement") or None,
        output_collection=zeebe.get("outputCollection") or None,
        output_element=source.feel(zeebe, zeebe.get("outputElement"), what="outputElement"),
        completion_condition=(
            source.expression(conditions[0], text_of(conditions[0]), what="completionCondition") if conditions else None
        ),
    )
