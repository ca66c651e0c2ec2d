"""Which small diagrams do the tests of validation need again and again?"""

from tests.pathways.bpmn.diagrams import END, START, chain, extended, flow
from tests.pathways.bpmn.triggers import COMPENSATION, MESSAGE, TIMER

TASK = '<bpmn:task id="it"/>'
INNER = '<bpmn:startEvent id="s2"/><bpmn:task id="t2"/>' + flow("s2", "t2")
CIRCLE = '<bpmn:task id="a"/><bpmn:task id="b"/>' + flow("a", "b") + flow("b", "a")
CATCHES = extended("intermediateCatchEvent", "c", inside=MESSAGE) + extended(
    "intermediateCatchEvent", "t", inside=TIMER
)
ADHOC = extended("adHocSubProcess", "it", '<zeebe:adHoc activeElementsCollection="=[&quot;a&quot;]"/>', inside=CIRCLE)


def boundary(inside: str, attributes: str = 'attachedToRef="it"') -> str:
    """The boundary event `b`."""
    return extended("boundaryEvent", "b", inside=inside, attributes=attributes)


def sub(content: str, attributes: str = "") -> str:
    """A process with the sub-process `sub`."""
    return chain(extended("subProcess", "sub", inside=content, attributes=attributes), names=("sub",))


def inside_event_sub_process(content: str) -> str:
    """A process with an event sub-process `esp` that holds just this."""
    return extended("subProcess", "esp", inside=content, attributes='triggeredByEvent="true"') + chain(names=())


def gateway(
    *flows: str, tag: str = "exclusiveGateway", attributes: str = "", extra: str = "", extensions: str = ""
) -> str:
    """The gateway `g` behind the start event, with these flows out of it and the task `it` beside it."""
    node = extended(tag, "g", extensions, attributes=attributes)
    return "\n".join([START, END, node, TASK, flow("start", "g"), *flows, extra])


def behind(element: str) -> str:
    """An event-based gateway with a timer and this element, called `it`, behind it."""
    nodes = [START, END, '<bpmn:eventBasedGateway id="g"/>', CATCHES, element]
    return "\n".join([*nodes, flow("start", "g"), flow("g", "t"), flow("g", "it"), flow("t", "end")])


def joined(tag: str, inside: str = "") -> str:
    """Two ways that join at the gateway `g`."""
    nodes = [
        START,
        END,
        '<bpmn:parallelGateway id="f"/>',
        TASK,
        '<bpmn:task id="other"/>',
        extended(tag, "g", inside=inside),
    ]
    ways = [("start", "f"), ("f", "it"), ("f", "other"), ("it", "g"), ("other", "g"), ("g", "end")]
    return "\n".join([*nodes, *(flow(*way) for way in ways)])


def linked(*links: tuple[str, str]) -> str:
    """Links by id and name; ids that begin with `t` throw, the others catch."""
    body = [START, END, '<bpmn:parallelGateway id="g"/>', flow("start", "g"), flow("g", "end")]
    for name, link in links:
        inside = f'<bpmn:linkEventDefinition name="{link}"/>'
        throws = name.startswith("t")
        body.append(extended("intermediateThrowEvent" if throws else "intermediateCatchEvent", name, inside=inside))
        body.append(flow("g", name) if throws else flow(name, "end"))
    return "\n".join(body)


def handler(
    *, mark: str = 'isForCompensation="true"', line: tuple[str, str] = ("b", "undo"), throw: str = "", extra: str = ""
) -> str:
    """The task `it` with the compensation event `b` and its handler `undo`; the process ends with `throw`."""
    body = chain(TASK, boundary(COMPENSATION), names=("it",))
    body = body.replace(END, extended("endEvent", "end", inside=throw))
    undo = f'\n<bpmn:task id="undo" {mark}/>\n<bpmn:association id="a" sourceRef="{line[0]}" targetRef="{line[1]}"/>\n'
    return body + undo + extra
