"""What does a definition hold besides what its elements do? Identity, lines, scopes, flows, lanes, processes."""

import pytest

from pathways import codec
from pathways.bpmn.model import Definition, StandardLoop
from pathways.bpmn.reader import read_bpmn
from tests.pathways.bpmn.diagrams import (
    END,
    FIRST,
    START,
    chain,
    definition_of,
    errors,
    extended,
    flow,
    node_of,
    prop,
    read,
    rules,
)
from tests.pathways.bpmn.pieces import TASK, boundary, handler
from tests.pathways.bpmn.test_rows import ROWS
from tests.pathways.bpmn.triggers import COMPENSATION


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


def test_a_user_task_without_assignment_is_offered_to_the_role_of_its_lane():
    lanes = (
        '<bpmn:laneSet id="ls"><bpmn:lane id="l" name="Dental clinic"><bpmn:extensionElements>'
        f"{prop('role', 'dentist')}</bpmn:extensionElements><bpmn:flowNodeRef>it</bpmn:flowNodeRef>"
        "</bpmn:lane></bpmn:laneSet>"
    )
    node = definition_of(lanes + chain(extended("userTask", "it"), names=("it",))).nodes["it"]
    assert (node.lane, node.user and node.user.candidate_groups) == ("Dental clinic", '"dentist"')


def test_a_lane_inside_of_a_sub_process_counts_there():
    lane = '<bpmn:lane id="l" name="gdp"><bpmn:flowNodeRef>u</bpmn:flowNodeRef></bpmn:lane>'
    inner = f'<bpmn:laneSet id="ls">{lane}</bpmn:laneSet>'
    sub = extended("subProcess", "it", inside=inner + '<bpmn:userTask id="u"/>')
    node = definition_of(chain(sub, names=("it",))).nodes["u"]
    assert (node.lane, node.user and node.user.candidate_groups) == ("gdp", '"gdp"')


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


@pytest.mark.parametrize(
    ("gateway", "order"),
    [
        ("exclusiveGateway", ("g_b10", "g_b2", "g_a")),
        ("parallelGateway", ("g_a", "g_b2", "g_b10")),
        ("inclusiveGateway", ("g_a", "g_b2", "g_b10")),
    ],
)
def test_the_order_that_a_node_lists_counts_only_where_the_first_true_condition_wins(gateway, order):
    """Elsewhere the ids of the targets give the order, so that nothing depends on how the XML is written."""
    listed = "".join(f"<bpmn:outgoing>{name}</bpmn:outgoing>" for name in ("g_b10", "g_b2", "g_a"))
    ends = [f'<bpmn:endEvent id="{name}"/>' for name in ("a", "b10", "b2")]
    flows = [flow("g", "a", condition="x"), flow("g", "b2", condition="x"), flow("g", "b10", condition="x")]
    node = f'<bpmn:{gateway} id="g">{listed}</bpmn:{gateway}>'
    body = "\n".join([START, node, *ends, flow("start", "g"), *flows])
    assert definition_of(body).nodes["g"].outgoing == order


def test_flows_without_ids_are_named_after_their_ends():
    nameless = '<bpmn:sequenceFlow sourceRef="start" targetRef="end"/>'
    assert list(definition_of(START + END + nameless + nameless).flows) == ["start->end", "start->end#2"]


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


@pytest.mark.parametrize("row", ROWS)
def test_every_row_survives_json(row):
    definition = definition_of(ROWS[row][0])
    assert codec.load(Definition, codec.dump(definition)) == definition


def test_the_compensation_handler_of_an_activity_is_what_the_association_leads_to():
    nodes = definition_of(handler()).nodes
    assert (nodes["it"].compensated_by, nodes["undo"].for_compensation) == ("undo", True)


def test_an_association_may_be_drawn_from_the_handler_to_its_event():
    assert definition_of(handler(line=("undo", "b"))).nodes["it"].compensated_by == "undo"


def test_a_handler_that_is_not_marked_is_one_all_the_same():
    nodes = definition_of(handler(mark="")).nodes
    assert (nodes["it"].compensated_by, nodes["undo"].for_compensation) == ("undo", True)


def test_of_two_associations_the_one_with_the_marked_handler_counts():
    other = '<bpmn:task id="a"/><bpmn:association id="first" sourceRef="b" targetRef="a"/>\n'
    nodes = definition_of(other + handler()).nodes
    assert (nodes["it"].compensated_by, nodes["a"].for_compensation) == ("undo", False)


def test_an_association_with_a_note_makes_nothing_a_handler():
    note = '<bpmn:textAnnotation id="n"/><bpmn:association id="a" sourceRef="b" targetRef="n"/>'
    nodes = definition_of(chain(TASK, boundary(COMPENSATION), names=("it",)) + note).nodes
    assert nodes["it"].compensated_by is None


def test_quantities_are_read_and_are_one_by_default():
    node = node_of('<bpmn:task id="it" startQuantity="3" completionQuantity="2"/>')
    assert (node.start_quantity, node.completion_quantity) == (3, 2)
    assert (node_of(TASK).start_quantity, node_of(TASK).completion_quantity) == (1, 1)


def test_what_only_activities_have_means_nothing_on_an_event():
    attributes = 'startQuantity="2" isForCompensation="true"'
    node = node_of(extended("intermediateThrowEvent", "it", attributes=attributes))
    assert (node.start_quantity, node.for_compensation) == (1, False)


def test_a_transaction_holds_its_own_nodes():
    inside = '<bpmn:startEvent id="s2"/><bpmn:task id="t2"/>' + flow("s2", "t2")
    definition = definition_of(chain(extended("transaction", "it", inside=inside), names=("it",)))
    assert definition.nodes["it"].is_scope
    assert (definition.nodes["t2"].scope, definition.flows["s2_t2"].scope) == ("it", "it")


def test_several_start_events_are_all_read():
    second = '<bpmn:startEvent id="s2"/>' + flow("s2", "end")
    assert {node.id for node in definition_of(chain(names=()) + second).nodes.values()} == {"start", "s2", "end"}


def test_a_loop_marker_stands_on_a_sub_process_as_well():
    inside = '<bpmn:standardLoopCharacteristics loopMaximum="2"/><bpmn:task id="t2"/>'
    assert node_of(extended("subProcess", "it", inside=inside)).loop == StandardLoop(None, False, 2)
