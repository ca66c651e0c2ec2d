"""Which BPMN file does a few lines of compact text stand for?

One line is one flow node, `kind id key=value flag -> target, target if condition, target default`; a line that is
indented deeper lies inside the sub-process above it. Root lines are `process`, `message`, `participant` and
`messageflow`; `xml` is taken as it is. A node with several event keys (`message= signal= date= …`), or with `a|b` as
value, is a multiple event.
"""

import shlex
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Literal
from xml.sax.saxutils import escape, quoteattr

Order = Literal["written", "reversed"]
HEAD = (
    '<?xml version="1.0" encoding="UTF-8"?>\n<definitions xmlns="http://www.omg.org/spec/BPMN/20100524/MODEL"'
    ' xmlns:zeebe="http://camunda.org/schema/zeebe/1.0" xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance"'
    ' id="file" targetNamespace="http://example.org/events">\n'
)
TAGS = {
    "start": "startEvent",
    "end": "endEvent",
    "catch": "intermediateCatchEvent",
    "throw": "intermediateThrowEvent",
    "boundary": "boundaryEvent",
    "task": "task",
    "user": "userTask",
    "service": "serviceTask",
    "script": "scriptTask",
    "receive": "receiveTask",
    "sub": "subProcess",
    "esub": "subProcess",
    "transaction": "transaction",
    "call": "callActivity",
    "xor": "exclusiveGateway",
    "and": "parallelGateway",
    "eventgw": "eventBasedGateway",
}
TIMERS = {"date": "timeDate", "duration": "timeDuration", "cycle": "timeCycle"}
REFERENCES = ("message", "signal", "error", "escalation")
EVENTS = (*REFERENCES, *TIMERS, "condition", "compensation", "cancel", "terminate", "link")


@dataclass
class Line:
    """One line of the text, with the lines that lie inside it."""

    kind: str
    id: str
    keys: Mapping[str, str]
    targets: tuple[str, ...]
    inside: list["Line"] = field(default_factory=list)


def bpmn(text: str, extra: str = "", *, order: Order = "written") -> str:
    """The BPMN file of a text; `extra` is XML that goes under the definitions as it is."""
    roots = _tree(text)
    if order == "reversed":
        _reverse(roots)
    body = "".join(_process(each) for each in roots if each.kind == "process")
    return f"{HEAD}{''.join(_definitions(roots))}{extra}{_collaboration(roots)}{body}</definitions>\n"


def _tree(text: str) -> list[Line]:
    roots: list[Line] = []
    stack: list[tuple[int, list[Line]]] = [(-1, roots)]
    for raw in filter(str.strip, text.splitlines()):
        depth = len(raw) - len(raw.lstrip())
        while stack[-1][0] >= depth:
            stack.pop()
        line = _line(raw)
        stack[-1][1].append(line)
        stack.append((depth, line.inside))
    return roots


def _reverse(scopes: list[Line]) -> None:
    """Turn round the nodes of every scope and the flows of every node: the diagram means the same."""
    for scope in scopes:
        scope.inside.reverse()
        scope.targets = scope.targets[::-1]
        _reverse(scope.inside)


def _line(raw: str) -> Line:
    head, _, tail = raw.partition("->") if raw.split()[0] != "xml" else (raw, "", "")
    kind, name, *words = shlex.split(head)
    keys = dict(word.partition("=")[::2] for word in words)
    return Line(kind, name, keys, tuple(filter(None, map(str.strip, tail.split(",")))))


def _all(lines: list[Line]) -> Iterator[Line]:
    for line in lines:
        yield line
        yield from _all(line.inside)


def _definitions(roots: list[Line]) -> Iterator[str]:
    keyed = {line.id: line.keys["key"] for line in roots if line.kind == "message"}
    for kind in REFERENCES:
        names = {name for line in _all(roots) for name in line.keys.get(kind, "").split("|") if name}
        for name in sorted(names):
            code = f' {kind}Code="{name}"' if kind in ("error", "escalation") else ""
            key = f"<zeebe:subscription correlationKey={quoteattr(keyed[name])}/>" if name in keyed else ""
            inner = f"<extensionElements>{key}</extensionElements>" if key and kind == "message" else ""
            yield f'<{kind} id="{kind}_{name}" name="{name}"{code}>{inner}</{kind}>\n'


def _collaboration(roots: list[Line]) -> str:
    parts = [
        f'<participant id="{line.id}" processRef="{next(iter(line.keys))}"/>'
        for line in roots
        if line.kind == "participant"
    ]
    flows = [
        f'<messageFlow id="mf_{line.id}" sourceRef="{line.id}" targetRef="{next(iter(line.keys))}"/>'
        for line in roots
        if line.kind == "messageflow"
    ]
    return f'<collaboration id="collaboration">{"".join(parts + flows)}</collaboration>\n' if parts else ""


def _process(line: Line) -> str:
    executable = "false" if "closed" in line.keys else "true"
    return f'<process id="{line.id}" isExecutable="{executable}">\n{_scope(line)}</process>\n'


