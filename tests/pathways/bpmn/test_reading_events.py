"""What does an event wait for, or throw? Names, codes, references, several definitions."""

import pytest

from pathways.bpmn.model import (
    CompensationTrigger,
    ConditionalTrigger,
    ErrorTrigger,
    EscalationTrigger,
    LinkTrigger,
    MessageTrigger,
    MultipleTrigger,
    SignalTrigger,
    TimerTrigger,
    WorkSpec,
)
from tests.pathways.bpmn.diagrams import (
    chain,
    definition_of,
    event,
    event_sub_process,
    extended,
    flow,
    node_of,
    read,
    rules,
)
from tests.pathways.bpmn.triggers import CANCEL, COMPENSATION, ERROR, KINDS, LINK, MESSAGE, SIGNAL, TIMER

WORK = '<zeebe:taskDefinition type="send.letter" retries="2"/>'
BOUNDARY = {"error": "<bpmn:errorEventDefinition/>"}


def test_a_throw_event_may_hand_its_message_to_a_worker():
    event = extended("intermediateThrowEvent", "it", WORK, inside="<bpmn:messageEventDefinition/>")
    node = node_of(event)
    assert node.work == WorkSpec('"send.letter"', "2")
    assert node.trigger == MessageTrigger("it")


def test_a_catch_all_has_no_code():
    event = extended("boundaryEvent", "b", inside=BOUNDARY["error"], attributes='attachedToRef="it"')
    definition = definition_of(chain(extended("task", "it"), event, names=("it",)) + flow("b", "end"))
    assert definition.nodes["b"].trigger == ErrorTrigger(None)


def test_a_trigger_may_be_defined_at_the_root_of_the_file():
    roots = '<bpmn:timerEventDefinition id="T"><bpmn:timeDuration>PT5M</bpmn:timeDuration></bpmn:timerEventDefinition>'
    event = extended("intermediateCatchEvent", "it", inside="<bpmn:eventDefinitionRef>T</bpmn:eventDefinitionRef>")
    definition = definition_of(chain(event, names=("it",)), roots=roots)
    assert definition.nodes["it"].trigger == TimerTrigger("duration", '"PT5M"')


TIMES = {
    "duration": ("<bpmn:timeDuration>PT15M</bpmn:timeDuration>", TimerTrigger("duration", '"PT15M"')),
    "date": ("<bpmn:timeDate>2026-03-01T08:00:00Z</bpmn:timeDate>", TimerTrigger("date", '"2026-03-01T08:00:00Z"')),
    "cycle": ("<bpmn:timeCycle>R3/PT1H</bpmn:timeCycle>", TimerTrigger("cycle", '"R3/PT1H"')),
    "variable": ("<bpmn:timeDate>=due</bpmn:timeDate>", TimerTrigger("date", "due")),
    "empty parts beside it": (
        "<bpmn:timeDate/><bpmn:timeDuration>PT1M</bpmn:timeDuration>",
        TimerTrigger("duration", '"PT1M"'),
    ),
}


@pytest.mark.parametrize("place", ["startEvent", "intermediateCatchEvent", "boundaryEvent"])
@pytest.mark.parametrize(("time", "trigger"), TIMES.values(), ids=TIMES.keys())
def test_a_timer_has_one_time(place, time, trigger):
    body = event(place, f"<bpmn:timerEventDefinition>{time}</bpmn:timerEventDefinition>")
    assert definition_of(body).nodes["it"].trigger == trigger


def test_a_message_without_a_correlation_key_has_none():
    body = event("startEvent", '<bpmn:messageEventDefinition messageRef="Keyless"/>')
    assert definition_of(body).nodes["it"].trigger == MessageTrigger("hello")


def test_a_message_without_a_name_is_named_by_its_id():
    body = event("intermediateCatchEvent", MESSAGE)
    reading = read(body, roots='<bpmn:message id="M"/>')
    assert reading.definition
    assert reading.definition.nodes["it"].trigger == MessageTrigger("M")
    assert rules(reading, "warning") == {"message-name"}


def test_a_signal_without_a_name_is_named_by_its_id():
    node = definition_of(event("intermediateCatchEvent", SIGNAL), roots='<bpmn:signal id="S"/>').nodes["it"]
    assert node.trigger == SignalTrigger("S")


@pytest.mark.parametrize("tag", ["error", "escalation"])
def test_a_definition_without_code_is_matched_by_its_id(tag):
    inside = f'<bpmn:{tag}EventDefinition {tag}Ref="D"/>'
    reading = read(event("endEvent", inside), roots=f'<bpmn:{tag} id="D" name="gone"/>')
    assert reading.definition
    expected = {"error": ErrorTrigger("D"), "escalation": EscalationTrigger("D")}
    assert reading.definition.nodes["it"].trigger == expected[tag]
    assert rules(reading, "warning") == {"missing-code"}


ANONYMOUS = {
    "message": ("intermediateCatchEvent", "<bpmn:messageEventDefinition/>", MessageTrigger("")),
    "message thrown": ("endEvent", "<bpmn:messageEventDefinition/>", MessageTrigger("")),
    "signal": ("intermediateCatchEvent", "<bpmn:signalEventDefinition/>", SignalTrigger("")),
    "signal thrown": ("intermediateThrowEvent", "<bpmn:signalEventDefinition/>", SignalTrigger("")),
    "error thrown": ("endEvent", "<bpmn:errorEventDefinition/>", ErrorTrigger(None)),
    "escalation thrown": ("intermediateThrowEvent", "<bpmn:escalationEventDefinition/>", EscalationTrigger(None)),
}


