"""Which attributes may a BPMN element carry? Those that are executed, and those that change nothing."""

from collections.abc import Mapping

from pathways.bpmn.reading.source import Source
from pathways.bpmn.reading.xml import XSI, ZEEBE, Element, local_of, namespace_of, tag_of

_NODE = "id name"
_ACTIVITY = f"{_NODE} default isForCompensation startQuantity completionQuantity"
_WORK = f"{_ACTIVITY} implementation operationRef"
ATTRIBUTES: Mapping[str, frozenset[str]] = {
    tag: frozenset(names.split())
    for tag, names in {
        "definitions": "id name targetNamespace expressionLanguage typeLanguage exporter exporterVersion",
        "process": "id name isExecutable isClosed processType definitionalCollaborationRef",
        "startEvent": f"{_NODE} isInterrupting parallelMultiple",
        "endEvent": _NODE,
        "intermediateCatchEvent": f"{_NODE} parallelMultiple",
        "intermediateThrowEvent": _NODE,
        "boundaryEvent": f"{_NODE} attachedToRef cancelActivity parallelMultiple",
        "task": _ACTIVITY,
        "manualTask": _ACTIVITY,
        "userTask": f"{_ACTIVITY} implementation",
        "serviceTask": _WORK,
        "sendTask": f"{_WORK} messageRef",
        "receiveTask": f"{_WORK} messageRef instantiate",
        "scriptTask": f"{_ACTIVITY} scriptFormat",
        "businessRuleTask": f"{_ACTIVITY} implementation",
        "callActivity": f"{_ACTIVITY} calledElement",
        "subProcess": f"{_ACTIVITY} triggeredByEvent",
        "transaction": f"{_ACTIVITY} triggeredByEvent method protocol",
        "adHocSubProcess": f"{_ACTIVITY} triggeredByEvent ordering cancelRemainingInstances",
        "complexGateway": f"{_NODE} default gatewayDirection",
        "exclusiveGateway": f"{_NODE} default gatewayDirection",
        "inclusiveGateway": f"{_NODE} default gatewayDirection",
        "parallelGateway": f"{_NODE} gatewayDirection",
        "eventBasedGateway": f"{_NODE} gatewayDirection instantiate eventGatewayType",
        "sequenceFlow": f"{_NODE} sourceRef targetRef isImmediate",
        "multiInstanceLoopCharacteristics": "id isSequential behavior oneBehaviorEventRef noneBehaviorEventRef",
        "standardLoopCharacteristics": "id testBefore loopMaximum",
        "messageEventDefinition": "id messageRef",
        "signalEventDefinition": "id signalRef",
        "conditionalEventDefinition": "id",
        "linkEventDefinition": "id name",
        "compensateEventDefinition": "id activityRef waitForCompletion",
        "cancelEventDefinition": "id",
        "signal": f"{_NODE} structureRef",
        "timerEventDefinition": "id",
        "errorEventDefinition": "id errorRef",
        "escalationEventDefinition": "id escalationRef",
        "terminateEventDefinition": "id",
        "message": f"{_NODE} itemRef",
        "error": f"{_NODE} errorCode structureRef",
        "escalation": f"{_NODE} escalationCode structureRef",
    }.items()
}
"""The attributes of BPMN 2.0.2 that an element may carry; any other is refused."""

_ONLY: Mapping[str, tuple[str, ...]] = {
    "behavior": ("All",),
    "isImmediate": ("true", "1", "false", "0"),
}
"""Attributes of which only these values are executed."""

FOREIGN: Mapping[str, str] = {
    "http://camunda.org/schema/1.0/bpmn": "camunda",
    "http://flowable.org/bpmn": "flowable",
    "http://activiti.org/bpmn": "activiti",
    "http://operaton.org/schema/1.0/bpmn": "operaton",
}
"""Dialects of other engines by their namespace."""

