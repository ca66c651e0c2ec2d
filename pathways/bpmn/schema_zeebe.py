"""What becomes of each `zeebe:` element and attribute (zeebe-bpmn-moddle 1.18)? THE rows of Camunda 8's dialect.

It says of the dialect what `schema_types.py` says of BPMN: first what may stand on which BPMN element, then what
stands inside of it, by names that begin with `zeebe:`. `reading/zeebe_parts.py` walks by it.
"""

import sys
from collections.abc import Mapping
from functools import cache

from pathways.bpmn.schema_parts import Part, Type, make_type, parts_in, rows

_TEMPLATE = "the modeler notes here which template was applied"
_CONFIGURED = "the modeler notes here where a value comes from; the value itself is read"
_PINNED = "what is published together is pinned together"
_WORK = "taskDefinition taskHeaders ioMapping properties"
_WHO = "assignmentDefinition taskSchedule priorityDefinition taskListeners"
_MAPPED = "ioMapping properties"
_ELSEWHERE = "it belongs on another element"

_PLACES: Mapping[str, Type] = {
    "element": make_type(
        documentation={"@modelerTemplate @modelerTemplateVersion @modelerTemplateIcon": _TEMPLATE},
        told={
            "@retryCounter": "how often work is tried is said by zeebe:taskDefinition retries",
            "properties": "nothing reads properties here",
            "jobPriorityDefinition": "work is done as it comes; a user task has zeebe:priorityDefinition",
        },
        refused={
            "taskDefinition taskHeaders ioMapping assignmentDefinition taskSchedule priorityDefinition userTask "
            "calledElement calledDecision adHoc script subscription versionTag": _ELSEWHERE,
            "formDefinition": "a person fills in a form in a user task: begin with one",
            "loopCharacteristics": "it belongs into bpmn:multiInstanceLoopCharacteristics",
            "executionListeners": "draw the listener as a service task",
            "taskListeners": "only a user task has them; use zeebe:executionListeners",
            "userTaskForm": "export the form as a .form file and name it with zeebe:formDefinition formId",
            "linkedResources": "no file of another tool is run: do it in a service task of a worker",
            "conditionalFilter": "a condition is looked at whenever a variable that it reads changes",
            "agentDefinition": "no agent decides what is done: draw who does",
        },
    ),
    "listened": make_type("element", "executionListeners"),
    "process": make_type("listened", "properties versionTag"),
    "lane": make_type("element", "properties"),
    "message": make_type("element", "subscription"),
    "startEvent": make_type("listened", _MAPPED),
    "endEvent": make_type("listened", _WORK),
    "intermediateThrowEvent": make_type("listened", _WORK),
    "intermediateCatchEvent": make_type("listened", _MAPPED),
    "boundaryEvent": make_type("listened", _MAPPED),
    "task": make_type("listened", _MAPPED),
    "manualTask": make_type("listened", _MAPPED),
    "userTask": make_type("listened", f"{_WHO} userTask formDefinition taskHeaders {_MAPPED}"),
    "serviceTask": make_type("listened", _WORK),
    "sendTask": make_type("listened", _WORK),
    "receiveTask": make_type("listened", _MAPPED),
    "scriptTask": make_type("listened", f"script {_WORK}"),
    "businessRuleTask": make_type("listened", f"calledDecision {_WORK}"),
    "callActivity": make_type("listened", f"calledElement {_MAPPED}"),
    "subProcess": make_type("listened", _MAPPED),
    "transaction": make_type("listened", _MAPPED),
    "adHocSubProcess": make_type("listened", f"adHoc {_MAPPED}"),
    "exclusiveGateway": make_type("listened", "properties"),
    "inclusiveGateway": make_type("listened", "properties"),
    "parallelGateway": make_type("listened", "properties"),
    "eventBasedGateway": make_type("listened", "properties"),
    "complexGateway": make_type("element", "properties"),
    "multiInstanceLoopCharacteristics": make_type("element", "loopCharacteristics"),
}