@pytest.mark.parametrize(("tag", "inside", "trigger"), ANONYMOUS.values(), ids=ANONYMOUS.keys())
def test_an_event_that_names_nothing_is_anonymous_and_mentioned(tag, inside, trigger):
    reading = read(event(tag, inside))
    assert reading.definition, reading.findings
    assert reading.definition.nodes["it"].trigger == trigger
    assert rules(reading, "warning") == {"anonymous-event"}


@pytest.mark.parametrize("tag", ["sendTask", "receiveTask"])
def test_a_task_with_an_empty_message_is_anonymous(tag):
    messageless = 'messageRef=""' if tag == "sendTask" else ""
    reading = read(chain(f'<bpmn:{tag} id="it" {messageless}/>', names=("it",)))
    assert reading.definition, reading.findings
    assert reading.definition.nodes["it"].trigger == MessageTrigger("")
    assert rules(reading, "warning") == {"anonymous-event"}


@pytest.mark.parametrize("inside", ["<bpmn:errorEventDefinition/>", "<bpmn:escalationEventDefinition/>"])
def test_a_catch_all_is_no_slip(inside):
    assert not read(event("boundaryEvent", inside)).findings


def test_links_are_named_by_their_definition_else_by_their_event():
    named = extended("intermediateThrowEvent", "t", inside='<bpmn:linkEventDefinition name=" over  there "/>')
    bare = extended("intermediateCatchEvent", "c", inside="<bpmn:linkEventDefinition/>").replace(
        'name="c"', 'name="over there"'
    )
    found = definition_of(chain(names=()) + flow("start", "t") + named + bare + flow("c", "end"))
    assert found.nodes["t"].trigger == found.nodes["c"].trigger == LinkTrigger("over there")


def test_a_compensation_event_names_its_activity_and_whether_it_waits():
    inside = '<bpmn:compensateEventDefinition activityRef="start2" waitForCompletion="false"/>'
    body = event("intermediateThrowEvent", inside) + '<bpmn:task id="start2"/>'
    assert definition_of(body).nodes["it"].trigger == CompensationTrigger("start2", waits=False)


@pytest.mark.parametrize("parallel", [False, True])
@pytest.mark.parametrize("place", ["startEvent", "intermediateCatchEvent", "boundaryEvent"])
def test_several_event_definitions_are_one_trigger(place, parallel):
    attributes = f'parallelMultiple="{str(parallel).lower()}"'
    node = definition_of(event(place, SIGNAL + TIMER + MESSAGE, attributes)).nodes["it"]
    assert node.trigger == MultipleTrigger(tuple(KINDS[kind][1] for kind in ("signal", "timer", "message")), parallel)


def test_one_definition_is_never_parallel():
    node = definition_of(event("intermediateCatchEvent", TIMER, 'parallelMultiple="true"')).nodes["it"]
    assert node.trigger == KINDS["timer"][1]


def test_an_event_sub_process_starts_with_one_of_several_events():
    node = definition_of(event_sub_process(TIMER + ERROR)).nodes["it"]
    assert node.trigger == MultipleTrigger((KINDS["timer"][1], KINDS["error"][1]))


def test_definitions_of_the_event_and_of_the_root_add_up():
    roots = CONDITION.replace("<bpmn:conditionalEventDefinition>", '<bpmn:conditionalEventDefinition id="C">')
    inside = "<bpmn:eventDefinitionRef>C</bpmn:eventDefinitionRef>" + TIMER
    node = definition_of(event("intermediateCatchEvent", inside), roots=roots).nodes["it"]
    assert node.trigger == MultipleTrigger((KINDS["timer"][1], ConditionalTrigger("x")))


CONDITION = "<bpmn:conditionalEventDefinition><bpmn:condition>x</bpmn:condition></bpmn:conditionalEventDefinition>"
ALONE = {
    "link that throws": ("intermediateThrowEvent", LINK + SIGNAL, ""),
    "link that catches": ("intermediateCatchEvent", LINK + TIMER, ""),
    "compensation at a boundary": ("boundaryEvent", COMPENSATION + TIMER, ""),
    "error that waits for the others": ("boundaryEvent", ERROR + TIMER, 'parallelMultiple="true"'),
    "cancel that waits for the others": ("boundaryEvent", CANCEL + TIMER, 'parallelMultiple="true"'),
}


@pytest.mark.parametrize(("tag", "inside", "attributes"), ALONE.values(), ids=ALONE.keys())
def test_some_event_definitions_stand_alone(tag, inside, attributes):
    assert rules(read(event(tag, inside, attributes))) == {"multiple-parts"}


def test_a_throw_of_several_may_compensate():
    node = definition_of(event("intermediateThrowEvent", SIGNAL + COMPENSATION)).nodes["it"]
    assert node.trigger == MultipleTrigger((KINDS["signal"][1], CompensationTrigger()))
