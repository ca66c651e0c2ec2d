"""How do tests write small diagrams? A process around a body; the body's first line is line FIRST."""

from itertools import pairwise

from pathways.bpmn.findings import Finding
from pathways.bpmn.model import Definition, FlowNode, Ladder, Rung, WorkingCalendar
from pathways.bpmn.reader import Reading, read_bpmn

FIRST = 5
LADDERS = {"LAD-TEST": Ladder("LAD-TEST", (Rung("c+PT1H", ("coordinator",)),))}
CALENDARS = {"working": WorkingCalendar("Europe/London", (1, 2, 3, 4, 5), "09:00", "17:00")}
START = '<bpmn:startEvent id="start"/>'
END = '<bpmn:endEvent id="end"/>'
ROOTS = (
    '<bpmn:message id="M" name="report"><bpmn:extensionElements><zeebe:subscription correlationKey="=orderId"/>'
    '</bpmn:extensionElements></bpmn:message><bpmn:message id="Keyless" name="hello"/>'
    '<bpmn:error id="E" errorCode="no-slot"/><bpmn:escalation id="X" escalationCode="late"/>'
    '<bpmn:signal id="S" name="all"/>'
)


def document(body: str, *, roots: str = ROOTS, attributes: str = 'isExecutable="true"') -> bytes:
    """A whole file around the content of one process."""
    return (
        '<?xml version="1.0" encoding="UTF-8"?>\n'
        '<bpmn:definitions xmlns:bpmn="http://www.omg.org/spec/BPMN/20100524/MODEL" targetNamespace="t" '
        'xmlns:zeebe="http://camunda.org/schema/zeebe/1.0" xmlns:camunda="http://camunda.org/schema/1.0/bpmn" '
        'xmlns:flowable="http://flowable.org/bpmn" xmlns:other="urn:vendor" '
        'xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance">\n'
        f"{roots}\n"
        f'<bpmn:process id="p" name="P" {attributes}>\n'
        f"{body}\n"
        "</bpmn:process></bpmn:definitions>"
    ).encode()


def chain(*elements: str, names: tuple[str, ...]) -> str:
    """Start event, the elements, end event, one per line, connected in this order by their ids."""
    path = ("start", *names, "end")
    flows = (flow(source, target) for source, target in pairwise(path))
    return "\n".join([START, *elements, END, *flows])


def flow(source: str, target: str, condition: str | None = None, name: str | None = None) -> str:
    """A sequence flow named after its ends."""
    inside = f"<bpmn:conditionExpression>{condition}</bpmn:conditionExpression>" if condition else ""
    flow_id = name or f"{source}_{target}"
    return f'<bpmn:sequenceFlow id="{flow_id}" sourceRef="{source}" targetRef="{target}">{inside}</bpmn:sequenceFlow>'


def extended(tag: str, name: str, extensions: str = "", *, inside: str = "", attributes: str = "") -> str:
    """An element with extension elements."""
    held = f"<bpmn:extensionElements>{extensions}</bpmn:extensionElements>" if extensions else ""
    return f'<bpmn:{tag} id="{name}" name="{name}" {attributes}>{held}{inside}</bpmn:{tag}>'


def prop(name: str, value: str) -> str:
    """The zeebe:properties with one entry."""
    return f'<zeebe:properties><zeebe:property name="{name}" value="{value}"/></zeebe:properties>'


def read(body: str, **document_parts: str) -> Reading:
    """Read the process with this body."""
    source = document(body, **document_parts)
    return read_bpmn(source, file="test.bpmn", ladders=LADDERS, calendars=CALENDARS)


def definition_of(body: str, **document_parts: str) -> Definition:
    """The definition; fails with the findings when there is none."""
    reading = read(body, **document_parts)
    assert reading.definition, reading.findings
    return reading.definition


def errors(reading: Reading) -> list[Finding]:
    """The findings that forbid publication."""
    return [finding for finding in reading.findings if finding.severity == "error"]


def rules(reading: Reading, severity: str = "error") -> set[str]:
    """The rules that spoke with this severity."""
    return {finding.rule for finding in reading.findings if finding.severity == severity}


def whole(element: str, tag: str, name: str = "it") -> str:
    """A process around one element: where it stands follows from its kind."""
    match tag:
        case "startEvent":
            return "\n".join([element, END, flow(name, "end")])
        case "endEvent":
            return "\n".join([START, element, flow("start", name)])
        case "boundaryEvent":
            return chain('<bpmn:task id="host"/>', element, names=("host",)) + flow(name, "end")
        case _:
            return chain(element, names=(name,))


def event(tag: str, inside: str, attributes: str = "", extensions: str = "") -> str:
    """A process around one event called `it`; a boundary event stands on the task `host`."""
    border = 'attachedToRef="host"' if tag == "boundaryEvent" else ""
    return whole(extended(tag, "it", extensions, inside=inside, attributes=f"{border} {attributes}"), tag)


def within(inside: str, attributes: str = "", *, start: str = "it", name: str = "esp") -> str:
    """An event sub-process whose start event is called `it`, to put into a process or sub-process."""
    begin = extended("startEvent", start, inside=inside, attributes=attributes)
    held = begin + '<bpmn:task id="handle"/>' + flow(start, "handle")
    return extended("subProcess", name, inside=held, attributes='triggeredByEvent="true"')


def event_sub_process(inside: str, attributes: str = "", *, start: str = "it", name: str = "esp") -> str:
    """A process with an event sub-process."""
    return within(inside, attributes, start=start, name=name) + "\n" + chain(names=())


def node_of(element: str, name: str = "it", **document_parts: str) -> FlowNode:
    """The node that one element between a start and an end event is read as."""
    return definition_of(chain(element, names=(name,)), **document_parts).nodes[name]
