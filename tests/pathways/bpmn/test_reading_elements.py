"""What does the reader make of each element? One small diagram per kind."""

import pytest

from pathways import codec
from pathways.bpmn.model import (
    CallSpec,
    Definition,
    ErrorTrigger,
    EscalationTrigger,
    MessageTrigger,
    MultiInstance,
    ScriptSpec,
    TerminateTrigger,
    TimerTrigger,
    UserTaskSpec,
    VariableMapping,
    WorkSpec,
)
from pathways.bpmn.reader import read_bpmn
from tests.pathways.bpmn.diagrams import (
    END,
    FIRST,
    LADDERS,
    START,
    chain,
    definition_of,
    errors,
    extended,
    flow,
    prop,
    read,
    rules,
)

WORK = '<zeebe:taskDefinition type="send.letter" retries="2"/>'


def node_of(element: str, name: str = "it"):
    return definition_of(chain(element, names=(name,))).nodes[name]


def test_a_definition_is_identified_by_process_version_tag_and_the_hash_of_its_bytes():
    tag = '<bpmn:extensionElements><zeebe:versionTag value="2.1"/></bpmn:extensionElements>'
    definition = definition_of(tag + chain(names=()))
    assert (definition.key, definition.name, definition.version_tag, len(definition.sha256)) == ("p", "P", "2.1", 64)


def test_a_definition_survives_json():
    loop = (
        "<bpmn:multiInstanceLoopCharacteristics><bpmn:extensionElements>"
        '<zeebe:loopCharacteristics inputCollection="=xs"/>'
        "</bpmn:extensionElements></bpmn:multiInstanceLoopCharacteristics>"
    )
    definition = definition_of(
        chain(extended("userTask", "it", prop("escalation", "LAD-TEST"), inside=loop), names=("it",))
    )
    assert codec.load(Definition, codec.dump(definition)) == definition


def test_nodes_know_their_line_scope_and_flows():
    node = node_of(extended("task", "it"))
    assert (node.line, node.scope, node.incoming, node.outgoing) == (FIRST + 1, "p", ("start_it",), ("it_end",))


def test_a_user_task_says_who_does_it_by_when_and_with_which_form():
    node = node_of(
        extended(
            "userTask",
            "it",
            '<zeebe:userTask/><zeebe:formDefinition formId="assess"/>'
            '<zeebe:assignmentDefinition assignee="=doctor" candidateGroups="dentist, nurse" candidateUsers="=us"/>'
            '<zeebe:taskSchedule dueDate="=now() + duration(&quot;P1D&quot;)" followUpDate="2026-03-01T08:00:00Z"/>'
            '<zeebe:priorityDefinition priority="80"/>',
        )
    )
    assert node.user == UserTaskSpec(
        assignee="doctor",
        candidate_groups='"dentist, nurse"',
        candidate_users="us",
        due_date='now() + duration("P1D")',
        follow_up_date='"2026-03-01T08:00:00Z"',
        priority="80",
        form_id='"assess"',
    )


def test_a_user_task_without_assignment_is_offered_to_the_role_of_its_lane():
    lanes = (
        '<bpmn:laneSet id="ls"><bpmn:lane id="l" name="Dental clinic"><bpmn:extensionElements>'
        f"{prop('role', 'dentist')}</bpmn:extensionElements><bpmn:flowNodeRef>it</bpmn:flowNodeRef>"
        "</bpmn:lane></bpmn:laneSet>"
    )
    node = definition_of(lanes + chain(extended("userTask", "it"), names=("it",))).nodes["it"]
    assert (node.lane, node.user and node.user.candidate_groups) == ("Dental clinic", '"dentist"')


def test_the_innermost_lane_counts_and_its_name_is_the_role():
    lanes = (
        '<bpmn:laneSet id="ls"><bpmn:lane id="l" name="Clinic"><bpmn:flowNodeRef>it</bpmn:flowNodeRef>'
        '<bpmn:childLaneSet id="c"><bpmn:lane id="m" name="nurse"><bpmn:flowNodeRef>it</bpmn:flowNodeRef></bpmn:lane>'
        "</bpmn:childLaneSet></bpmn:lane></bpmn:laneSet>"
    )
    node = definition_of(lanes + chain(extended("userTask", "it"), names=("it",))).nodes["it"]
    assert (node.lane, node.user and node.user.candidate_groups) == ("nurse", '"nurse"')


