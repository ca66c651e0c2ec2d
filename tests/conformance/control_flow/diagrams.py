"""Which BPMN file does a compact text stand for?

One node, flow or block a line (`user a`, `a -> b if x > 1`, `sub s {` … `}`).
A line that begins with `<` is BPMN as it is.
"""

import re
from collections.abc import Iterator
from itertools import pairwise
from xml.sax.saxutils import quoteattr

BPMN = "http://www.omg.org/spec/BPMN/20100524/MODEL"
ZEEBE = "http://camunda.org/schema/zeebe/1.0"
TAGS = {
    "start": "startEvent",
    "end": "endEvent",
    "catch": "intermediateCatchEvent",
    "throw": "intermediateThrowEvent",
    "boundary": "boundaryEvent",
    "task": "task",
    "user": "userTask",
    "manual": "manualTask",
    "service": "serviceTask",
    "send": "sendTask",
    "receive": "receiveTask",
    "rule": "businessRuleTask",
    "call": "callActivity",
    "sub": "subProcess",
    "adhoc": "adHocSubProcess",
    "xor": "exclusiveGateway",
    "and": "parallelGateway",
    "or": "inclusiveGateway",
    "complex": "complexGateway",
    "event": "eventBasedGateway",
    "process": "process",
}
JOBS = ("service", "send")
ROOTS = {
    "message": '<message id="message_{0}" name="{0}"/>',
    "signal": '<signal id="signal_{0}" name="{0}"/>',
    "error": '<error id="error_{0}" name="{0}" errorCode="{0}"/>',
    "escalation": '<escalation id="escalation_{0}" name="{0}" escalationCode="{0}"/>',
}
DEFINITIONS = {
    "timer": "<timerEventDefinition><timeDuration>{0}</timeDuration></timerEventDefinition>",
    "terminate": "<terminateEventDefinition/>",
    **{kind: f'<{kind}EventDefinition {kind}Ref="{kind}_{{0}}"/>' for kind in ROOTS},
}
EACH = re.compile(r"(each|in turn) (\w+) in (.+?)(?: collect (\w+) = (.+?))?(?: until (.+))?")
TIMES = re.compile(r"(each|in turn) times (.+?)(?: until (.+))?")


def bpmn(text: str) -> str:
    """Write the compact text out as a BPMN file without diagram interchange."""
    lines = [line.strip() for line in text.strip().splitlines() if line.strip()]
    if not any(line.startswith("process ") for line in lines):
        lines = ["process P isExecutable=true {", *lines, "}"]
    body = "\n".join(_written(lines))
    roots = "\n".join(sorted({ROOTS[kind].format(name) for kind, name in re.findall(r'(\w+)Ref="\1_(\w+)"', body)}))
    return (
        f'<?xml version="1.0" encoding="UTF-8"?>\n<definitions xmlns="{BPMN}" xmlns:zeebe="{ZEEBE}" '
        f'targetNamespace="urn:conformance" id="D">\n{roots}\n{body}\n</definitions>\n'
    )


def _written(lines: list[str]) -> Iterator[str]:
    open_tags: list[str] = []
    for line in lines:
        if line.startswith("<"):
            yield line
        elif line == "}":
            yield f"</{open_tags.pop()}>"
        elif " -> " in line:
            yield from _flows(line)
        elif line.startswith("script "):
            yield _script(line)
        elif line.startswith("io "):
            yield _mapping(line[3:])
        elif line.startswith(("each ", "in turn ")):
            yield _instances(line)
        else:
            yield from _nodes(line, open_tags)


def _nodes(line: str, open_tags: list[str]) -> Iterator[str]:
    """`kind id… attribute=value… [{]`: every id a node with these attributes; a brace leaves the last one open."""
    kind, *words = line.removesuffix("{").split()
    attributes = dict(word.split("=", 1) for word in words if "=" in word)
    ids = [word for word in words if "=" not in word]
    if kind not in TAGS or not ids:
        raise ValueError(f"No node, flow or block in {line!r}.")
    for each in ids:
        inside = _inside(kind, each, dict(attributes))
        opened = line.endswith("{")
        yield f"<{TAGS[kind]} id={quoteattr(each)}{_attributes(kind, each, attributes)}>{inside}" + (
            "" if opened else f"</{TAGS[kind]}>"
        )
        if opened:
            open_tags.append(TAGS[kind])


def _inside(kind: str, node: str, attributes: dict[str, str]) -> str:
    if kind in JOBS:
        return f'<extensionElements><zeebe:taskDefinition type="{node}" retries="1"/></extensionElements>'
    if kind == "receive":
        return ""
    return "".join(DEFINITIONS[key].format(value) for key, value in attributes.items() if key in DEFINITIONS)


def _attributes(kind: str, node: str, attributes: dict[str, str]) -> str:
    written = {key: value for key, value in attributes.items() if key not in DEFINITIONS}
    if kind == "receive" and "message" in attributes:
        written["messageRef"] = f"message_{attributes['message']}"
    if "default" in written:
        written["default"] = f"{node}_{written['default']}"
    return "".join(f" {key}={quoteattr(value)}" for key, value in written.items())


def _flows(line: str) -> Iterator[str]:
    """`a -> b -> c` or `a -> b if condition`."""
    path, _, condition = line.partition(" if ")
    nodes = [node.strip() for node in path.split(" -> ")]
    inside = f"<conditionExpression><![CDATA[={condition}]]></conditionExpression>" if condition else ""
    for source, target in pairwise(nodes):
        yield f'<sequenceFlow id="{source}_{target}" sourceRef="{source}" targetRef="{target}">{inside}</sequenceFlow>'


def _script(line: str) -> str:
    """`script id variable = expression`."""
    left, _, expression = line.partition(" = ")
    _, node, variable = left.split()
    given = f"<zeebe:script expression={quoteattr('=' + expression)} resultVariable={quoteattr(variable)}/>"
    return f'<scriptTask id="{node}"><extensionElements>{given}</extensionElements></scriptTask>'


def _mapping(text: str) -> str:
    """`in x = expression | out y = expression`."""
    parts = [re.fullmatch(r"(in|out) (\w+) = (.+)", part.strip()) for part in text.split("|")]
    written = "".join(
        f"<zeebe:{part[1]}put source={quoteattr('=' + part[3])} target={quoteattr(part[2])}/>" for part in parts if part
    )
    return f"<extensionElements><zeebe:ioMapping>{written}</zeebe:ioMapping></extensionElements>"


def _instances(line: str) -> str:
    """`each item in list [collect results = expression] [until condition]`, `in turn …`, `each times number`."""
    times = TIMES.fullmatch(line)
    collection = None if times else EACH.fullmatch(line)
    found = times or collection
    if found is None:
        raise ValueError(f"No multi-instance in {line!r}.")
    inside = f"<loopCardinality>={found[2]}</loopCardinality>" if times else _collection(line)
    until = found[found.re.groups]
    ending = f"<completionCondition><![CDATA[={until}]]></completionCondition>" if until else ""
    sequential = "true" if found[1] == "in turn" else "false"
    tag = "multiInstanceLoopCharacteristics"
    return f'<{tag} isSequential="{sequential}">{inside}{ending}</{tag}>'


def _collection(line: str) -> str:
    found = EACH.fullmatch(line)
    assert found is not None
    collected = f" outputCollection={quoteattr(found[4])} outputElement={quoteattr('=' + found[5])}" if found[4] else ""
    given = f"inputCollection={quoteattr('=' + found[3])} inputElement={quoteattr(found[2])}"
    return f"<extensionElements><zeebe:loopCharacteristics {given}{collected}/></extensionElements>"
