"""Which variables do data elements stand for, and who owns a user task? (BPMN 2.0.2 §10.4, §10.3.4)."""

import pytest

from pathways.bpmn.model import MessageTrigger, VariableMapping
from tests.pathways.bpmn.diagrams import chain, definition_of, extended, flow, node_of, read, rules
from tests.pathways.bpmn.triggers import MESSAGE

OBJECTS = '<bpmn:dataObject id="d1" name="letter"/><bpmn:dataObject id="d2" name="answer"/>'


def _association(direction: str, inside: str) -> str:
    return f"<bpmn:data{direction}Association>{inside}</bpmn:data{direction}Association>"


def _copy(direction: str, source: str, target: str) -> str:
    ends = f"<bpmn:sourceRef>{source}</bpmn:sourceRef><bpmn:targetRef>{target}</bpmn:targetRef>"
    return _association(direction, ends)


def _node(inside: str, data: str = OBJECTS, tag: str = "task"):
    return definition_of(data + chain(extended(tag, "it", inside=inside), names=("it",))).nodes["it"]


@pytest.mark.parametrize("direction", ["Input", "Output"])
def test_a_data_association_copies_from_one_variable_to_another(direction):
    node = _node(_copy(direction, "d1", "d2"))
    expected = (VariableMapping("letter", "answer"),)
    assert (node.data_inputs, node.data_outputs) == ((expected, ()) if direction == "Input" else ((), expected))


@pytest.mark.parametrize("tag", ["intermediateThrowEvent", "endEvent", "startEvent", "intermediateCatchEvent"])
def test_events_have_data_associations_too(tag):
    direction = "Input" if tag in ("intermediateThrowEvent", "endEvent") else "Output"
    event = extended(tag, "it", inside=MESSAGE + _copy(direction, "d1", "d2"))
    body = event + '<bpmn:task id="t"/>' + (flow("t", "it") if direction == "Input" else flow("it", "t"))
    node = definition_of(OBJECTS + body).nodes["it"]
    assert node.data_inputs + node.data_outputs == (VariableMapping("letter", "answer"),)


def test_inputs_and_outputs_of_the_activity_are_variables_of_their_name():
    specification = (
        '<bpmn:ioSpecification><bpmn:dataInput id="i" name="draft"/><bpmn:dataOutput id="o" name="final"/>'
        "<bpmn:inputSet/><bpmn:outputSet/></bpmn:ioSpecification>"
    )
    node = _node(specification + _copy("Input", "d1", "i") + _copy("Output", "o", "d2"))
    assert node.data_inputs == (VariableMapping("letter", "draft"),)
    assert node.data_outputs == (VariableMapping("final", "answer"),)


def test_a_reference_gives_its_own_name_to_what_it_refers_to():
    data = (
        '<bpmn:dataObject id="d1"/><bpmn:dataObjectReference id="r1" name="letter" dataObjectRef="d1"/>'
        '<bpmn:dataObjectReference id="r2" dataObjectRef="d1"/><bpmn:dataObject id="d2" name="answer"/>'
    )
    for source in ("d1", "r1", "r2"):
        assert _node(_copy("Output", source, "d2"), data).data_outputs == (VariableMapping("letter", "answer"),)


def test_a_data_store_is_a_variable_of_its_name():
    data = '<bpmn:dataStoreReference id="r" dataStoreRef="store"/><bpmn:dataObject id="d2" name="answer"/>'
    body = data + chain(extended("task", "it", inside=_copy("Output", "d2", "r")), names=("it",))
    node = definition_of(body, roots='<bpmn:dataStore id="store" name="register"/>').nodes["it"]
    assert node.data_outputs == (VariableMapping("answer", "register"),)


def test_a_property_of_the_activity_is_a_variable():
    inside = '<bpmn:property id="pr" name="attempts"/>' + _copy("Input", "d1", "pr")
    assert _node(inside).data_inputs == (VariableMapping("letter", "attempts"),)


def test_a_transformation_computes_what_is_copied():
    ends = "<bpmn:sourceRef>d1</bpmn:sourceRef><bpmn:targetRef>d2</bpmn:targetRef>"
    inside = _association("Output", ends + "<bpmn:transformation>= upper case(letter)</bpmn:transformation>")
    assert _node(inside).data_outputs == (VariableMapping("upper case(letter)", "answer"),)


def test_assignments_are_made_in_their_order_and_instead_of_the_copy():
    assignments = "".join(
        f"<bpmn:assignment><bpmn:from>{value}</bpmn:from><bpmn:to>{to}</bpmn:to></bpmn:assignment>"
        for value, to in (("= letter + 1", "d2"), ("2", "=other"))
    )
    ends = "<bpmn:sourceRef>d1</bpmn:sourceRef><bpmn:targetRef>d2</bpmn:targetRef>"
    node = _node(_association("Input", ends + assignments))
    assert node.data_inputs == (VariableMapping("letter + 1", "answer"), VariableMapping("2", "other"))


DRAWN = {
    "placeholder of a modeler": '<bpmn:property id="pl" name="__targetRef_placeholder"/>' + _copy("Input", "d1", "pl"),
    "the same variable at both ends": _copy("Output", "d1", "d1"),
    "nothing at its end": _association("Output", "<bpmn:sourceRef>d1</bpmn:sourceRef>"),
}


@pytest.mark.parametrize("inside", DRAWN.values(), ids=DRAWN.keys())
def test_an_association_that_says_nothing_new_copies_nothing(inside):
    node = _node(inside)
    assert node.data_inputs + node.data_outputs == ()