REPLACED_BY: Mapping[str, str] = {
    "assignee": "zeebe:assignmentDefinition assignee",
    "candidateGroups": "zeebe:assignmentDefinition candidateGroups",
    "candidateUsers": "zeebe:assignmentDefinition candidateUsers",
    "dueDate": "zeebe:taskSchedule dueDate",
    "followUpDate": "zeebe:taskSchedule followUpDate",
    "priority": "zeebe:priorityDefinition priority",
    "formKey": "zeebe:formDefinition formId",
    "formRef": "zeebe:formDefinition formId",
    "formData": "zeebe:formDefinition formId and a form-js form",
    "class": "zeebe:taskDefinition type",
    "delegateExpression": "zeebe:taskDefinition type",
    "expression": "zeebe:taskDefinition type, or a script task with zeebe:script",
    "type": "zeebe:taskDefinition type",
    "topic": "zeebe:taskDefinition type",
    "connector": "zeebe:taskDefinition type",
    "inputOutput": "zeebe:ioMapping",
    "in": "zeebe:ioMapping",
    "out": "zeebe:ioMapping",
    "properties": "zeebe:properties",
    "resultVariable": "zeebe:script resultVariable, or zeebe:ioMapping",
    "decisionRef": "zeebe:calledDecision decisionId",
    "collection": "zeebe:loopCharacteristics inputCollection",
    "elementVariable": "zeebe:loopCharacteristics inputElement",
    "failedJobRetryTimeCycle": "zeebe:taskDefinition retries",
    "calledElementBinding": "zeebe:calledElement bindingType",
    "initiator": "a variable of the request that starts the case",
    "executionListener": "a service task",
    "taskListener": "a boundary event or the property `escalation`",
}
"""What replaces a foreign attribute or element, by its local name."""

_IDLE_NAMES = (
    "versionTag historyTimeToLive isStartableInTasklist diagramRelationId asyncBefore asyncAfter exclusive "
    "jobPriority async modelerTemplate modelerTemplateVersion modelerTemplateIcon candidateStarterGroups "
    "candidateStarterUsers"
)
_WITHOUT_EFFECT = frozenset(_IDLE_NAMES.split())
_TEMPLATE = frozenset({"modelerTemplate", "modelerTemplateVersion", "modelerTemplateIcon"})


def check_attributes(element: Element, source: Source) -> None:
    """Refuse every attribute of the element that is unknown, foreign, or has a value that is not executed."""
    for name, value in element.attrib.items():
        namespace = namespace_of(name)
        if namespace is None:
            _check_standard(element, name, value, source)
        elif namespace == ZEEBE and local_of(name) not in _TEMPLATE:
            source.error("unknown-attribute", element, f"Unknown attribute zeebe:{local_of(name)}.", "Remove it.")
        elif namespace in FOREIGN:
            refuse_foreign(element, f"{FOREIGN[namespace]}:{local_of(name)}", source)
        elif namespace not in (XSI, ZEEBE):
            source.note("info", "vendor-attribute", element, f"Attribute {name} has no effect here.")


def _check_standard(element: Element, name: str, value: str, source: Source) -> None:
    tag = tag_of(element)
    if name not in ATTRIBUTES[tag]:
        source.error("unknown-attribute", element, f"BPMN's {tag} has no attribute {name!r}.", "Correct its spelling.")
    elif name in _ONLY and value.strip() not in _ONLY[name]:
        message = f'{name}="{value}" of {tag} is not executed by this build.'
        source.error("unsupported-attribute", element, message, f'Only {name}="{_ONLY[name][0]}" is executed.')


def refuse_foreign(element: Element, name: str, source: Source) -> None:
    """Say which attribute or element of another engine's dialect stands here and what replaces it."""
    local = name.partition(":")[2]
    if local in _WITHOUT_EFFECT:
        source.note("info", "foreign-dialect", element, f"{name} has no effect here.")
        return
    replacement = REPLACED_BY.get(local)
    remedy = f"Use {replacement}." if replacement else "Remove it; this engine reads the Camunda 8 dialect (zeebe:)."
    source.error("foreign-dialect", element, f"{name} belongs to another engine's dialect.", remedy)


def flag(element: Element, name: str, source: Source, *, default: bool) -> bool:
    """Read an xsd:boolean attribute."""
    match (element.get(name) or str(default)).strip().lower():
        case "true" | "1":
            return True
        case "false" | "0":
            return False
        case text:
            source.error(
                "bad-attribute", element, f"{name} is {text!r}, neither true nor false.", "Write true or false."
            )
            return default