def _scope(scope: Line) -> str:
    flows = (_flow(line.id, number, target) for line in scope.inside for number, target in enumerate(line.targets))
    links = (
        f'<association id="as_{line.id}" associationDirection="One"'
        f' sourceRef="{line.id}" targetRef="{line.keys["undo"]}"/>\n'
        for line in scope.inside
        if "undo" in line.keys
    )
    return "".join((*map(_node, scope.inside), *flows, *links))


def _flow(source: str, number: int, target: str) -> str:
    words, _, condition = target.partition(" if ")
    name = words.split()[0]
    inner = (
        f'<conditionExpression xsi:type="tFormalExpression">{escape("= " + condition)}</conditionExpression>'
        if condition
        else ""
    )
    return f'<sequenceFlow id="{source}_{number}" sourceRef="{source}" targetRef="{name}">{inner}</sequenceFlow>\n'


def _node(line: Line) -> str:
    if line.kind == "xml":
        return line.id
    tag = TAGS[line.kind]
    definitions = "".join(_event(line, key, value) for key, value in line.keys.items() if key in EVENTS)
    inner = _extensions(line) + (definitions if line.kind != "receive" else "") + _several(line) + _scope(line)
    return f"<{tag} {_attributes(line)}>{inner}</{tag}>\n"


def _attributes(line: Line) -> str:
    given = {"id": line.id, "attachedToRef": line.keys.get("on"), "messageRef": None}
    if line.kind == "receive":
        given["messageRef"] = f"message_{line.keys['message']}"
    given["default"] = next((f"{line.id}_{i}" for i, t in enumerate(line.targets) if t.endswith(" default")), None)
    given["cancelActivity"] = "false" if "nonint" in line.keys and line.kind == "boundary" else None
    given["isInterrupting"] = "false" if "nonint" in line.keys and line.kind == "start" else None
    given["triggeredByEvent"] = "true" if line.kind == "esub" else None
    given["instantiate"] = "true" if "instantiate" in line.keys else None
    given["isForCompensation"] = "true" if "handler" in line.keys else None
    given["parallelMultiple"] = "true" if "parallel" in line.keys and line.kind != "eventgw" else None
    given["eventGatewayType"] = "Parallel" if "parallel" in line.keys and line.kind == "eventgw" else None
    return " ".join(f"{name}={quoteattr(value)}" for name, value in given.items() if value is not None)


def _extensions(line: Line) -> str:
    parts = []
    if line.kind == "service":
        parts.append(f"<zeebe:taskDefinition type={quoteattr(line.id)}/>")
    if line.kind == "call":
        parts.append(f'<zeebe:calledElement processId="{line.keys["calls"]}" propagateAllChildVariables="true"/>')
    if "gives" in line.keys:
        parts.append(
            f'<zeebe:script expression={quoteattr(line.keys["gives"])} resultVariable="{line.keys["result"]}"/>'
        )
    mappings = [_mapping(key, value) for key, value in line.keys.items() if key.startswith(("in.", "out."))]
    parts.extend([f"<zeebe:ioMapping>{''.join(mappings)}</zeebe:ioMapping>"] if mappings else [])
    return f"<extensionElements>{''.join(parts)}</extensionElements>" if parts else ""


def _mapping(key: str, value: str) -> str:
    side, _, target = key.partition(".")
    return f'<zeebe:{side}put source={quoteattr(value)} target="{target}"/>'


def _several(line: Line) -> str:
    if "each" not in line.keys:
        return ""
    sequential = "true" if "sequential" in line.keys else "false"
    loop = f'<zeebe:loopCharacteristics inputCollection={quoteattr(line.keys["each"])} inputElement="item"/>'
    return (
        f'<multiInstanceLoopCharacteristics isSequential="{sequential}"><extensionElements>{loop}</extensionElements>'
        "</multiInstanceLoopCharacteristics>"
    )


def _event(line: Line, key: str, value: str) -> str:
    if key in TIMERS:
        timer = f'<{TIMERS[key]} xsi:type="tFormalExpression">{escape(value)}</{TIMERS[key]}>'
        return f"<timerEventDefinition>{timer}</timerEventDefinition>"
    match key:
        case "condition":
            inner = f'<condition xsi:type="tFormalExpression">{escape(value)}</condition>'
            return f"<conditionalEventDefinition>{inner}</conditionalEventDefinition>"
        case "link":
            return f'<linkEventDefinition id="link_{line.id}" name="{value}"/>'
        case "compensation":
            reference = f' activityRef="{value}"' if value else ""
            waits = ' waitForCompletion="false"' if "nowait" in line.keys else ""
            return f"<compensateEventDefinition{reference}{waits}/>"
        case "cancel" | "terminate":
            return f"<{key}EventDefinition/>"
    references = (f' {key}Ref="{key}_{name}"' if name else "" for name in value.split("|"))
    return "".join(f"<{key}EventDefinition{reference}/>" for reference in references)
