"""Which unsound diagrams does validation name? One small diagram per rule, and the sound neighbour that passes."""

import pytest

from pathways.bpmn.validate import RULES
from tests.pathways.bpmn.diagrams import END, FIRST, START, chain, extended, flow, prop, read, rules

TIMER = "<bpmn:timerEventDefinition><bpmn:timeDuration>PT1H</bpmn:timeDuration></bpmn:timerEventDefinition>"
MESSAGE = '<bpmn:messageEventDefinition messageRef="M"/>'
KEYLESS = '<bpmn:messageEventDefinition messageRef="Keyless"/>'
ERROR = '<bpmn:errorEventDefinition errorRef="E"/>'
TASK = '<bpmn:task id="it"/>'
EVENT_SUB = 'triggeredByEvent="true"'


def boundary(inside: str, attributes: str = 'attachedToRef="it"') -> str:
    return extended("boundaryEvent", "b", inside=inside, attributes=attributes)


def sub(content: str, attributes: str = "") -> str:
    return chain(extended("subProcess", "sub", inside=content, attributes=attributes), names=("sub",))


def event_sub(content: str) -> str:
    return extended("subProcess", "esp", inside=content, attributes=EVENT_SUB) + "\n" + chain(names=())


def gateway(*flows: str, tag: str = "exclusiveGateway", attributes: str = "", extra: str = "") -> str:
    return "\n".join([START, END, extended(tag, "g", attributes=attributes), TASK, flow("start", "g"), *flows, extra])


CATCHES = extended("intermediateCatchEvent", "c", inside=MESSAGE) + extended(
    "intermediateCatchEvent", "t", inside=TIMER
)
INNER = '<bpmn:startEvent id="s2"/><bpmn:task id="t2"/>' + flow("s2", "t2")

ERRORS = {
    "dangling-flow": [START + END + flow("start", "end") + flow("start", "nowhere")],
    "flow-crosses-border": [sub(INNER) + flow("it", "t2") + TASK, sub(INNER + flow("t2", "end"))],
    "flow-ends": [
        chain(TASK, names=("it",)) + flow("it", "start"),
        chain(TASK, names=("it",)) + flow("end", "it"),
    ],
    "start-without-flow": [START + END, chain(TASK, boundary(TIMER), names=("it",))],
    "process-without-start": [TASK],
    "embedded-start": [
        sub('<bpmn:task id="t2"/>'),
        sub(INNER + '<bpmn:startEvent id="s3"/>' + flow("s3", "t2")),
        sub(extended("startEvent", "s2", inside=TIMER) + '<bpmn:task id="t2"/>' + flow("s2", "t2")),
    ],
    "event-sub-process-start": [
        event_sub('<bpmn:task id="t2"/>'),
        event_sub(
            extended("startEvent", "s2", inside=TIMER)
            + extended("startEvent", "s3", inside=TIMER)
            + '<bpmn:task id="t2"/>'
            + flow("s2", "t2")
            + flow("s3", "t2")
        ),
    ],
    "error-interrupts": [
        chain(TASK, boundary(ERROR, 'attachedToRef="it" cancelActivity="false"'), names=("it",)) + flow("b", "end"),
        event_sub(
            extended("startEvent", "s2", inside=ERROR, attributes='isInterrupting="false"')
            + '<bpmn:task id="t2"/>'
            + flow("s2", "t2")
        ),
    ],
    "attached-to-activity": [
        chain(TASK, boundary(TIMER, 'attachedToRef="start"'), names=("it",)) + flow("b", "end"),
        chain(TASK, boundary(TIMER, 'attachedToRef="gone"'), names=("it",)) + flow("b", "end"),
    ],
    "default-flow": [
        gateway(flow("g", "end", "x"), flow("g", "it", "y"), attributes='default="start_g"'),
        gateway(flow("g", "end", "x"), flow("g", "it", "y"), attributes='default="g_it"'),
    ],
    "undecided-gateway": [
        gateway(flow("g", "end"), flow("g", "it", "y")),
        gateway(flow("g", "end"), flow("g", "it", "y"), tag="inclusiveGateway"),
    ],
    "useless-condition": [START + END + flow("start", "end", "x")],
    "event-gateway-targets": [
        gateway(flow("g", "it"), flow("g", "c"), tag="eventBasedGateway", extra=CATCHES),
        gateway(flow("g", "c"), tag="eventBasedGateway", extra=CATCHES),
        gateway(flow("g", "c"), flow("g", "t"), flow("it", "c"), tag="eventBasedGateway", extra=CATCHES),
    ],
    "uncorrelated-message": [
        chain(extended("intermediateCatchEvent", "c", inside=KEYLESS), names=("c",)),
        chain('<bpmn:receiveTask id="c" messageRef="Keyless"/>', names=("c",)),
        chain(extended("intermediateThrowEvent", "c", inside=KEYLESS), names=("c",)),
        chain(TASK, boundary(KEYLESS), names=("it",)) + flow("b", "end"),
        event_sub(extended("startEvent", "s2", inside=KEYLESS) + '<bpmn:task id="t2"/>' + flow("s2", "t2")),
    ],
    "property-without-effect": [
        chain(extended("task", "it", prop("escalation", "LAD-TEST")), names=("it",)),
        gateway(
            flow("g", "c"),
            flow("g", "t"),
            tag="eventBasedGateway",
            extra=extended("intermediateCatchEvent", "c", prop("expectedDuration", "P1D"), inside=MESSAGE)
            + extended("intermediateCatchEvent", "t", inside=TIMER),
        ),
    ],
}
CASES = [(rule, body) for rule, bodies in ERRORS.items() for body in bodies]


