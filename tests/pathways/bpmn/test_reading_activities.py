"""What does an activity do, by whom, with what? One small diagram per kind."""

import pytest

from pathways.bpmn.model import (
    AdHoc,
    CallSpec,
    DecisionSpec,
    MessageTrigger,
    ScriptSpec,
    UserTaskSpec,
    VariableMapping,
    WorkSpec,
)
from tests.pathways.bpmn.diagrams import (
    END,
    LADDERS,
    chain,
    definition_of,
    extended,
    flow,
    node_of,
    prop,
    read,
    rules,
)

WORK = '<zeebe:taskDefinition type="send.letter" retries="2"/>'


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


def test_what_a_step_sends_at_most_is_an_input_of_its_work():
    profile, mapped = prop("payloadProfile", "dental"), '<zeebe:input source="full" target="payload_profile"/>'
    work = node_of(extended("serviceTask", "it", '<zeebe:taskDefinition type="notify"/>' + profile))
    called = node_of(extended("callActivity", "it", '<zeebe:calledElement processId="q"/>' + profile))
    assert work.inputs == called.inputs == (VariableMapping('"dental"', "payload_profile"),)
    both = f'<zeebe:calledElement processId="q"/><zeebe:ioMapping>{mapped}</zeebe:ioMapping>{profile}'
    assert [each.source for each in node_of(extended("callActivity", "it", both)).inputs] == ['"full"']


def test_a_ladder_may_be_chosen_by_an_expression_that_names_known_ones():
    node = node_of(
        extended("userTask", "it", prop("escalation", "=if x then &quot;LAD-TEST&quot; else &quot;LAD-TEST&quot;"))
    )
    assert (node.ladder, node.ladders) == (None, (LADDERS["LAD-TEST"],))
    assert node.ladder_choice == 'if x then "LAD-TEST" else "LAD-TEST"'


def test_only_calendars_that_are_used_are_frozen_into_the_definition():
    assert not definition_of(chain(extended("userTask", "it"), names=("it",))).calendars
    used = chain(extended("userTask", "it", prop("calendar", "working")), names=("it",))
    assert list(definition_of(used).calendars) == ["working"]


def test_a_call_activity_names_its_process_and_what_is_passed():
    called = '<zeebe:calledElement processId="other" propagateAllChildVariables="false"/>'
    node = node_of(extended("callActivity", "it", called + prop("detached", "true")))
    assert node.call == CallSpec("other", propagate_all_child_variables=False, detached=True)


def test_the_standards_called_element_is_understood():
    assert node_of(extended("callActivity", "it", attributes='calledElement="other"')).call == CallSpec("other")


def test_a_call_activity_may_compute_its_process():
    node = node_of(extended("callActivity", "it", '<zeebe:calledElement processId="=kind + 1"/>'))
    assert node.call == CallSpec("", process_expression="kind + 1")


def test_a_called_element_may_be_a_qualified_name():
    assert node_of(extended("callActivity", "it", attributes='calledElement="t:other"')).call == CallSpec("other")


@pytest.mark.parametrize(("written", "feel"), [("risk", '"risk"'), ("=which", "which")])
def test_a_business_rule_task_calls_a_decision_and_names_the_result(written, feel):
    called = f'<zeebe:calledDecision decisionId="{written}" resultVariable="score"/>'
    node = node_of(extended("businessRuleTask", "it", called))
    assert (node.decision, node.work) == (DecisionSpec(feel, "score"), None)


@pytest.mark.parametrize("tag", ["serviceTask", "businessRuleTask", "sendTask"])
def test_work_without_a_type_is_named_by_the_task_and_mentioned(tag):
    reading = read(chain(f'<bpmn:{tag} id="it"/>', names=("it",)))
    assert reading.definition
    assert reading.definition.nodes["it"].work == WorkSpec('"it"', "3")
    assert rules(reading, "warning") == {"task-type"}


def test_a_send_task_throws_the_message_that_it_refers_to():
    node = node_of('<bpmn:sendTask id="it" messageRef="M"/>')
    assert (node.trigger, node.work) == (MessageTrigger("report", "orderId"), None)