def test_tasks_inside_a_sub_process_inherit_its_lane():
    lanes = (
        '<bpmn:laneSet id="ls"><bpmn:lane id="l" name="nurse"><bpmn:flowNodeRef>sub</bpmn:flowNodeRef>'
        "</bpmn:lane></bpmn:laneSet>"
    )
    inside = '<bpmn:startEvent id="s2"/><bpmn:userTask id="it" name="it"/>' + flow("s2", "it")
    definition = definition_of(lanes + chain(extended("subProcess", "sub", inside=inside), names=("sub",)))
    assert (definition.nodes["it"].lane, definition.nodes["it"].scope) == ("nurse", "sub")


@pytest.mark.parametrize("tag", ["serviceTask", "sendTask", "businessRuleTask"])
def test_work_is_described_for_a_worker(tag):
    headers = '<zeebe:taskHeaders><zeebe:header key="channel" value="post"/></zeebe:taskHeaders>'
    assert node_of(extended(tag, "it", WORK + headers)).work == WorkSpec('"send.letter"', "2", {"channel": "post"})


def test_work_without_retries_is_tried_three_times():
    work = node_of(extended("serviceTask", "it", '<zeebe:taskDefinition type="=kind"/>')).work
    assert work == WorkSpec("kind", "3")


def test_a_script_task_computes_feel_into_a_variable():
    node = node_of(extended("scriptTask", "it", '<zeebe:script expression="=1 + 2" resultVariable="sum"/>'))
    assert node.script == ScriptSpec("1 + 2", "sum")


def test_a_call_activity_names_its_process_and_what_is_passed():
    called = '<zeebe:calledElement processId="other" propagateAllChildVariables="false"/>'
    node = node_of(extended("callActivity", "it", called + prop("detached", "true")))
    assert node.call == CallSpec("other", propagate_all_child_variables=False, detached=True)


def test_the_standards_called_element_is_understood():
    assert node_of(extended("callActivity", "it", attributes='calledElement="other"')).call == CallSpec("other")


def test_mappings_keep_their_order_and_literals_become_strings():
    mapping = (
        '<zeebe:ioMapping><zeebe:input source="=a.b" target="x"/><zeebe:input source="plain" target="y"/>'
        '<zeebe:output source="=r" target="z"/></zeebe:ioMapping>'
    )
    node = node_of(extended("serviceTask", "it", WORK + mapping))
    assert node.inputs == (VariableMapping("a.b", "x"), VariableMapping('"plain"', "y"))
    assert node.outputs == (VariableMapping("r", "z"),)


def test_a_literal_with_quotes_stays_the_same_text_in_feel():
    mapping = '<zeebe:ioMapping><zeebe:input source="say &quot;ah&quot; \\ now" target="x"/></zeebe:ioMapping>'
    assert node_of(extended("task", "it", mapping)).inputs[0].source == '"say \\"ah\\" \\\\ now"'


def test_multi_instance_characteristics_are_read():
    loop = (
        '<bpmn:multiInstanceLoopCharacteristics isSequential="true"><bpmn:extensionElements><zeebe:loopCharacteristics '
        'inputCollection="=roles" inputElement="role" outputCollection="opinions" outputElement="=opinion"/>'
        "</bpmn:extensionElements><bpmn:completionCondition>=numberOfCompletedInstances &gt; 2"
        "</bpmn:completionCondition>"
        "</bpmn:multiInstanceLoopCharacteristics>"
    )
    assert node_of(extended("userTask", "it", inside=loop)).loop == MultiInstance(
        sequential=True,
        input_collection="roles",
        input_element="role",
        output_collection="opinions",
        output_element="opinion",
        completion_condition="numberOfCompletedInstances > 2",
    )


