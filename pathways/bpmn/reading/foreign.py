"""What do other tools write into a BPMN file? What would change execution is refused, the rest is counted and named."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from pathways.bpmn.reading.xml import XSI, ZEEBE, Element, local_of, namespace_of

if TYPE_CHECKING:
    from pathways.bpmn.reading.source import Source

FOREIGN: Mapping[str, str] = {
    "http://camunda.org/schema/1.0/bpmn": "camunda",
    "http://flowable.org/bpmn": "flowable",
    "http://activiti.org/bpmn": "activiti",
    "http://operaton.org/schema/1.0/bpmn": "operaton",
    "http://cibseven.org/schema/1.0/bpmn": "cibseven",
    "http://www.jboss.org/drools": "drools",
    "http://spiffworkflow.org/bpmn/schema/1.0/core": "spiffworkflow",
    "http://xmlns.oracle.com/bpm/OracleExtensions": "ora",
    "http:///com.sap.ifl.model/Ifl.xsd": "ifl",
    "http://runa.wfe.ru/extensions": "runa",
    "http://www.imixs.org/bpmn2": "imixs",
}
"""Dialects of other engines by their namespace: what they say can change execution."""

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
    "formProperty": "zeebe:formDefinition formId and a form-js form",
    "class": "zeebe:taskDefinition type",
    "delegateExpression": "zeebe:taskDefinition type",
    "expression": "zeebe:taskDefinition type, or a script task with zeebe:script",
    "type": "zeebe:taskDefinition type",
    "topic": "zeebe:taskDefinition type",
    "connector": "zeebe:taskDefinition type",
    "field": "zeebe:taskHeaders, or zeebe:ioMapping",
    "taskName": "zeebe:taskDefinition type",
    "serviceimplementation": "zeebe:taskDefinition type",
    "serviceinterface": "zeebe:taskDefinition type",
    "serviceoperation": "zeebe:taskDefinition type",
    "serviceTaskOperator": "zeebe:taskDefinition type",
    "ruleFlowGroup": "zeebe:calledDecision decisionId",
    "calledDecisionId": "zeebe:calledDecision decisionId",
    "decisionRef": "zeebe:calledDecision decisionId",
    "decisionTableReferenceKey": "zeebe:calledDecision decisionId",
    "inputOutput": "zeebe:ioMapping",
    "in": "zeebe:ioMapping",
    "out": "zeebe:ioMapping",
    "resultVariable": "zeebe:script resultVariable, or zeebe:ioMapping",
    "resultVariableName": "zeebe:script resultVariable, or zeebe:ioMapping",
    "collection": "zeebe:loopCharacteristics inputCollection",
    "elementVariable": "zeebe:loopCharacteristics inputElement",
    "failedJobRetryTimeCycle": "zeebe:taskDefinition retries",
    "calledElementBinding": "zeebe:calledElement bindingType",
    "initiator": "a variable of the request that starts the case",
    "executionListener": "zeebe:executionListeners, or a service task",
    "taskListener": "zeebe:taskListeners, or a boundary event",
    "script": "zeebe:script with FEEL",
    "preScript": "a script task with zeebe:script, or zeebe:ioMapping input",
    "postScript": "a script task with zeebe:script, or zeebe:ioMapping output",
    "onEntry-script": "a script task with zeebe:script, or zeebe:executionListeners",
    "onExit-script": "a script task with zeebe:script, or zeebe:executionListeners",
    "waitForCompletion": "the property `detached`",
    "errorCodeVariable": "zeebe:ioMapping output on the event",
    "errorMessageVariable": "zeebe:ioMapping output on the event",
    "skipExpression": "an exclusive gateway",
}
"""What replaces a foreign attribute or element, by its local name."""

_IDLE_NAMES = (
    # names that only modelers, job executors, histories and start forms of other engines read
    "versionTag historyTimeToLive isStartableInTasklist diagramRelationId asyncBefore asyncAfter exclusive "
    "jobPriority taskPriority async asyncLeave asyncLeaveExclusive modelerTemplate modelerTemplateVersion "
    "modelerTemplateIcon candidateStarterGroups candidateStarterUsers potentialStarter properties property category "
    "jobCategory formFieldValidation isEagerExecutionFetching localization "
    # jBPM
    "packageName version selectable import global metaData metadata dtype erefname escapedname msgref linkRef "
    "independent "
    # SpiffWorkflow
    "instructionsForEndUser unitTests unitTest category payloadExpression correlation processModelDisplayName"
)
_WITHOUT_EFFECT = frozenset(_IDLE_NAMES.split())
_IDLE_VALUES: Mapping[str, tuple[str, ...]] = {
    "waitForCompletion": ("true",),
    "adHoc": ("false",),
    "priority": ("1",),
    "calledElementBinding": ("latest", "deployment"),
    "decisionRefBinding": ("latest", "deployment"),
}
"""Attributes that say nothing new when they have one of these values; `priority` only in jBPM."""

_ALMOST_ZEEBE = ("http://camunda.org/schema/zeebe", "https://camunda.org/schema/zeebe")
"""Namespaces that begin so and are not zeebe's own are slips: an element of them is never somebody else's."""
_SILENT = frozenset({XSI, ZEEBE, "http://www.w3.org/XML/1998/namespace", "http://www.w3.org/2000/xmlns/"})
_MOST_NAMES = 6


@dataclass(slots=True)
class Passed:
    """How often elements or attributes of one namespace were passed over, where first, and under which names."""

    first: Element
    count: int = 0
    names: dict[str, None] = field(default_factory=dict)


def meet_attribute(element: Element, name: str, value: str, source: "Source") -> None:
    """Refuse, or count, one attribute of a namespace that is neither BPMN's nor zeebe's."""
    namespace, local = namespace_of(name) or "", local_of(name)
    dialect = FOREIGN.get(namespace)
    if dialect is not None and not _says_nothing(dialect, local, value):
        refuse_foreign(element, f"{dialect}:{local}", source)
    elif namespace not in _SILENT:
        source.pass_over(element, namespace, local, kind="attributes")


def meet_element(element: Element, source: "Source") -> None:
    """Refuse, or count, one extension element of a namespace that is neither BPMN's nor zeebe's."""
    namespace, local = namespace_of(element.tag) or "", element.local
    dialect = FOREIGN.get(namespace)
    if namespace.startswith(_ALMOST_ZEEBE):
        message = f"The namespace {namespace} is none: what stands in it would not be read."
        source.error("wrong-namespace", element, message, f'Write xmlns:zeebe="{ZEEBE}".')
    elif dialect is not None and local not in _WITHOUT_EFFECT:
        refuse_foreign(element, f"{dialect}:{local}", source)
    else:
        source.pass_over(element, namespace, local, kind="elements")


def _says_nothing(dialect: str, local: str, value: str) -> bool:
    if local in _WITHOUT_EFFECT:
        return True
    return value.strip() in _IDLE_VALUES.get(local, ()) and (local != "priority" or dialect == "drools")


def refuse_foreign(element: Element, name: str, source: "Source") -> None:
    """Say which attribute or element of another engine's dialect stands here and what replaces it."""
    replacement = REPLACED_BY.get(name.partition(":")[2])
    remedy = f"Use {replacement}." if replacement else "Remove it; this engine reads the Camunda 8 dialect (zeebe:)."
    source.error("foreign-dialect", element, f"{name} belongs to another engine's dialect.", remedy)


def passed_over(passed: Mapping[tuple[str, str], Passed], source: "Source") -> None:
    """Say once per namespace what was passed over."""
    for (namespace, kind), seen in passed.items():
        names = ", ".join(list(seen.names)[:_MOST_NAMES]) + (", …" if len(seen.names) > _MOST_NAMES else "")
        what = kind.removesuffix("s") if seen.count == 1 else kind
        where = namespace or "no namespace"
        message = f"{seen.count} {what} of {where} ({names}) without effect on execution."
        rule = "foreign-dialect" if namespace in FOREIGN else f"vendor-{kind.removesuffix('s')}"
        source.note("info", rule.replace("vendor-element", "vendor-extension"), seen.first, message)