@pytest.mark.parametrize(("rule", "body"), CASES, ids=[f"{rule}-{n}" for n, (rule, _) in enumerate(CASES)])
def test_an_unsound_diagram_is_refused_by_its_rule(rule, body):
    reading = read(body)
    assert reading.definition is None
    assert rule in rules(reading)
    assert all(finding.remedy and finding.line >= FIRST - 1 for finding in reading.findings)


WARNINGS = {
    "unreachable": [chain(names=()) + TASK],
    "silent-wait": [
        chain('<bpmn:userTask id="it" name="it"/>', names=("it",)),
        chain(extended("receiveTask", "it", attributes='messageRef="M"'), names=("it",)),
        chain(extended("intermediateCatchEvent", "c", inside=MESSAGE), names=("c",)),
    ],
    "task-without-due-date": [chain('<bpmn:userTask id="it" name="it"/>', names=("it",))],
    "undecided-gateway": [gateway(flow("g", "end", "x"), flow("g", "it", "y"))],
    "useless-condition": [gateway(flow("g", "end", "x"), flow("g", "it"), tag="parallelGateway")],
}
WARNED = [(rule, body) for rule, bodies in WARNINGS.items() for body in bodies]


@pytest.mark.parametrize(("rule", "body"), WARNED, ids=[f"{rule}-{n}" for n, (rule, _) in enumerate(WARNED)])
def test_a_doubtful_diagram_is_publishable_with_a_warning(rule, body):
    reading = read(body)
    assert reading.definition, reading.findings
    assert rule in rules(reading, "warning")


def test_an_event_without_a_name_is_mentioned():
    event = f'<bpmn:intermediateCatchEvent id="c">{TIMER}</bpmn:intermediateCatchEvent>'
    assert rules(read(chain(event, names=("c",))), "info") == {"nameless-event"}


def test_every_rule_is_tried_here():
    assert RULES.keys() == {*ERRORS, *WARNINGS, "nameless-event"}


SOUND = {
    "a message that starts a case needs no key": extended("startEvent", "start", inside=KEYLESS)
    + END
    + flow("start", "end"),
    "a receive task with a ladder": chain(
        extended("receiveTask", "it", prop("escalation", "LAD-TEST"), attributes='messageRef="M"'), names=("it",)
    ),
    "a catch event with an expected duration": chain(
        extended("intermediateCatchEvent", "c", prop("expectedDuration", "P3D"), inside=MESSAGE), names=("c",)
    ),
    "a receive task with a boundary timer": chain(
        extended("receiveTask", "it", attributes='messageRef="M"'), boundary(TIMER), names=("it",)
    )
    + flow("b", "end"),
    "a message and a timer behind an event gateway": "\n".join(
        [
            START,
            END,
            extended("eventBasedGateway", "g"),
            CATCHES,
            flow("start", "g"),
            flow("g", "c"),
            flow("g", "t"),
            flow("c", "end"),
            flow("t", "end"),
        ]
    ),
    "a user task with a role and a due date": chain(
        extended(
            "userTask",
            "it",
            '<zeebe:assignmentDefinition candidateGroups="dentist"/><zeebe:taskSchedule dueDate="=now()"/>',
        ),
        names=("it",),
    ),
    "an event sub-process": event_sub(
        extended("startEvent", "s2", inside=MESSAGE, attributes='isInterrupting="false"')
        + '<bpmn:task id="t2"/>'
        + flow("s2", "t2")
    ),
    "a loop": chain(TASK, extended("exclusiveGateway", "g", attributes='default="g_end"'), names=("it", "g"))
    + flow("g", "it", "again"),
}


@pytest.mark.parametrize("body", SOUND.values(), ids=SOUND.keys())
def test_a_sound_diagram_has_no_findings(body):
    reading = read(body)
    assert reading.definition
    assert not reading.findings
