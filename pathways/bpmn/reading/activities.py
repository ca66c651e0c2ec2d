"""What does an activity do? (BPMN 2.0.2 §10.3)."""

from dataclasses import replace

from pathways.bpmn.model import AdHoc, FlowNode, ScriptSpec, WorkSpec
from pathways.bpmn.reading.attributes import choice, flag
from pathways.bpmn.reading.events import message_trigger
from pathways.bpmn.reading.extensions import (
    Extensions,
    call_spec,
    decision_spec,
    script_spec,
    user_spec,
    work_spec,
)
from pathways.bpmn.reading.owners import owners_of, tell_unread_owners
from pathways.bpmn.reading.source import Source, literal
from pathways.bpmn.reading.xml import Element, bpmn_children, text_of


def read_plain_task(_element: Element, base: FlowNode, _extensions: Extensions, _source: Source) -> FlowNode:
    """An undefined or manual task: passes through."""
    return base


def read_user_task(element: Element, base: FlowNode, extensions: Extensions, source: Source) -> FlowNode:
    """A user task; nobody named means its potential owners, else the role of its lane."""
    user = user_spec(extensions, source)
    if user.assignee or user.candidate_groups or user.candidate_users:
        tell_unread_owners(element, source, asked=True)
    else:
        user = owners_of(element, user, source)
    lane = source.lanes.get(base.id)
    if lane and not (user.assignee or user.candidate_groups or user.candidate_users):
        user = replace(user, candidate_groups=literal(lane.role))
    return replace(base, user=user)


def read_service_task(element: Element, base: FlowNode, extensions: Extensions, source: Source) -> FlowNode:
    """A service task: work for a worker."""
    return replace(base, work=work_spec(extensions, source) or _unnamed_work(element, base, source))


def _unnamed_work(element: Element, base: FlowNode, source: Source) -> WorkSpec:
    message = "It has no zeebe:taskDefinition: its id stands for the type of work."
    rule = element.local == "businessRuleTask"
    remedy = "Name its decision and the result variable." if rule else "Apply a template, or name the type of work."
    source.note("warning", "task-type", element, message, remedy)
    return WorkSpec(task_type=literal(base.id), retries="3")


def read_business_rule_task(element: Element, base: FlowNode, extensions: Extensions, source: Source) -> FlowNode:
    """A business rule task: calls a DMN decision, or hands its work to a worker."""
    decision = decision_spec(extensions, source)
    if decision is None:
        return read_service_task(element, base, extensions, source)
    _refuse_work(element, extensions, "decision", source)
    return replace(base, decision=decision)


def _refuse_work(element: Element, extensions: Extensions, instead: str, source: Source) -> None:
    """A task that evaluates something itself gives nothing to a worker."""
    if "taskDefinition" in extensions:
        message = f"This {element.local} has a {instead} and a task definition: only one of them can do the work."
        source.error("work-twice", element, message, f"Remove the task definition or the {instead}.")


def read_send_task(element: Element, base: FlowNode, extensions: Extensions, source: Source) -> FlowNode:
    """A send task: hands its message to a worker, or throws the message that it refers to."""
    work = work_spec(extensions, source)
    refers = element.get("messageRef") is not None or base.id in source.message_flows
    if work is None and not refers:
        work = _unnamed_work(element, base, source)
    return replace(base, work=work, trigger=message_trigger(element, base.id, source) if refers else None)


def read_receive_task(element: Element, base: FlowNode, _extensions: Extensions, source: Source) -> FlowNode:
    """A receive task: waits for its message, or starts a case with it."""
    instantiate = flag(element, "instantiate", source, default=False)
    if instantiate and not source.executes(element, "task.instantiatingReceive", what="instantiating receive task"):
        return base
    return replace(base, trigger=message_trigger(element, base.id, source), instantiate=instantiate)