@pytest.mark.parametrize(("source", "target"), [("gone", "d2"), ("d1", "gone")])
def test_an_association_with_data_that_is_not_there_is_mentioned(source, target):
    reading = read(OBJECTS + chain(extended("task", "it", inside=_copy("Output", source, target)), names=("it",)))
    assert reading.definition
    assert reading.definition.nodes["it"].data_outputs == ()
    assert rules(reading, "warning") == {"missing-reference"}


def test_an_association_with_data_that_is_there_is_no_slip():
    assert not read(OBJECTS + chain(extended("task", "it", inside=_copy("Output", "d1", "d2")), names=("it",))).findings


def test_an_assignment_needs_both_ends():
    body = chain(extended("task", "it", inside=_association("Input", "<bpmn:assignment/>")), names=("it",))
    assert rules(read(body)) == {"data-assignment"}


def test_named_data_objects_of_a_sub_process_live_in_it():
    inside = OBJECTS + '<bpmn:dataObject id="d3"/><bpmn:task id="t"/>'
    assert _node(inside, data="", tag="subProcess").data_objects == ("answer", "letter")


def test_data_objects_of_a_process_live_in_no_node():
    assert all(not node.data_objects for node in definition_of(OBJECTS + chain(names=())).nodes.values())


def _owner(tag: str, inside: str) -> str:
    return extended("userTask", "it", inside=f"<bpmn:{tag}>{inside}</bpmn:{tag}>")


def _expression(text: str) -> str:
    formal = f"<bpmn:formalExpression>{text}</bpmn:formalExpression>"
    return f"<bpmn:resourceAssignmentExpression>{formal}</bpmn:resourceAssignmentExpression>"


OWNERS = {
    "a group": ("potentialOwner", _expression("nurse"), None, '"nurse"'),
    "groups and users": ("potentialOwner", _expression("group(nurse), clerk, user(kim)"), None, '"nurse, clerk"'),
    "an expression": ("potentialOwner", _expression("= role"), None, "role"),
    "a resource": ("potentialOwner", "<bpmn:resourceRef>R</bpmn:resourceRef>", None, '"Dental nurses"'),
    "a resource of no file": ("potentialOwner", "<bpmn:resourceRef>x:nurses</bpmn:resourceRef>", None, '"nurses"'),
    "a performer": ("performer", _expression("kim"), '"kim"', None),
    "a human performer": ("humanPerformer", _expression("= doctor"), "doctor", None),
    "any resource role": ("resourceRole", _expression("nurse"), None, '"nurse"'),
}


@pytest.mark.parametrize(("tag", "inside", "assignee", "groups"), OWNERS.values(), ids=OWNERS.keys())
def test_the_standards_resource_roles_say_who_does_a_user_task(tag, inside, assignee, groups):
    user = node_of(_owner(tag, inside), roots='<bpmn:resource id="R" name="Dental nurses"/>').user
    assert user
    assert (user.assignee, user.candidate_groups) == (assignee, groups)


def test_a_role_without_expression_is_known_by_its_name():
    user = node_of(extended("userTask", "it", inside='<bpmn:potentialOwner name="nurse"/>')).user
    assert user
    assert user.candidate_groups == '"nurse"'


def test_the_extension_wins_over_the_standards_roles_and_both_over_the_lane():
    lane = (
        '<bpmn:laneSet id="ls"><bpmn:lane id="l" name="clinic"><bpmn:flowNodeRef>it</bpmn:flowNodeRef></bpmn:lane>'
        "</bpmn:laneSet>"
    )
    owner = f"<bpmn:potentialOwner>{_expression('nurse')}</bpmn:potentialOwner>"
    assigned = '<zeebe:assignmentDefinition assignee="=doctor"/>'
    ours = definition_of(lane + chain(extended("userTask", "it", assigned, inside=owner), names=("it",))).nodes["it"]
    theirs = definition_of(lane + chain(extended("userTask", "it", inside=owner), names=("it",))).nodes["it"]
    assert ours.user
    assert theirs.user
    assert (ours.user.assignee, ours.user.candidate_groups) == ("doctor", None)
    assert (theirs.user.assignee, theirs.user.candidate_groups) == (None, '"nurse"')


def test_the_message_of_an_event_is_not_its_data():
    assert _node(MESSAGE, tag="intermediateCatchEvent").trigger == MessageTrigger("report", "orderId")


def test_each_of_several_owners_is_asked():
    second = f"<bpmn:potentialOwner>{_expression('user(kim), group(dentist)')}</bpmn:potentialOwner>"
    first = f"<bpmn:potentialOwner>{_expression('nurse')}</bpmn:potentialOwner>"
    user = node_of(extended("userTask", "it", inside=first + second)).user
    assert user
    assert (user.candidate_groups, user.candidate_users) == ('"nurse, dentist"', '"kim"')


def test_an_owner_may_be_a_person():
    user = node_of(_owner("potentialOwner", _expression("user(kim), user(lou), group(nurse)"))).user
    assert user
    assert (user.candidate_users, user.candidate_groups) == ('"kim, lou"', '"nurse"')


def test_a_performer_written_as_a_user_is_the_assignee():
    user = node_of(_owner("humanPerformer", _expression("user(kim)"))).user
    assert user
    assert (user.assignee, user.candidate_users) == ('"kim"', None)