EVENTS = {
    "timer start": (
        "startEvent",
        "<bpmn:timerEventDefinition><bpmn:timeCycle>R3/PT1H</bpmn:timeCycle></bpmn:timerEventDefinition>",
        TimerTrigger("cycle", '"R3/PT1H"'),
    ),
    "message start": (
        "startEvent",
        '<bpmn:messageEventDefinition messageRef="Keyless"/>',
        MessageTrigger("hello"),
    ),
    "timer date from a variable": (
        "intermediateCatchEvent",
        "<bpmn:timerEventDefinition><bpmn:timeDate>=due</bpmn:timeDate></bpmn:timerEventDefinition>",
        TimerTrigger("date", "due"),
    ),
    "timer duration": (
        "intermediateCatchEvent",
        "<bpmn:timerEventDefinition><bpmn:timeDuration>PT15M</bpmn:timeDuration></bpmn:timerEventDefinition>",
        TimerTrigger("duration", '"PT15M"'),
    ),
    "message catch": (
        "intermediateCatchEvent",
        '<bpmn:messageEventDefinition messageRef="M"/>',
        MessageTrigger("report", "orderId"),
    ),
    "message throw": (
        "intermediateThrowEvent",
        '<bpmn:messageEventDefinition messageRef="M"/>',
        MessageTrigger("report", "orderId"),
    ),
    "escalation throw": (
        "intermediateThrowEvent",
        '<bpmn:escalationEventDefinition escalationRef="X"/>',
        EscalationTrigger("late"),
    ),
    "error end": ("endEvent", '<bpmn:errorEventDefinition errorRef="E"/>', ErrorTrigger("no-slot")),
    "escalation end": ("endEvent", '<bpmn:escalationEventDefinition escalationRef="X"/>', EscalationTrigger("late")),
    "terminate end": ("endEvent", "<bpmn:terminateEventDefinition/>", TerminateTrigger()),
    "message end": ("endEvent", '<bpmn:messageEventDefinition messageRef="M"/>', MessageTrigger("report", "orderId")),
}


@pytest.mark.parametrize(("tag", "inside", "trigger"), EVENTS.values(), ids=EVENTS.keys())
def test_an_event_keeps_its_trigger(tag, inside, trigger):
    event = extended(tag, "it", inside=inside)
    bodies = {
        "startEvent": "\n".join([event, END, flow("it", "end")]),
        "endEvent": "\n".join([START, event, flow("start", "it")]),
    }
    body = bodies.get(tag) or chain(event, names=("it",))
    assert definition_of(body).nodes["it"].trigger == trigger


def test_a_throw_event_may_hand_its_message_to_a_worker():
    event = extended("intermediateThrowEvent", "it", WORK, inside="<bpmn:messageEventDefinition/>")
    node = node_of(event)
    assert node.work == WorkSpec('"send.letter"', "2")
    assert node.trigger == MessageTrigger("it")


BOUNDARY = {
    "timer": "<bpmn:timerEventDefinition><bpmn:timeDuration>PT1H</bpmn:timeDuration></bpmn:timerEventDefinition>",
    "message": '<bpmn:messageEventDefinition messageRef="M"/>',
    "error": "<bpmn:errorEventDefinition/>",
    "escalation": "<bpmn:escalationEventDefinition/>",
}


@pytest.mark.parametrize("kind", BOUNDARY)
def test_a_boundary_event_knows_its_host_and_whether_it_interrupts(kind):
    flag = "true" if kind == "error" else "false"
    event = extended(
        "boundaryEvent", "b", inside=BOUNDARY[kind], attributes=f'attachedToRef="it" cancelActivity="{flag}"'
    )
    definition = definition_of(chain(extended("task", "it"), event, names=("it",)) + flow("b", "end"))
    node = definition.nodes["b"]
    assert (node.attached_to, node.interrupting, node.trigger and node.trigger.kind) == ("it", kind == "error", kind)


def test_a_catch_all_has_no_code():
    event = extended("boundaryEvent", "b", inside=BOUNDARY["error"], attributes='attachedToRef="it"')
    definition = definition_of(chain(extended("task", "it"), event, names=("it",)) + flow("b", "end"))
    assert definition.nodes["b"].trigger == ErrorTrigger(None)


def test_a_trigger_may_be_defined_at_the_root_of_the_file():
    roots = '<bpmn:timerEventDefinition id="T"><bpmn:timeDuration>PT5M</bpmn:timeDuration></bpmn:timerEventDefinition>'
    event = extended("intermediateCatchEvent", "it", inside="<bpmn:eventDefinitionRef>T</bpmn:eventDefinitionRef>")
    definition = definition_of(chain(event, names=("it",)), roots=roots)
    assert definition.nodes["it"].trigger == TimerTrigger("duration", '"PT5M"')


@pytest.mark.parametrize("kind", ["timer", "message", "error", "escalation"])
def test_an_event_sub_process_starts_with_its_event(kind):
    flag = "true" if kind == "error" else "false"
    inside = extended("startEvent", "s2", inside=BOUNDARY[kind], attributes=f'isInterrupting="{flag}"')
    inside += '<bpmn:task id="t2"/>' + flow("s2", "t2")
    sub = extended("subProcess", "sub", inside=inside, attributes='triggeredByEvent="true"')
    definition = definition_of(chain(sub, names=()))
    assert definition.nodes["sub"].triggered_by_event
    assert (definition.nodes["s2"].interrupting, definition.nodes["s2"].scope) == (kind == "error", "sub")


