"""What do the Camunda 8 extension elements of a flow node say? (zeebe: task definition, mappings, assignment, …)."""

from collections.abc import Container, Mapping, Sequence
from types import MappingProxyType

from pathways.bpmn.model import CallSpec, DecisionSpec, ScriptSpec, UserTaskSpec, VariableMapping, WorkSpec
from pathways.bpmn.reading.attributes import flag
from pathways.bpmn.reading.foreign import meet_element
from pathways.bpmn.reading.source import Source, literal
from pathways.bpmn.reading.xml import (
    BPMN,
    ZEEBE,
    Element,
    bpmn_children,
    children,
    local_of,
    local_reference,
    namespace_of,
    tag_of,
)
from pathways.near import suggestion

_WORK = "taskDefinition taskHeaders ioMapping properties"
_WHO = "assignmentDefinition taskSchedule priorityDefinition taskListeners"
_LISTENED_NAMES = (
    "process startEvent endEvent intermediateThrowEvent intermediateCatchEvent boundaryEvent task manualTask userTask "
    "serviceTask sendTask receiveTask scriptTask businessRuleTask callActivity subProcess transaction adHocSubProcess "
    "exclusiveGateway inclusiveGateway parallelGateway eventBasedGateway"
)
_LISTENED = frozenset(_LISTENED_NAMES.split())
"""What may have execution listeners; on which moments: `listeners.py`."""
ALLOWED: Mapping[str, frozenset[str]] = {
    tag: frozenset(names.split())
    for tag, names in {
        "process": "properties versionTag",
        "lane": "properties",
        "message": "subscription",
        "startEvent": "ioMapping properties",
        "endEvent": _WORK,
        "intermediateThrowEvent": _WORK,
        "intermediateCatchEvent": "ioMapping properties",
        "boundaryEvent": "ioMapping properties",
        "task": "ioMapping properties",
        "manualTask": "ioMapping properties",
        "userTask": f"{_WHO} userTask formDefinition taskHeaders ioMapping properties",
        "serviceTask": _WORK,
        "sendTask": _WORK,
        "receiveTask": "ioMapping properties",
        "scriptTask": f"script {_WORK}",
        "businessRuleTask": f"calledDecision {_WORK}",
        "callActivity": "calledElement ioMapping properties",
        "subProcess": "ioMapping properties",
        "transaction": "ioMapping properties",
        "adHocSubProcess": "adHoc ioMapping properties",
        "multiInstanceLoopCharacteristics": "loopCharacteristics",
    }.items()
}
"""The zeebe elements that are executed on each BPMN element; everything else carries none but `properties`."""

ATTRIBUTES: Mapping[str, frozenset[str]] = {
    tag: frozenset(names.split())
    for tag, names in {
        "taskDefinition": "type retries",
        "taskHeaders": "",
        "header": "key value",
        "ioMapping": "",
        "input": "source target",
        "output": "source target",
        "properties": "",
        "property": "name value",
        "userTask": "",
        "formDefinition": "formId formKey externalReference bindingType",
        "assignmentDefinition": "assignee candidateGroups candidateUsers",
        "taskSchedule": "dueDate followUpDate",
        "priorityDefinition": "priority",
        "calledElement": "processId propagateAllChildVariables propagateAllParentVariables bindingType versionTag",
        "calledDecision": "decisionId resultVariable bindingType",
        "adHoc": "activeElementsCollection",
        "script": "expression resultVariable",
        "subscription": "correlationKey",
        "loopCharacteristics": "inputCollection inputElement outputCollection outputElement",
        "versionTag": "value",
        "executionListeners": "",
        "executionListener": "eventType type retries",
        "taskListeners": "",
        "taskListener": "eventType type retries",
    }.items()
}
_INSTEAD: Mapping[str, str] = {
    "executionListeners": "Draw the listener as a service task.",
    "taskListeners": "Only a user task has them; use zeebe:executionListeners.",
    "userTaskForm": "Export the form as a .form file and name it with zeebe:formDefinition formId.",
    "loopCharacteristics": "It belongs into bpmn:multiInstanceLoopCharacteristics.",
}

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
            name = _accepted(extension, tag, source)
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
                    _accepted(extension, tag_of(holder.getparent()), source)


def _is_documentation(element: Element, executed: Container[int]) -> bool:
    if element.local == "process":
        return id(element) not in executed
    return element.local.startswith("global") or element.local == "choreography"


def _accepted(extension: Element, tag: str, source: Source) -> str | None:
    namespace, name = namespace_of(extension.tag), local_of(extension.tag)
    if namespace != ZEEBE:
        meet_element(extension, source)
    elif name in ALLOWED.get(tag, frozenset({"properties"})) or (name == "executionListeners" and tag in _LISTENED):
        _check_attributes(extension, source)
        return name
    else:
        message = f"zeebe:{name} on {tag} is not executed by this build."
        source.error("unsupported-extension", extension, message, _INSTEAD.get(name, "Remove it."))
    return None


def _check_attributes(extension: Element, source: Source) -> None:
    for element in extension.iter():
        name = local_of(element.tag)
        known = ATTRIBUTES.get(name) if namespace_of(element.tag) == ZEEBE else None
        if known is None:
            source.error("unsupported-extension", element, f"Unknown element {element.tag}.", "Remove it.")
            continue
        for attribute in set(element.attrib) - known:
            message = f"zeebe:{name} has no attribute {attribute!r} that is executed."
            source.error("unknown-attribute", element, message, "Correct its spelling or remove it.")
        _check_binding(element, source)
        _check_entries(element, name, source)


_ENTRIES: Mapping[str, tuple[frozenset[str], str]] = {
    "taskHeaders": (frozenset({"header"}), "key"),
    "properties": (frozenset({"property"}), "name"),
    "ioMapping": (frozenset({"input", "output"}), ""),
}
"""What stands inside of a zeebe element, and the attribute by which it is known."""


def _check_entries(element: Element, name: str, source: Source) -> None:
    """Refuse entries in the wrong list, and a key that stands twice with another value: one of them would be lost."""
    allowed, key = _ENTRIES.get(name, (None, ""))
    said: dict[str, str] = {}
    for entry in children(element) if allowed else ():
        tag = local_of(entry.tag)
        if allowed and tag not in allowed:
            message = f"zeebe:{tag} does not belong into zeebe:{name}: nothing would read it."
            source.error("unsupported-extension", entry, message, f"Write zeebe:{' or zeebe:'.join(sorted(allowed))}.")
        elif key and said.setdefault(entry.get(key, ""), entry.get("value", "")) != entry.get("value", ""):
            message = f"The {tag} {entry.get(key)!r} stands here twice, with different values."
            source.error("duplicate-extension", entry, message, "Keep one.")


def _check_binding(element: Element, source: Source) -> None:
    binding = element.get("bindingType", "deployment")
    known = ("deployment", "latest", "versionTag") if element.get("versionTag") else ("deployment", "latest")
    if binding not in known:
        message = f'bindingType="{binding}" is not executed: what is published together is pinned together.'
        source.error("unsupported-attribute", element, message, 'Use bindingType="deployment".')


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