def read_script_task(element: Element, base: FlowNode, extensions: Extensions, source: Source) -> FlowNode:
    """A script task: FEEL in zeebe:script, or a standard `script` whose scriptFormat is FEEL.

    Without any script it passes through like an undefined task (§10.3.3).
    """
    script = script_spec(extensions, source) or _standard_script(element, source)
    if script is None and extensions.get("taskDefinition") is not None:
        return replace(base, work=work_spec(extensions, source))
    if script is None and not any(text_of(found) for found in bpmn_children(element, "script")):
        source.note("warning", "script-missing", element, "There is no script: the task passes through.", "Write it.")
        script = ScriptSpec("{}", result_variable="")
    elif script is not None:
        _refuse_work(element, extensions, "script", source)
        _tell_other_script(element, extensions, source)
    else:
        message = "A script task runs FEEL in zeebe:script, and no other script."
        source.error("script-missing", element, message, "Write a FEEL expression, or draw a service task.")
    return replace(base, script=script)


def _tell_other_script(element: Element, extensions: Extensions, source: Source) -> None:
    if "script" in extensions and any(text_of(found) for found in bpmn_children(element, "script")):
        message = "zeebe:script is executed; the `script` beside it is not."
        source.note("warning", "script-unread", element, message, "Remove one of them.")


def _standard_script(element: Element, source: Source) -> ScriptSpec | None:
    """A `script` of the standard in FEEL; its value merges into the case when it is a context (§10.3.3)."""
    scripts = [script for script in bpmn_children(element, "script") if text_of(script)]
    if len(scripts) != 1 or "feel" not in element.get("scriptFormat", "").lower():
        return None
    return ScriptSpec(source.expression(scripts[0], text_of(scripts[0]), what="The script"), result_variable="")


def read_call_activity(element: Element, base: FlowNode, extensions: Extensions, source: Source) -> FlowNode:
    """A call activity: another process runs as a part of this one."""
    return replace(base, call=call_spec(element, extensions, source))


def read_sub_process(element: Element, base: FlowNode, _extensions: Extensions, source: Source) -> FlowNode:
    """An embedded or event sub-process; its content is read by `scopes`."""
    by_event = flag(element, "triggeredByEvent", source, default=False)
    return replace(base, triggered_by_event=by_event)


def read_transaction(element: Element, base: FlowNode, _extensions: Extensions, source: Source) -> FlowNode | None:
    """A transaction: a sub-process that can be called off as a whole (§10.3.5)."""
    _not_by_event(element, source)
    return base if source.executes(element, "subProcess.transaction", what="transaction") else None


def read_ad_hoc(element: Element, base: FlowNode, extensions: Extensions, source: Source) -> FlowNode | None:
    """An ad-hoc sub-process: its activities run in any order (§10.3.5)."""
    if not source.executes(element, "subProcess.adHoc", what="ad-hoc sub-process"):
        return None
    _not_by_event(element, source)
    ordering = choice(element, "ordering", ("Parallel", "Sequential"), source)
    conditions = [child for child in bpmn_children(element, "completionCondition") if text_of(child)]
    zeebe = extensions.get("adHoc")
    active = None
    if zeebe is not None:
        active = source.feel(zeebe, zeebe.get("activeElementsCollection"), what="activeElementsCollection")
    ad_hoc = AdHoc(
        sequential=ordering == "Sequential",
        completion_condition=source.condition(conditions[0], what="The completion condition") if conditions else None,
        cancel_remaining=flag(element, "cancelRemainingInstances", source, default=True),
        active_elements=active,
    )
    return replace(base, ad_hoc=ad_hoc)


def _not_by_event(element: Element, source: Source) -> None:
    """Only a plain sub-process is started by an event (§10.3.5, Event Sub-Process)."""
    if flag(element, "triggeredByEvent", source, default=False):
        message = f'triggeredByEvent="true" of {element.local} is not executed by this build.'
        source.error("unsupported-attribute", element, message, "Put it into an event sub-process.")