def test_conditions_may_omit_the_equals_sign():
    body = "\n".join(
        [
            START,
            extended("exclusiveGateway", "g", attributes='default="g_b"'),
            *(f'<bpmn:endEvent id="{name}"/>' for name in "abc"),
            flow("start", "g"),
            flow("g", "a", "= x &gt; 1"),
            flow("g", "b"),
            flow("g", "c", "x = 1"),
        ]
    )
    definition = definition_of(body)
    assert [definition.flows[name].condition for name in ("g_a", "g_b", "g_c")] == ["x > 1", None, "x = 1"]
    assert definition.nodes["g"].default == "g_b"


def test_outgoing_flows_keep_the_order_that_the_node_lists():
    gateway = (
        '<bpmn:parallelGateway id="g"><bpmn:outgoing>g_b</bpmn:outgoing>'
        "<bpmn:outgoing>g_a</bpmn:outgoing></bpmn:parallelGateway>"
    )
    ends = [f'<bpmn:endEvent id="{name}"/>' for name in "ab"]
    body = "\n".join([START, gateway, *ends, flow("start", "g"), flow("g", "a"), flow("g", "b")])
    assert definition_of(body).nodes["g"].outgoing == ("g_b", "g_a")


def test_flows_without_ids_are_named_after_their_ends():
    nameless = '<bpmn:sequenceFlow sourceRef="start" targetRef="end"/>'
    assert list(definition_of(START + END + nameless + nameless).flows) == ["start->end", "start->end#2"]


def test_our_properties_are_read_and_unknown_ones_are_kept():
    properties = (
        '<zeebe:properties><zeebe:property name="escalation" value="LAD-TEST"/>'
        '<zeebe:property name="calendar" value="working"/>'
        '<zeebe:property name="expectedDuration" value="P2D"/><zeebe:property name="dueAnchor" value="rt_start"/>'
        '<zeebe:property name="colour" value="red"/></zeebe:properties>'
    )
    node = node_of(extended("userTask", "it", properties))
    assert (node.ladder, node.calendar) == (LADDERS["LAD-TEST"], "working")
    assert (node.expected_duration, node.due_anchor, node.properties["colour"]) == ('"P2D"', "rt_start", "red")


def test_only_calendars_that_are_used_are_frozen_into_the_definition():
    assert not definition_of(chain(extended("userTask", "it"), names=("it",))).calendars
    used = chain(extended("userTask", "it", prop("calendar", "working")), names=("it",))
    assert list(definition_of(used).calendars) == ["working"]


def test_a_file_with_one_process_runs_it_without_being_marked_executable():
    assert definition_of(chain(names=()), attributes="").key == "p"


def test_a_process_that_is_only_documentation_is_not_read():
    second = '</bpmn:process><bpmn:process id="partner"><bpmn:complexGateway id="c"/>'
    reading = read(chain(names=()) + second)
    assert reading.definition
    assert [process.id for process in reading.definition.processes] == ["p"]
    assert rules(reading, "info") == {"not-executable"}


def test_two_executable_processes_are_both_read():
    second = (
        '</bpmn:process><bpmn:process id="q" isExecutable="true"><bpmn:startEvent id="s2"/><bpmn:endEvent id="e2"/>'
    )
    definition = definition_of(chain(names=()) + second + flow("s2", "e2"))
    assert [process.id for process in definition.processes] == ["p", "q"]
    assert definition.nodes["s2"].scope == "q"


def test_pictures_notes_and_data_have_no_effect():
    notes = (
        "<bpmn:documentation>text</bpmn:documentation>"
        '<bpmn:textAnnotation id="n"><bpmn:text>why</bpmn:text></bpmn:textAnnotation>'
        '<bpmn:association id="a" sourceRef="start" targetRef="n"/><bpmn:group id="gr"/>'
        '<bpmn:dataObject id="d"/><bpmn:dataObjectReference id="dr" dataObjectRef="d"/>'
        '<bpmn:dataStoreReference id="ds"/>'
    )
    reading = read(notes + chain(names=()))
    assert reading.definition
    assert not reading.findings


def test_any_namespace_prefix_is_understood():
    source = (
        b'<definitions xmlns="http://www.omg.org/spec/BPMN/20100524/MODEL"><process id="p">'
        b'<startEvent id="s"/><endEvent id="e"/><sequenceFlow id="f" sourceRef="s" targetRef="e"/>'
        b"</process></definitions>"
    )
    reading = read_bpmn(source, file="f", ladders={}, calendars={})
    assert not errors(reading)
