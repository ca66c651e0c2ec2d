"""What do the Camunda 8 extension elements of a flow node say? (zeebe: task definition, mappings, assignment, …)."""

from collections.abc import Container, Mapping, Sequence
from types import MappingProxyType

from pathways.bpmn.model import CallSpec, DecisionSpec, ScriptSpec, UserTaskSpec, VariableMapping, WorkSpec
from pathways.bpmn.reading.attributes import flag
from pathways.bpmn.reading.source import Source, literal
from pathways.bpmn.reading.xml import (
    BPMN,
    ZEEBE,
    Element,
    bpmn_children,
    children,
    local_reference,
    namespace_of,
    tag_of,
)
from pathways.bpmn.reading.zeebe_parts import accepted
from pathways.near import suggestion

Extensions = Mapping[str, Element]
"""The zeebe elements of one BPMN element by their local name."""
_NONE: Extensions = MappingProxyType({})


def read_extensions(element: Element, tag: str, source: Source) -> Extensions:
    """Collect the zeebe elements; refuse the ones that are unknown here and those of other engines."""
    holders = bpmn_children(element, "extensionElements")
    source.extended.update(map(id, holders))
    if not holders:
        return _NONE
    found: dict[str, Element] = {}
    for holder in holders:
        for extension in children(holder):
            name = accepted(extension, tag, source)
            if name in found:
                source.error("duplicate-extension", extension, f"zeebe:{name} stands here twice.", "Keep one.")
            elif name:
                found[name] = extension
    return MappingProxyType(found)


def refuse_unread(root: Element, processes: Sequence[Element], source: Source) -> None:
    """Refuse what extension elements say where nothing reads them: on a signal, a pool, a data object, a loop.

    `processes`: those that are executed; the others are documentation, whatever they say.
    """
    executed = {id(process) for process in processes}
    for holder in root.iter(f"{{{BPMN}}}extensionElements"):
        around = holder.iterancestors()
        if id(holder) not in source.extended and not any(_is_documentation(each, executed) for each in around):
            for extension in children(holder):
                if namespace_of(extension.tag) == ZEEBE:
                    accepted(extension, tag_of(holder.getparent()), source)


def _is_documentation(element: Element, executed: Container[int]) -> bool:
    if element.local == "process":
        return id(element) not in executed
    return element.local.startswith("global") or element.local == "choreography"


def pairs(extension: Element | None, key: str, value: str) -> Mapping[str, str]:
    """The entries of zeebe:properties (name, value) or zeebe:taskHeaders (key, value)."""
    entries = () if extension is None else children(extension)
    return {entry.get(key, ""): entry.get(value, "") for entry in entries}


def properties_of(extensions: Extensions) -> Mapping[str, str]:
    """The zeebe:property entries."""
    return pairs(extensions.get("properties"), "name", "value")


def mappings(extensions: Extensions, direction: str, source: Source) -> tuple[VariableMapping, ...]:
    """The input or output mappings in their written order."""
    mapping = extensions.get("ioMapping")
    entries = () if mapping is None else mapping.iterchildren(f"{{{ZEEBE}}}{direction}")
    return tuple(_mapping(entry, direction, source) for entry in entries)


def _mapping(entry: Element, direction: str, source: Source) -> VariableMapping:
    target = entry.get("target", "").strip()
    if not target:
        source.error("mapping-target", entry, f"This {direction} mapping has no target variable.", "Name the variable.")
    value = source.feel(entry, entry.get("source"), what=f"The source of {direction} mapping {target!r}")
    return VariableMapping(source=value or "null", target=target)


def work_spec(extensions: Extensions, source: Source) -> WorkSpec | None:
    """What zeebe:taskDefinition and zeebe:taskHeaders ask a worker to do."""
    element = extensions.get("taskDefinition")
    if element is None:
        return None
    task_type = source.feel(element, element.get("type"), what="The task type")
    if task_type is None:
        source.error("task-type", element, "zeebe:taskDefinition has no type.", "Name the type of work.")
    headers = pairs(extensions.get("taskHeaders"), "key", "value")
    return WorkSpec(task_type=task_type or "null", retries=retries_of(element, source), headers=headers)