_INSIDE: Mapping[str, Type] = {
    "taskDefinition": make_type(executed="@type @retries"),
    "taskHeaders": make_type(executed="header"),
    "header": make_type(executed="@key @value", documentation={"@id": "a header is known by its key"}),
    "ioMapping": make_type(executed="input output"),
    "input": make_type(
        executed="@source @target",
        documentation={"@modelerConfigurationTemplate @modelerConfigurationName": _CONFIGURED},
    ),
    "output": make_type(executed="@source @target"),
    "properties": make_type(executed="property"),
    "property": make_type(
        executed="@name @value",
        documentation={"@modelerConfigurationTemplate @modelerConfigurationName": _CONFIGURED},
    ),
    "userTask": make_type(),
    "formDefinition": make_type(
        executed="@formId @formKey @externalReference @bindingType", refused={"@versionTag": _PINNED}
    ),
    "assignmentDefinition": make_type(executed="@assignee @candidateGroups @candidateUsers"),
    "taskSchedule": make_type(executed="@dueDate @followUpDate"),
    "priorityDefinition": make_type(executed="@priority"),
    "calledElement": make_type(
        executed="@processId @propagateAllChildVariables @propagateAllParentVariables @bindingType @versionTag",
        refused={
            "@processIdExpression": "write it in processId, with `=` before it",
            "@businessId": "a called case belongs to its caller and has no business key of its own",
        },
    ),
    "calledDecision": make_type(executed="@decisionId @resultVariable @bindingType", refused={"@versionTag": _PINNED}),
    "adHoc": make_type(
        executed="@activeElementsCollection",
        refused={"@outputCollection @outputElement": "use output mappings of the steps inside"},
    ),
    "script": make_type(executed="@expression @resultVariable"),
    "subscription": make_type(executed="@correlationKey"),
    "loopCharacteristics": make_type(executed="@inputCollection @inputElement @outputCollection @outputElement"),
    "versionTag": make_type(executed="@value"),
    "executionListeners": make_type(executed="executionListener"),
    "executionListener": make_type(executed="@eventType @type @retries taskHeaders"),
    "taskListeners": make_type(executed="taskListener"),
    "taskListener": make_type(executed="@eventType @type @retries taskHeaders"),
}

TYPES: Mapping[str, Type] = {**_PLACES, **{f"zeebe:{name}": kind for name, kind in _INSIDE.items()}}
"""By BPMN element what may stand on it (`element`: on any other), by zeebe element what stands in it."""


@cache
def parts_on(element: str) -> Mapping[str, Part]:
    """Give what may stand on a BPMN element, by its local name."""
    return parts_in(TYPES, element if element in _PLACES else "element")


@cache
def parts_inside(element: str) -> Mapping[str, Part]:
    """Give what may stand in a zeebe element, by its local name; nothing in one that is not executed."""
    return parts_in(TYPES, f"zeebe:{element}") if element in _INSIDE else {}


def table() -> str:
    """Give every place and element and its parts as the Markdown of docs/zeebe-parts.md."""
    return "\n".join((_HEAD, *rows(TYPES), ""))


_HEAD = """\
# What becomes of each part of Camunda 8's dialect

Made by `python -m pathways.bpmn.schema_zeebe > docs/zeebe-parts.md` from the table that the reader goes by
(`pathways/bpmn/schema_zeebe.py`); a test fails when it is not current, or lacks something of zeebe-bpmn-moddle 1.18.
First what may stand on which BPMN element (`element`: on every other one; what the type in brackets has counts, too),
then what stands inside of each `zeebe:` element.

- **executed**: it is read, or refused with a line.
- **documentation**: it changes nothing, for the reason beside it.
- **told**: a warning says that it has no effect (`without-effect`).
- **refused**: an error (`unsupported-extension`, `unsupported-attribute`).

What is in no row is refused (`unsupported-extension`, `unknown-attribute`).

| on or in | part | here | why |
|---|---|---|---|"""


if __name__ == "__main__":
    sys.stdout.write(table())