def test_a_send_task_with_a_worker_keeps_both():
    node = node_of(extended("sendTask", "it", WORK, attributes='messageRef="M"'))
    assert (node.trigger and node.trigger.kind, node.work) == ("message", WorkSpec('"send.letter"', "2"))


def test_a_receive_task_starts_cases_when_it_says_so():
    body = '<bpmn:receiveTask id="it" messageRef="M" instantiate="true"/>' + END + flow("it", "end")
    node = definition_of(body).nodes["it"]
    assert (node.instantiate, node.trigger) == (True, MessageTrigger("report", "orderId"))
    assert not node_of('<bpmn:receiveTask id="it" messageRef="M"/>').instantiate


def test_a_standard_script_in_feel_names_no_result():
    script = extended("scriptTask", "it", inside="<bpmn:script>{a: 1}</bpmn:script>", attributes='scriptFormat="FEEL"')
    assert node_of(script).script == ScriptSpec("{a: 1}", "")


def test_a_script_task_may_be_work_for_a_worker():
    node = node_of(extended("scriptTask", "it", WORK))
    assert (node.script, node.work) == (None, WorkSpec('"send.letter"', "2"))


def test_a_script_task_without_any_script_passes_through_and_is_mentioned():
    reading = read(chain('<bpmn:scriptTask id="it"/>', names=("it",)))
    assert reading.definition
    assert reading.definition.nodes["it"].script == ScriptSpec("{}", "")
    assert rules(reading, "warning") == {"script-missing"}


INNER = '<bpmn:task id="a"/><bpmn:task id="b"/>'


def test_an_ad_hoc_sub_process_runs_all_that_nothing_leads_to_at_the_same_time():
    assert node_of(extended("adHocSubProcess", "it", inside=INNER)).ad_hoc == AdHoc(
        sequential=False, completion_condition=None, cancel_remaining=True, active_elements=None
    )


def test_an_ad_hoc_sub_process_says_order_end_and_what_starts():
    condition = "<bpmn:completionCondition>= done</bpmn:completionCondition>"
    node = node_of(
        extended(
            "adHocSubProcess",
            "it",
            '<zeebe:adHoc activeElementsCollection="=chosen"/>',
            inside=INNER + condition,
            attributes='ordering="Sequential" cancelRemainingInstances="false"',
        )
    )
    assert node.ad_hoc == AdHoc(
        sequential=True, completion_condition="done", cancel_remaining=False, active_elements="chosen"
    )


def test_another_spelling_of_an_enumeration_is_put_right():
    reading = read(
        chain(extended("adHocSubProcess", "it", inside=INNER, attributes='ordering="sequential"'), names=("it",))
    )
    assert reading.definition
    assert reading.definition.nodes["it"].ad_hoc == AdHoc(sequential=True)
    assert rules(reading, "warning") == {"bad-attribute"}


def test_a_form_of_another_system_is_mentioned():
    body = chain(extended("userTask", "it", '<zeebe:formDefinition formKey="embedded:x"/>'), names=("it",))
    assert rules(read(body), "warning") == {"external-form"}


def test_an_activation_condition_belongs_to_the_complex_gateway():
    inside = "<bpmn:activationCondition>= activationCount &gt;= 2</bpmn:activationCondition>"
    assert node_of(extended("complexGateway", "it", inside=inside)).activation_condition == "activationCount >= 2"


@pytest.mark.parametrize(("attributes", "parallel"), [("", False), ('eventGatewayType="Parallel"', True)])
def test_an_event_based_gateway_may_start_cases_with_one_or_with_all_events(attributes, parallel):
    gateway = extended("eventBasedGateway", "g", attributes=f'instantiate="true" {attributes}')
    catches = "".join(
        extended("intermediateCatchEvent", name, inside='<bpmn:messageEventDefinition messageRef="M"/>')
        + flow("g", name)
        for name in "ab"
    )
    node = definition_of(gateway + catches).nodes["g"]
    assert (node.instantiate, node.parallel_events) == (True, parallel)