def retries_of(element: Element, source: Source) -> str:
    """How often work is tried before it is an incident: three times unless it says otherwise."""
    return source.number(element, element.get("retries"), what="retries") or "3"


def user_spec(extensions: Extensions, source: Source) -> UserTaskSpec:
    """Who does a user task, by when, how urgently and with which form."""

    def value(extension: str, attribute: str) -> str | None:
        element = extensions.get(extension)
        return None if element is None else source.feel(element, element.get(attribute), what=attribute)

    return UserTaskSpec(
        assignee=value("assignmentDefinition", "assignee"),
        candidate_groups=value("assignmentDefinition", "candidateGroups"),
        candidate_users=value("assignmentDefinition", "candidateUsers"),
        due_date=value("taskSchedule", "dueDate"),
        follow_up_date=value("taskSchedule", "followUpDate"),
        priority=_priority(extensions, source),
        form_id=_form_id(extensions, source),
    )


def _priority(extensions: Extensions, source: Source) -> str | None:
    element = extensions.get("priorityDefinition")
    return None if element is None else source.number(element, element.get("priority"), what="priority")


def _form_id(extensions: Extensions, source: Source) -> str | None:
    """The id of a form-js form; a form of another system (formKey, externalReference) is only reported."""
    element = extensions.get("formDefinition")
    if element is None:
        return None
    form_id = element.get("formId")
    if not form_id and (element.get("formKey") or element.get("externalReference")):
        message = "This form belongs to another system: what it collects is not validated."
        source.note("warning", "external-form", element, message, "Name a form of this pathway with formId.")
    elif form_id and source.forms is not None and form_id not in source.forms:
        near = suggestion(form_id, source.forms)
        remedy = f"{near}Save the form with the id {form_id!r} as a .form file beside the diagram, or correct the id."
        source.error("missing-form", element, f"There is no form {form_id!r} beside the diagram.", remedy)
    return literal(form_id) if form_id else None


def script_spec(extensions: Extensions, source: Source) -> ScriptSpec | None:
    """The FEEL expression of a script task and the variable that takes its value."""
    element = extensions.get("script")
    if element is None:
        return None
    expression = source.expression(element, element.get("expression", ""), what="The script")
    result = element.get("resultVariable", "")
    if not result:
        source.error("script-result", element, "zeebe:script has no resultVariable.", "Name the variable.")
    return ScriptSpec(expression=expression, result_variable=result)


def decision_spec(extensions: Extensions, source: Source) -> DecisionSpec | None:
    """The decision that a business rule task calls (zeebe:calledDecision)."""
    element = extensions.get("calledDecision")
    if element is None:
        return None
    decision = source.feel(element, element.get("decisionId"), what="decisionId")
    result = element.get("resultVariable", "").strip()
    if decision is None or not result:
        message = "zeebe:calledDecision names a decisionId and a resultVariable."
        source.error("called-decision", element, message, "Set both.")
        return None
    return DecisionSpec(decision_id=decision, result_variable=result)


def call_spec(element: Element, extensions: Extensions, source: Source) -> CallSpec:
    """Which process a call activity starts: zeebe:calledElement, else the standard's attribute calledElement."""
    called = extensions.get("calledElement")
    standard = local_reference(element.get("calledElement", ""))
    named = (standard if called is None else called.get("processId", "")).strip()
    computed = source.expression(element, named, what="processId") if named.startswith("=") else None
    if not named:
        message = "A call activity names the process that it starts."
        source.error("called-process", element, message, "Set zeebe:calledElement processId.")
    return CallSpec(
        process_id="" if computed else named,
        process_expression=computed,
        propagate_all_child_variables=_propagates(called, "propagateAllChildVariables", source),
        propagate_all_parent_variables=_propagates(called, "propagateAllParentVariables", source),
        version_tag=called.get("versionTag") if called is not None and _binds_tag(called) else None,
        detached=properties_of(extensions).get("detached", "").strip().lower() == "true",
    )


def _binds_tag(called: Element) -> bool:
    return called.get("bindingType", "deployment") == "versionTag"


def _propagates(called: Element | None, attribute: str, source: Source) -> bool:
    return called is None or flag(called, attribute, source, default=True)
